import type { ArgumentLimit, Step } from '#schemas/call-rule.ts';
import type { AbiValue } from './decode.ts';

/** All values that the steps lead to: one, or one for each element of the arrays on the way. */
const valuesAt = (values: AbiValue, [step, ...rest]: readonly Step[]): readonly AbiValue[] => {
  if (step === undefined) return [values];
  if (!Array.isArray(values)) return [];
  const members: readonly AbiValue[] = step === 'each' ? values : values.slice(step, step + 1);
  return members.flatMap((one) => valuesAt(one, rest));
};

const isIn = (value: AbiValue, list: readonly string[]): boolean => list.includes(String(value));

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

const isWithin = (value: AbiValue, { in: list, atMost }: ArgumentLimit): boolean => {
  if (list !== undefined && !isIn(value, list)) return false;
  return atMost === undefined || (typeof value === 'bigint' && magnitude(value) <= BigInt(atMost));
};

/** The first limit of an allow rule that the arguments exceed, in words: each element must be within it. Undefined where all hold. */
export const failing = (limits: readonly ArgumentLimit[], values: readonly AbiValue[]): string | undefined => {
  const first = limits.find((limit) => valuesAt(values, limit.steps).some((value) => !isWithin(value, limit)));
  if (first === undefined) return undefined;
  return first.atMost === undefined
    ? `argument ${first.argument} is none of those`
    : `argument ${first.argument} exceeds the limit of ${first.atMost}`;
};

/** Whether a deny rule means these arguments: for each of its limits one element is in the list. Without limits it means all. */
export const hits = (limits: readonly ArgumentLimit[], values: readonly AbiValue[]): boolean =>
  limits.every(({ steps, in: list = [] }) => valuesAt(values, steps).some((value) => isIn(value, list)));
