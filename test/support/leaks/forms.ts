/** What must never leave whoever holds it. `name` says whose it is, and is all that a message ever says of it. */
export type Secret = SecretBytes | SecretText;

export interface SecretBytes {
  readonly name: string;
  /** At least 24, so that half of them is found by no chance. */
  readonly bytes: Uint8Array;
}

/** At least 11 characters that only such a secret holds, such as the start of every access token. */
export interface SecretText {
  readonly name: string;
  readonly text: string;
}

/** Which view of a text (views.ts) a spelling can stand in. */
export type ViewName = 'raw' | 'runs' | 'lower' | 'numbers';

/** One text that gives a secret away. */
export interface Needle {
  readonly secret: string;
  readonly form: string;
  readonly view: ViewName;
  readonly text: string;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * Base64 has three spellings of the same bytes, by where they lie in what is encoded. Each of these is what stays the same whatever stands
 * before and after.
 */
const base64Of = (bytes: Uint8Array): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
    return whole.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((whole.length * 8) / 6));
  });

/** The first and the last half: whoever shows the whole shows both, and half of it is a leak as well. */
const halvesOf = (bytes: Uint8Array): readonly { readonly at: number; readonly part: Uint8Array }[] => {
  const middle = Math.ceil(bytes.length / 2);
  return [
    { at: 0, part: bytes.subarray(0, middle) },
    { at: middle, part: bytes.subarray(middle) },
  ];
};

interface Spelling {
  readonly form: string;
  readonly view: ViewName;
  readonly text: string;
}

/** A text that was encoded once more. */
const packed = (what: string, text: string): readonly Spelling[] => [
  ...base64Of(Buffer.from(text)).map((one): Spelling => ({ form: `base64 of ${what}`, view: 'runs', text: one })),
  { form: `hex of ${what}`, view: 'lower', text: hexOf(Buffer.from(text)) },
];

const spellingsOfPart = (at: number, part: Uint8Array): readonly Spelling[] => {
  const hex = hexOf(part);
  const list = [...part];
  return [
    { form: 'raw bytes', view: 'raw', text: latin1(part) },
    { form: 'raw bytes read as text', view: 'raw', text: latin1(Buffer.from(latin1(part), 'utf8')) },
    // A number is written without zeros at its start.
    { form: 'hex', view: 'lower', text: at === 0 ? hex.replace(/^0+/, '') : hex },
    ...packed('hex', hex),
    ...packed('HEX', hex.toUpperCase()),
    ...base64Of(part).map((one): Spelling => ({ form: 'base64', view: 'runs', text: one })),
    { form: 'a list of bytes', view: 'numbers', text: list.join(',') },
    { form: 'bytes by their places', view: 'numbers', text: list.map((byte, n) => `${at + n}:${byte}`).join(',') },
  ];
};

/** Every text that gives this secret away, whole or half: see views.ts for how each is looked for. */
export const needlesOf = (secret: Secret): readonly Needle[] =>
  spellingsOf(secret).map((spelling) => ({ secret: secret.name, ...spelling }));

const spellingsOf = (secret: Secret): readonly Spelling[] => {
  if ('text' in secret) return [{ form: 'text', view: 'raw', text: secret.text }, ...packed('text', secret.text)];
  const { bytes } = secret;
  const decimal = BigInt(`0x${hexOf(bytes)}`).toString();
  return [
    ...halvesOf(bytes).flatMap(({ at, part }) => spellingsOfPart(at, part)),
    { form: 'decimal', view: 'lower', text: decimal },
    ...packed('decimal', decimal),
  ];
};
