import { getAddress, getBytes, hexlify } from 'ethers';
import type { KnownName } from '#schemas/known-functions.ts';
import type { AbiValue } from './decode.ts';

/** Why a call is not read, besides its encoding. */
export const UNREADABLE = {
  delegatecall: 'is a delegatecall: foreign code would act as the contract itself',
  'unknown-operation': 'is neither a call nor a delegatecall',
  'broken-batch': 'holds a batch that ends early or calls the zero address',
  'too-deep': 'lies more than 4 levels deep',
  'too-many-calls': 'is one of more than 64',
} as const;

export type Unreadable = keyof typeof UNREADABLE;

/** Calls within a request, at all levels. */
export const MAX_CALLS = 64;

/** One call: of the request itself, or within another. `to` in EIP-55, `value` in wei. */
export interface Call {
  readonly to: string;
  readonly value: bigint;
  readonly data: string;
}

export interface InnerCall extends Call {
  readonly problem: Unreadable | undefined;
}

/** `each`: each call has a value of its own. `shared`: all see the value of the call around them, which is spent once. */
export interface Nested {
  readonly value: 'each' | 'shared';
  readonly calls: readonly InnerCall[];
}

const text = (value: AbiValue | undefined): string => (typeof value === 'string' ? value : '');
const number = (value: AbiValue | undefined): bigint => (typeof value === 'bigint' ? value : 0n);
const list = (value: AbiValue | undefined): readonly AbiValue[] => (Array.isArray(value) ? value : []);

const operationProblem = (operation: bigint): Unreadable | undefined => {
  if (operation === 0n) return undefined;
  return operation === 1n ? 'delegatecall' : 'unknown-operation';
};

/** Members of the structs in a batch: where target, value and data stand. */
const batch = (
  calls: AbiValue | undefined,
  at: { readonly data: number; readonly value?: number },
): readonly InnerCall[] =>
  list(calls).map((one) => {
    const members = list(one);
    const value = at.value === undefined ? 0n : number(members[at.value]);
    return { to: text(members[0]), value, data: text(members[at.data]), problem: undefined };
  });

const HEAD = 85;
const ZERO = `0x${'0'.repeat(40)}`;
const BROKEN: InnerCall = { to: ZERO, value: 0n, data: '0x', problem: 'broken-batch' };

/**
 * Safe's packed form: operation (1 byte), to (20), value (32), length (32), data; again and again. Newer contracts take the zero address for
 * the Safe itself, older ones do not: so it is refused.
 */
const packed = (transactions: string): readonly InnerCall[] => {
  const bytes = getBytes(transactions);
  const part = (from: number, to: number): string => hexlify(bytes.subarray(from, to));
  const calls: InnerCall[] = [];
  // One more than may be: then it is refused as one of too many.
  for (let at = 0; at < bytes.length && calls.length <= MAX_CALLS; ) {
    if (at + HEAD > bytes.length) return [...calls, BROKEN];
    const end = BigInt(at + HEAD) + BigInt(part(at + 53, at + HEAD));
    const to = getAddress(part(at + 1, at + 21));
    if (end > BigInt(bytes.length) || to === ZERO) return [...calls, BROKEN];
    calls.push({
      to,
      value: BigInt(part(at + 21, at + 53)),
      data: part(at + HEAD, Number(end)),
      problem: operationProblem(BigInt(bytes[at] ?? 0)),
    });
    at = Number(end);
  }
  return calls;
};

/** The calls within a call. None where the function makes none. */
export const nestedIn = (known: KnownName, values: readonly AbiValue[], { to, value }: Call): Nested => {
  const each = (calls: readonly InnerCall[]): Nested => ({ value: 'each', calls });
  const own = (datas: AbiValue | undefined): Nested => ({
    value: 'shared',
    calls: list(datas).map((one) => ({ to, value, data: text(one), problem: undefined })),
  });
  switch (known) {
    case 'aggregate':
    case 'blockAndAggregate':
      return each(batch(values[0], { data: 1 }));
    case 'tryAggregate':
    case 'tryBlockAndAggregate':
      return each(batch(values[1], { data: 1 }));
    case 'aggregate3':
      return each(batch(values[0], { data: 2 }));
    case 'aggregate3Value':
      return each(batch(values[0], { data: 3, value: 2 }));
    case 'multicall':
      return own(values[0]);
    case 'multicallUntil':
      return own(values[1]);
    case 'execTransaction': {
      const problem = operationProblem(number(values[3]));
      return each([{ to: text(values[0]), value: number(values[1]), data: text(values[2]), problem }]);
    }
    case 'multiSend':
      return each(packed(text(values[0])));
    default:
      return each([]);
  }
};
