/** A number that a wait is told with. Wei where the name says so; gas, blocks, nonces and counts else; `until` is a time in seconds. */
export const WAIT_NUMBERS = [
  'have',
  'need',
  'turn',
  'deaths',
  'zones',
  'ownNonce',
  'count',
  'balanceWei',
  'neededWei',
  'baseFeeWei',
  'ceilingWei',
  'tipWei',
  'floorWei',
  'gas',
  'gasLimit',
  'block',
  'finalBlock',
  'until',
] as const;
export type WaitNumber = (typeof WAIT_NUMBERS)[number];
export type WaitNumbers = Readonly<Partial<Record<WaitNumber, bigint>>>;

/** Why a node does not take a transaction, in our words: its own words, and its url, stay in the log. */
export const NODE_REFUSALS = {
  'fee-cap': 'its fees are above what the node accepts',
  invalid: 'the node calls it invalid',
  'pool-full': "the node's pool is full",
  busy: 'the node is busy, or limits how often it may be asked',
  late: 'the node did not answer in time',
  refused: 'the node gives a reason that is not known (see the log)',
} as const;
export type NodeRefusal = keyof typeof NODE_REFUSALS;

/** What a wait is about, besides its code. Nothing here can hold a text of somebody else. */
export interface WaitAbout {
  /** The nonce that must move. */
  readonly nextNonce?: bigint | undefined;
  readonly numbers?: WaitNumbers;
  readonly refusal?: NodeRefusal;
  /** Whose place it is about: a name of the law. */
  readonly coSigner?: string | undefined;
}

/** The same as it is stored: numbers are decimal texts. */
export interface WaitTexts {
  readonly nextNonce?: string | undefined;
  readonly numbers?: Readonly<Partial<Record<WaitNumber, string>>> | undefined;
  readonly refusal?: NodeRefusal | undefined;
  readonly coSigner?: string | undefined;
}

/** From what is stored, and parsed. */
export const waitAboutOf = ({ nextNonce, numbers, refusal, coSigner }: WaitTexts): WaitAbout => {
  const read: Partial<Record<WaitNumber, bigint>> = {};
  for (const name of WAIT_NUMBERS) {
    const text = numbers?.[name];
    if (text !== undefined) read[name] = BigInt(text);
  }
  return {
    ...(nextNonce === undefined ? {} : { nextNonce: BigInt(nextNonce) }),
    ...(numbers === undefined ? {} : { numbers: read }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(coSigner === undefined ? {} : { coSigner }),
  };
};

/** As it is stored: what is not known is left out. */
export const waitTextsOf = ({ nextNonce, numbers, refusal, coSigner }: WaitAbout): WaitTexts => {
  const texts: Partial<Record<WaitNumber, string>> = {};
  for (const name of WAIT_NUMBERS) if (numbers?.[name] !== undefined) texts[name] = `${numbers[name]}`;
  return {
    ...(nextNonce === undefined ? {} : { nextNonce: `${nextNonce}` }),
    ...(numbers === undefined ? {} : { numbers: texts }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(coSigner === undefined ? {} : { coSigner }),
  };
};
