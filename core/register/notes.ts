import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { KeyturnError } from '#schemas/codes.ts';
import { Packer, Unpacker } from './packed.ts';

/** 128 bits of a hash, as 32 hex digits. What is alike in these is read; nothing is decided by them. */
export type Prefix = string;

const PREFIX_DIGITS = 32;

/** Of an id. */
export const prefixOfId = (id: string): Prefix => id.slice(0, PREFIX_DIGITS);
/** Of what `referenceOf` (covered.ts) compares: of its hash. */
export const prefixOfReference = (compared: string): Prefix =>
  bytesToHex(sha256(utf8ToBytes(compared))).slice(0, PREFIX_DIGITS);

/** One sealed request. */
export interface ItemNote {
  readonly id: Prefix;
  readonly reference: Prefix;
  /** The request that it replaces; "" where it replaces none. The root of a chain follows from these, in any horizon. */
  readonly replaces: Prefix | '';
  readonly nonce: bigint;
  /** wei: the most that it costs, but for a fee for data. */
  readonly cost: bigint;
  /** Length of its unsigned transaction: a fee for data follows from it. */
  readonly bytes: number;
}

/** What one generation holds. */
export type EntryNote =
  | { readonly kind: 'junk' }
  | { readonly kind: 'close'; readonly ids: readonly Prefix[] }
  | { readonly kind: 'seal'; readonly items: readonly ItemNote[] };

/** What can leave in an hour, by asset: "" is the chain's coin in wei, an address is a token in its units. */
export type Spent = ReadonlyMap<number, ReadonlyMap<string, bigint>>;

/** Limit of a `uint64`, and of a `uint256`. */
const [UINT64, UINT256] = [2n ** 64n, 2n ** 256n];

/** docs/formats.md, as all of this. Nonces go up by one mostly: their steps are short. */
export const packNotes = (notes: readonly EntryNote[]): string => {
  const packer = new Packer();
  let before = 0n;
  const packItem = ({ id, reference, replaces, nonce, cost, bytes }: ItemNote): void => {
    packer.prefix(id);
    packer.prefix(reference);
    packer.signed(nonce - before);
    packer.number(cost);
    packer.number(BigInt(2 * bytes + (replaces === '' ? 0 : 1)));
    if (replaces !== '') packer.prefix(replaces);
    before = nonce;
  };
  for (const note of notes)
    switch (note.kind) {
      case 'junk':
        packer.number(0n);
        break;
      case 'close':
        packer.number(BigInt(2 * note.ids.length));
        note.ids.forEach((id) => {
          packer.prefix(id);
        });
        break;
      case 'seal':
        packer.number(BigInt(2 * note.items.length + 1));
        note.items.forEach(packItem);
        break;
    }
  return packer.text();
};

/** Throws MALFORMED. */
export const unpackNotes = (text: string): readonly EntryNote[] => {
  const packed = new Unpacker(text);
  let before = 0n;
  const item = (): ItemNote => {
    const [id, reference] = [packed.prefix(), packed.prefix()];
    const nonce = before + packed.signed();
    if (nonce < 0n || nonce >= UINT64) throw new KeyturnError('MALFORMED', 'a nonce is no uint64');
    before = nonce;
    const cost = packed.number(UINT256);
    const length = packed.small();
    const replaces = length % 2 === 1 ? packed.prefix() : '';
    return { id, reference, replaces, nonce, cost, bytes: Math.floor(length / 2) };
  };
  const notes: EntryNote[] = [];
  while (!packed.isAtEnd) {
    const head = packed.small();
    const count = Math.floor(head / 2);
    if (head % 2 === 1) notes.push({ kind: 'seal', items: packed.list(count, item) });
    else if (count > 0) notes.push({ kind: 'close', ids: packed.list(count, () => packed.prefix()) });
    else notes.push({ kind: 'junk' });
  }
  return notes;
};

/** All that a sum is about, in order. */
export const assetsIn = (spent: Spent): readonly string[] =>
  [...new Set([...spent.values()].flatMap((amounts) => [...amounts.keys()]))].sort();

/** `assets`: those of `assetsIn`. */
export const packSpent = (spent: Spent, assets: readonly string[]): string => {
  const packer = new Packer();
  let before = 0;
  for (const [hour, amounts] of spent) {
    packer.number(BigInt(hour - before));
    packer.number(BigInt(amounts.size));
    for (const [asset, amount] of amounts) {
      packer.number(BigInt(assets.indexOf(asset)));
      packer.number(amount);
    }
    before = hour;
  }
  return packer.text();
};

/** Throws MALFORMED. */
export const unpackSpent = (text: string, assets: readonly string[]): Spent => {
  const packed = new Unpacker(text);
  const spent = new Map<number, ReadonlyMap<string, bigint>>();
  let hour = 0;
  const amount = (): readonly [string, bigint] => {
    const asset = assets[packed.small()];
    if (asset === undefined) throw new KeyturnError('MALFORMED', 'a sum is about no asset of the list');
    return [asset, packed.number()];
  };
  while (!packed.isAtEnd) {
    hour += packed.small();
    spent.set(hour, new Map(packed.list(packed.small(), amount)));
  }
  return spent;
};
