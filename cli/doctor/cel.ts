import { type CelInput, type CelResult, celEnv, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';

/** What an expression of IAM sees: `assertion` of a provider, `resource` and `request` of a binding. Plain JSON and dates. */
export type Context = Readonly<Record<string, unknown>>;

// JSON numbers are doubles in CEL, whole ones too.
const input = (value: unknown): CelInput => {
  if (value instanceof Date) return timestampFromDate(value);
  if (Array.isArray(value)) return value.map(input);
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([key, member]) => [key, input(member)]));
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new TypeError(`no CEL value for ${typeof value}`);
};

type Planned = (bindings: Readonly<Record<string, CelInput>>) => CelResult;

const env = celEnv({ funcs: strings });
/** One condition is asked about many tokens, and stands in many bindings: it is parsed once. */
const planned = new Map<string, Planned>();

const plannedFor = (expression: string): Planned => {
  const known = planned.get(expression) ?? plan(env, parse(expression));
  planned.set(expression, known);
  return known;
};

/** The value of a CEL expression. Throws where CEL gives an error: a claim that is not there, a function that is none. */
export const evaluated = (expression: string, context: Context): unknown => {
  const value = plannedFor(expression)(
    Object.fromEntries(Object.entries(context).map(([name, value]) => [name, input(value)])),
  );
  if (value instanceof Error) throw value;
  return value;
};

/** Only what is exactly true admits: an error denies, as in IAM and STS. */
export const admits = (expression: string, context: Context): boolean => {
  try {
    return evaluated(expression, context) === true;
  } catch {
    return false;
  }
};

const QUOTES = ['"', "'"];

/** The clauses that `&&` joins at the top of an expression; whatever stands in brackets or quotes is one piece. */
export const clausesOf = (expression: string): readonly string[] => {
  const clauses: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let at = 0; at < expression.length; at++) {
    const sign = expression.charAt(at);
    if (quote !== '') {
      if (sign === '\\') at++;
      else if (sign === quote) quote = '';
    } else if (QUOTES.includes(sign)) quote = sign;
    else if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign)) depth--;
    else if (depth === 0 && expression.startsWith('&&', at)) {
      clauses.push(expression.slice(start, at).trim());
      start = at + 2;
      at++;
    }
  }
  return [...clauses, expression.slice(start).trim()].filter((clause) => clause !== '');
};
