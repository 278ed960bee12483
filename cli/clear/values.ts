import { decimalText, inEther } from '#cli/app/units.ts';
import { amountOf } from '#cli/request/call-words.ts';
import type { AbiValue } from '#core/calls/decode.ts';
import { valueText } from '#core/settled/call-text.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Token } from '#schemas/tokens.ts';
import type { Descriptor } from './descriptor.ts';
import type { Field } from './fields.ts';
import type { AddressSource, Format } from './formats.ts';
import { type Path, valuesAt } from './path.ts';

/** A call whose arguments were decoded by the function that a descriptor names. */
export interface DecodedCall {
  readonly to: string;
  /** wei */
  readonly value: bigint;
  readonly values: readonly AbiValue[];
}

export interface Surroundings {
  readonly chainId: string;
  /** The wallet that signs, EIP-55. */
  readonly wallet: string;
  /** As the law names them. */
  readonly tokens: readonly Token[];
}

/** What a path leads to; undefined where the call has no such element. */
export const atPath = (path: Path, call: DecodedCall, around: Surroundings): readonly AbiValue[] | undefined => {
  if (path.kind === 'argument') return valuesAt(call.values, path.steps);
  const container = { from: around.wallet, to: call.to, value: call.value, chainId: BigInt(around.chainId) };
  return [container[path.name]];
};

/** An address for each of so many values: one for all, or as many as there are. */
export const addressesAt = (
  source: AddressSource,
  count: number,
  call: DecodedCall,
  around: Surroundings,
): readonly string[] | undefined => {
  const found = source.kind === 'constant' ? [source.address] : atPath(source, call, around);
  if (found === undefined || (found.length !== 1 && found.length !== count)) return undefined;
  return Array.from({ length: count }, (_, n) => String(found.length === 1 ? found[0] : found[n]));
};

/** Text of theirs, always between these marks: no text of a descriptor can hold one (cli/clear/bounded-json.ts). */
export const theirs = (text: string): string => `“${text}”`;

/** Text of a string argument, which is the requester's: marks of ours within it would end it early. */
export const requesters = (text: string): string => `“${text.replaceAll(/[“”]/g, '"')}”`;

/** Of a list; it may hold thousands. */
const MAX_LISTED = 16;

/** The first values of a list, and how many are left. `where`: where those stand. */
export const listText = <T>(values: readonly T[], text: (value: T) => string, where = ''): string => {
  if (values.length === 0) return 'none';
  const left = values.length - MAX_LISTED;
  const first = values.slice(0, MAX_LISTED).map(text).join(', ');
  return left > 0 ? `${first} and ${left} more${where}` : first;
};

const MAX_SHOWN = 260;
const shown = (value: AbiValue): string => {
  const text = valueText(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length} characters; all stands below)` : text;
};

const clock = (seconds: bigint): string => {
  const two = (part: bigint): string => String(part).padStart(2, '0');
  const total = seconds < 0n ? -seconds : seconds;
  return `${seconds < 0n ? '-' : ''}${two(total / 3600n)}:${two((total / 60n) % 60n)}:${two(total % 60n)} (${seconds} s)`;
};

/** The last second of the year 9999. */
const LAST_TIME = 253_402_300_799n;
const date = (seconds: bigint): string =>
  seconds >= 0n && seconds <= LAST_TIME
    ? `${timeText(Number(seconds) * 1000)} (${seconds})`
    : `${seconds}, no time that a calendar has`;

/** What is counted: the token's contract, or the chain's own coin. Undefined: they do not say. */
export type Counted = { readonly kind: 'token'; readonly address: string } | { readonly kind: 'native' } | undefined;

export const countedBy = (
  format: Extract<Format, { kind: 'tokenAmount' }>,
  count: number,
  call: DecodedCall,
  around: Surroundings,
): readonly Counted[] | undefined => {
  if (format.token === undefined) return Array.from({ length: count }, () => undefined);
  const addresses = addressesAt(format.token, count, call, around);
  return addresses?.map((address) =>
    format.native.includes(address) ? { kind: 'native' } : { kind: 'token', address },
  );
};

const tokenText = (
  amount: bigint,
  counted: Counted,
  call: DecodedCall,
  around: Surroundings,
  token: Descriptor['token'],
): string => {
  if (counted === undefined) return `${amount}, of a token that they do not name`;
  if (counted.kind === 'native') return `${inEther(amount)} (${amount} wei)`;
  const words = amountOf(amount, counted.address, around.tokens);
  const isNamed = around.tokens.some(({ address }) => address === counted.address);
  if (isNamed || token === undefined || counted.address !== call.to) return words;
  return `${words}, by their word ${theirs(`${decimalText(amount, token.decimals)} ${token.ticker}`)}`;
};

/** Values of one field in words, one text each; undefined where the call has no such element. */
export const valueTexts = (
  { source, format }: Field,
  call: DecodedCall,
  around: Surroundings,
  descriptor: Descriptor,
): readonly string[] | undefined => {
  if (source.kind === 'literal') return [theirs(source.text)];
  const values = atPath(source, call, around);
  if (values === undefined) return undefined;
  switch (format.kind) {
    case 'tokenAmount': {
      const counted = countedBy(format, values.length, call, around);
      return (
        counted &&
        values.map((value, n) => {
          const amount = BigInt(String(value));
          const exact = tokenText(amount, counted[n], call, around, descriptor.token);
          return format.threshold !== undefined && amount >= format.threshold
            ? `${theirs(format.message)}: ${exact}`
            : exact;
        })
      );
    }
    case 'amount':
      return values.map((value) => `${inEther(BigInt(String(value)))} (${value} wei)`);
    case 'date':
      return values.map((value) => date(BigInt(String(value))));
    case 'duration':
      return values.map((value) => clock(BigInt(String(value))));
    case 'unit':
      return values.map(
        (value) => `${decimalText(BigInt(String(value)), format.decimals)} ${theirs(format.base)} (${value})`,
      );
    case 'enum':
      return values.map((value) => {
        const name = format.names.get(String(value));
        return name === undefined ? `${value}, which they have no word for` : `${theirs(name)} (${value})`;
      });
    case 'addressName':
    case 'raw':
    case 'calldata':
      return values.map((value) =>
        typeof value === 'string' && source.type.kind === 'string' ? requesters(shown(value)) : shown(value),
      );
    /* v8 ignore next -- the compiler sees to it that no format is left @preserve */
    default:
      return format satisfies never;
  }
};
