import { z } from 'zod';
import { skeletonOf } from './look-alike.ts';
import { address, type Spelling, spelled } from './spellings.ts';

/** The address book of a chain: how the co-signers, who accept it with the law, call an address. It decides nothing: it is for readers. */
const LARGEST_NAME = 48;

/** What a reader could take for an address, for its beginning, or for an id. */
const passesForHex = (text: string): boolean =>
  /(^|[^a-z0-9])0x/i.test(text) ||
  /(^|[^a-z0-9])ox[0-9a-f]{6}/i.test(text) ||
  /[0-9a-f]{16}/i.test(text) ||
  /^[0-9a-f]{8,}$/i.test(text.replaceAll(/[^A-Za-z0-9]/g, ''));

/** One spelling: plain ASCII, with single spaces within. So it cannot hide a mark or a letter of another script, nor move what stands beside it. */
const bookName: Spelling = (text) => {
  if (text.length > LARGEST_NAME || !/^[A-Za-z0-9](?:[A-Za-z0-9.,&+_'-]| (?=[^ ]))*$/.test(text))
    return `must be 1 to ${LARGEST_NAME} of A-Z a-z 0-9 . , & + _ ' - and single spaces, and begin with a letter or a digit`;
  if (!/[A-Za-z]/.test(text)) return 'must hold a letter: it could be read as a number';
  return passesForHex(text) ? 'looks like an address or an id' : undefined;
};

const entry = z.strictObject({ address: spelled(address), name: spelled(bookName) }).readonly();

export type AddressName = z.infer<typeof entry>;

/** The first two of a list that have one key, by place. */
const pairOf = (keys: readonly string[]): readonly [number, number] | undefined => {
  const second = keys.findIndex((key, n) => keys.indexOf(key) !== n);
  return second === -1 ? undefined : [keys.indexOf(keys[second] ?? ''), second];
};

export const addressNames = z
  .array(entry)
  .max(256)
  .superRefine((list, context) => {
    if (pairOf(list.map((one) => one.address)) !== undefined)
      context.addIssue({ code: 'custom', message: 'an address stands twice' });
    const pair = pairOf(list.map((one) => skeletonOf(one.name)));
    if (pair === undefined) return;
    const [first, second] = pair.map((n) => list[n]?.name);
    context.addIssue({ code: 'custom', path: [pair[1], 'name'], message: `${second} looks like ${first}` });
  })
  .optional();

/** Of the law, what has a name beside the book. */
export interface NamedThings {
  readonly chains: readonly {
    readonly names?: readonly AddressName[] | undefined;
    readonly tokens: readonly { readonly address: string; readonly symbol: string }[];
  }[];
  readonly wallets: readonly { readonly name: string; readonly address: string }[];
  readonly coSigners: readonly { readonly name: string }[];
}

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What a name must not be taken for: of each thing its kind and its name, with the kind in front and without it. */
const looksLike = (name: string, things: readonly (readonly [kind: string, name: string])[]): string | undefined => {
  const skeleton = skeletonOf(name);
  // No wallet need be called so: nothing in a book may claim to be the company's own.
  if (skeleton.startsWith(skeletonOf('own wallet'))) return 'an own wallet';
  const found = things.find(([kind, called]) =>
    [called, `${kind} ${called}`].some((each) => skeletonOf(each) === skeleton),
  );
  return found === undefined ? undefined : `${found[0]} ${found[1]}`;
};

/** Names that look like something else of the law, and addresses that have a name already. */
export const nameProblems = ({ chains, wallets, coSigners }: NamedThings): readonly Problem[] =>
  chains.flatMap(({ names = [], tokens }, c) =>
    names.flatMap(({ address: named, name }, n) => {
      const at = (field: string): readonly (string | number)[] => ['chains', c, 'names', n, field];
      const like = looksLike(name, [
        ...tokens.map(({ symbol }) => ['token', symbol] as const),
        ...wallets.map((one) => ['wallet', one.name] as const),
        ...coSigners.map((one) => ['co-signer', one.name] as const),
      ]);
      const token = tokens.find((one) => one.address === named);
      const wallet = wallets.find((one) => one.address === named);
      return [
        ...(like === undefined ? [] : [{ path: at('name'), message: `${name} looks like ${like}` }]),
        ...(token === undefined ? [] : [{ path: at('address'), message: `is token ${token.symbol} already` }]),
        ...(wallet === undefined ? [] : [{ path: at('address'), message: `is wallet ${wallet.name} already` }]),
      ];
    }),
  );
