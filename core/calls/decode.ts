import { dataSlice, getAddress, hexlify } from 'ethers';
import type { AbiFunction, AbiParameter, AbiType } from '#schemas/abi.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';

/**
 * uint and int: bigint. address: EIP-55. bytes and bytesN: 0x and lower-case hex. Arrays and tuples: their elements in order.
 */
export type AbiValue = bigint | boolean | string | readonly AbiValue[];

/** Why bytes are not the one encoding of any values. */
export const NON_CANONICAL = {
  'too-large': 'has more than 128 KiB',
  'ends-early': 'ends before its arguments do',
  'trailing-bytes': 'has bytes behind its arguments',
  'overlapping-offset': 'has an offset that points back, where something else is',
  'gap-before-offset': 'has an offset that leaves a gap',
  'dirty-address': 'has an address with more than 20 bytes',
  'dirty-integer': 'has a number that its type does not hold',
  'dirty-bool': 'has a truth value that is neither 0 nor 1',
  'dirty-fixed-bytes': 'has bytes behind a value of fixed size',
  'dirty-padding': 'has padding that is not zero',
  'broken-text': 'has text that is not UTF-8',
} as const;

export type NonCanonical = keyof typeof NON_CANONICAL;

export type Decoded =
  | { readonly kind: 'decoded'; readonly values: readonly AbiValue[] }
  | { readonly kind: 'non-canonical'; readonly cause: NonCanonical };

/** Bytes of one call. */
export const MAX_CALL_BYTES = 128 * 1024;

const WORD = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const refuse = (cause: NonCanonical): never => {
  throw new KeyturnError('MALFORMED', `the call ${NON_CANONICAL[cause]}`, { field: cause });
};

const isNonCanonical = (text: string | undefined): text is NonCanonical => text !== undefined && text in NON_CANONICAL;

/**
 * Reads one encoding from front to back. A canonical one has the tails in the order of their heads, without gaps, so each offset is known
 * before it is read. So no byte is read twice, whatever the offsets say.
 */
class Reader {
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  slice(at: number, size: number): Uint8Array {
    if (size > this.#bytes.length - at) refuse('ends-early');
    return this.#bytes.subarray(at, at + size);
  }

  word(at: number): bigint {
    return BigInt(hexlify(this.slice(at, WORD)));
  }

  /** A length: what no call can hold ends early. */
  size(at: number): number {
    const value = this.word(at);
    return value > BigInt(MAX_CALL_BYTES) ? refuse('ends-early') : Number(value);
  }
}

/** A value, and where the next tail begins. */
interface Read {
  readonly value: AbiValue;
  readonly end: number;
}

const integer = (reader: Reader, at: number, kind: 'uint' | 'int', bits: number): bigint => {
  const word = reader.word(at);
  const value = kind === 'int' ? BigInt.asIntN(256, word) : word;
  const fitting = kind === 'int' ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  return fitting === value ? value : refuse('dirty-integer');
};

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

const padded = (reader: Reader, at: number): { readonly bytes: Uint8Array; readonly end: number } => {
  const length = reader.size(at);
  const bytes = reader.slice(at + WORD, length);
  const end = at + WORD + Math.ceil(length / WORD) * WORD;
  if (!isZero(reader.slice(at + WORD + length, end - at - WORD - length))) refuse('dirty-padding');
  return { bytes, end };
};

const textOf = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return refuse('broken-text');
  }
};

/** A value that stands at `at`, itself and not its offset. */
const readAt = (reader: Reader, type: AbiType, at: number): Read => {
  switch (type.kind) {
    case 'uint':
    case 'int':
      return { value: integer(reader, at, type.kind, type.bits), end: at + WORD };
    case 'bool': {
      const word = reader.word(at);
      return { value: word > 1n ? refuse('dirty-bool') : word === 1n, end: at + WORD };
    }
    case 'address': {
      const word = hexlify(reader.slice(at, WORD));
      if (!word.startsWith(`0x${'0'.repeat(24)}`)) refuse('dirty-address');
      return { value: getAddress(dataSlice(word, 12)), end: at + WORD };
    }
    case 'fixedBytes': {
      const word = reader.slice(at, WORD);
      if (!isZero(word.subarray(type.size))) refuse('dirty-fixed-bytes');
      return { value: hexlify(word.subarray(0, type.size)), end: at + WORD };
    }
    case 'bytes': {
      const { bytes, end } = padded(reader, at);
      return { value: hexlify(bytes), end };
    }
    case 'string': {
      const { bytes, end } = padded(reader, at);
      return { value: textOf(bytes), end };
    }
    case 'array': {
      const given = type.length === undefined ? reader.size(at) : type.length;
      const start = type.length === undefined ? at + WORD : at;
      // Before anything is made of them: each element takes at least its head.
      if (given * type.of.head > reader.length - start) refuse('ends-early');
      return readList(
        reader,
        Array.from({ length: given }, () => type.of),
        start,
      );
    }
    case 'tuple':
      return readList(
        reader,
        type.members.map((member) => member.type),
        at,
      );
    /* v8 ignore next -- the compiler sees to it that no type is left @preserve */
    default:
      return type satisfies never;
  }
};

/** Heads at `start`, then the tails; offsets count from `start`. */
const readList = (reader: Reader, types: readonly AbiType[], start: number): Read => {
  const values: AbiValue[] = [];
  let at = start;
  let end = start + types.reduce((sum, { head }) => sum + head, 0);
  if (end > reader.length) refuse('ends-early');
  for (const type of types) {
    if (type.dynamic) {
      const [offset, next] = [reader.word(at), BigInt(end - start)];
      if (offset !== next) refuse(offset < next ? 'overlapping-offset' : 'gap-before-offset');
      const read = readAt(reader, type, end);
      values.push(read.value);
      end = read.end;
    } else values.push(readAt(reader, type, at).value);
    at += type.head;
  }
  return { value: values, end };
};

/**
 * Values of these types, if the bytes are their one canonical encoding: encoding the values again gives the same bytes. Solidity itself, and
 * most libraries, also read others. What two readers can read differently, nobody should approve.
 */
export const decodeArguments = (inputs: readonly AbiParameter[], bytes: Uint8Array): Decoded => {
  if (bytes.length > MAX_CALL_BYTES) return { kind: 'non-canonical', cause: 'too-large' };
  try {
    const types = inputs.map(({ type }) => type);
    const { value, end } = readList(new Reader(bytes), types, 0);
    if (end !== bytes.length) return { kind: 'non-canonical', cause: 'trailing-bytes' };
    return { kind: 'decoded', values: Array.isArray(value) ? value : [] };
  } catch (error) {
    if (!isKeyturnError(error, 'MALFORMED') || !isNonCanonical(error.field)) throw error;
    return { kind: 'non-canonical', cause: error.field };
  }
};

/** The arguments of a call of this function. `data` begins with its selector. */
export const decodeCall = ({ inputs }: AbiFunction, data: Uint8Array): Decoded =>
  decodeArguments(inputs, data.subarray(4));
