import { concatBytes } from '@noble/hashes/utils.js';

/** Recursive Length Prefix (Ethereum Yellow Paper, appendix B): bytes, or a list of the same. */
export type RlpItem = Uint8Array | readonly RlpItem[];

const lengthBytes = (length: number): Uint8Array => {
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
};

const prefixed = (short: number, payload: Uint8Array): Uint8Array => {
  if (payload.length <= 55) return concatBytes(Uint8Array.of(short + payload.length), payload);
  const length = lengthBytes(payload.length);
  return concatBytes(Uint8Array.of(short + 55 + length.length), length, payload);
};

export const encodeRlp = (item: RlpItem): Uint8Array => {
  if (!(item instanceof Uint8Array)) return prefixed(0xc0, concatBytes(...item.map(encodeRlp)));
  return item.length === 1 && item.every((byte) => byte < 0x80) ? item : prefixed(0x80, item);
};

/** The item that begins at `at`, and where it ends. */
const readItem = (bytes: Uint8Array, at: number): { readonly item: RlpItem; readonly end: number } => {
  const [prefix = 0] = bytes.subarray(at, at + 1);
  if (prefix < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 };
  const [short, isList] = prefix < 0xc0 ? [0x80, false] : [0xc0, true];
  const extra = Math.max(prefix - short - 55, 0);
  const begin = at + 1 + extra;
  const length =
    extra === 0 ? prefix - short : bytes.subarray(at + 1, begin).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = begin + length;
  if (end > bytes.length) throw new RangeError('RLP: an item ends beyond its bytes');
  if (!isList) return { item: bytes.subarray(begin, end), end };
  const list: RlpItem[] = [];
  for (let next = begin; next < end; ) {
    const read = readItem(bytes.subarray(0, end), next);
    list.push(read.item);
    next = read.end;
  }
  return { item: list, end };
};

/** One item and nothing behind it, in its one spelling. Throws RangeError. */
export const decodeRlp = (bytes: Uint8Array): RlpItem => {
  const { item } = readItem(bytes, 0);
  const again = encodeRlp(item);
  if (again.length !== bytes.length || again.some((byte, n) => byte !== bytes[n]))
    throw new RangeError('RLP: not in its one spelling');
  return item;
};
