import { type CelInput, type CelMap, celMap, run } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';

export interface CelContext {
  readonly [name: string]: CelContext | string | number | bigint | boolean | null | Date | readonly unknown[];
}

/** A key whose value is null is in the map, says CEL; the library's own map says it is not (findings/cel-key-with-null-is-missing.sh). */
const mapOf = (entries: ReadonlyMap<string, CelInput>): CelMap => {
  const map = celMap(entries);
  return Object.assign(map, { has: (key: Parameters<CelMap['get']>[0]) => map.get(key) !== undefined });
};

// JSON numbers are doubles in CEL, also whole ones: `assertion.iat + 3600` is an error there as in the cloud. An int is a bigint here.
const input = (value: unknown): CelInput => {
  if (value instanceof Date) return timestampFromDate(value);
  if (Array.isArray(value)) return value.map(input);
  if (typeof value === 'object' && value !== null)
    return mapOf(new Map(Object.entries(value).map(([key, member]) => [key, input(member)])));
  if (value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return value as CelInput;
  throw new TypeError(`no CEL value for ${typeof value}`);
};

/** The value of a CEL expression over `context`. Throws where CEL gives an error. */
export const evaluateCel = (expression: string, context: CelContext): unknown => {
  const bindings = Object.fromEntries(Object.entries(context).map(([name, value]) => [name, input(value)]));
  const value = run(expression, bindings, { funcs: strings });
  if (value instanceof Error) throw value;
  return value;
};

/** A condition allows only by being exactly true: an error (a claim that is missing, say) denies, as IAM and STS do. */
export const evaluateCondition = (expression: string, context: CelContext): boolean => {
  try {
    return evaluateCel(expression, context) === true;
  } catch {
    return false;
  }
};
