import {
  type CelInput,
  type CelMap,
  type CelResult,
  CelScalar,
  celEnv,
  celMap,
  celMethod,
  parse,
  plan,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';

/** What an expression of IAM sees: `assertion` of a provider, `resource` and `request` of a binding. Plain JSON and dates. */
export type Context = Readonly<Record<string, unknown>>;

/** A key whose value is null is in the map, says CEL; the library's own map says it is not (findings/cel-key-with-null-is-missing.sh). */
const mapOf = (entries: ReadonlyMap<string, CelInput>): CelMap => {
  const map = celMap(entries);
  return Object.assign(map, { has: (key: Parameters<CelMap['get']>[0]) => map.get(key) !== undefined });
};

// JSON numbers are doubles in CEL, whole ones too.
const input = (value: unknown): CelInput => {
  if (value instanceof Date) return timestampFromDate(value);
  if (Array.isArray(value)) return value.map(input);
  if (typeof value === 'object' && value !== null)
    return mapOf(new Map(Object.entries(value).map(([key, member]) => [key, input(member)])));
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new TypeError(`no CEL value for ${typeof value}`);
};

type Planned = (bindings: Readonly<Record<string, CelInput>>) => CelResult;

/**
 * `'a/b/c'.extract('a/{x}/c')` is `b`: what stands between the parts around the braces, or '' where they do not stand there. Google's own, in
 * no standard of CEL (https://cloud.google.com/iam/docs/conditions-attribute-reference#extract).
 */
const extract = celMethod('extract', CelScalar.STRING, [CelScalar.STRING], CelScalar.STRING, function (template) {
  const [, before, after] = /^([^{}]*)\{[^{}]+\}([^{}]*)$/.exec(template) ?? [];
  if (before === undefined || after === undefined) throw new Error('extract takes a template with one name in braces');
  const from = this.indexOf(before);
  if (from < 0) return '';
  const rest = this.slice(from + before.length);
  const to = after === '' ? rest.length : rest.indexOf(after);
  return to < 0 ? '' : rest.slice(0, to);
});

const env = celEnv({ funcs: [...strings, extract] });
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

/**
 * Whether a condition of a binding holds. Undefined where it cannot be judged here. It may ask for what only IAM knows: a tag, a level of
 * access, an attribute of one API. Or this evaluator does not understand it.
 */
export const judged = (condition: string, context: Context): boolean | undefined => {
  if (condition === '') return true;
  try {
    const value = evaluated(condition, context);
    return typeof value === 'boolean' ? value : undefined;
  } catch {
    return undefined;
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
