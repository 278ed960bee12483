import { getters, type Settable, type Sources } from './sources.ts';

/** A cty type as JSON: `"string"`, `["list", "string"]`, `["object", {…}]`. */
export type CtyType = string | readonly [string, CtyType | { readonly [name: string]: CtyType }];

const SCALAR: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  boolean: 'bool',
  any: 'dynamic',
};

const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
const small = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;

/** The expressions that the generator writes to read a computed attribute, the more special ones first. */
const READERS: readonly (readonly [RegExp, CtyType])[] = [
  [/getStringAttribute\(/, 'string'],
  [/Fn\.tolist\(this\.getNumberListAttribute\(|asNumberList\(cdktf\.Fn\.tolist\(/, ['set', 'number']],
  [/Fn\.tolist\(this\.getListAttribute\(/, ['set', 'string']],
  [/getNumberListAttribute\(/, ['list', 'number']],
  [/getListAttribute\(/, ['list', 'string']],
  [/getNumberAttribute\(/, 'number'],
  [/getBooleanAttribute\(/, 'bool'],
  [/getStringMapAttribute\(|new cdktf\.StringMap\(/, ['map', 'string']],
  [/new cdktf\.NumberMap\(/, ['map', 'number']],
  [/new cdktf\.BooleanMap\(/, ['map', 'bool']],
  [/new cdktf\.StringMapList\(/, ['list', ['map', 'string']]],
];

const objectType = (sources: Sources, name: string): CtyType => {
  const body = sources.classes.get(`${name}OutputReference`)?.body;
  if (body === undefined) throw new Error(`no class ${name}OutputReference`);
  const read = getters(body).map((getter) => [getter.name, readType(sources, getter.expression)] as const);
  const set = (sources.structs.get(small(name)) ?? []).map((one) => [one.name, settableType(sources, one)] as const);
  return ['object', Object.fromEntries([...set, ...read])];
};

/** The type of a computed attribute, from the expression that reads it. */
export const readType = (sources: Sources, expression: string): CtyType => {
  const known = READERS.find(([pattern]) => pattern.test(expression))?.[1];
  if (known !== undefined) return known;
  const [, listed, set] = /new (?:\w+\.)?(\w+)List\(this, "[^"]+", (true|false)\)/.exec(expression) ?? [];
  if (listed !== undefined) return [set === 'true' ? 'set' : 'list', objectType(sources, listed)];
  const single = /new (?:\w+\.)?(\w+)OutputReference\(this, "[^"]+"\)/.exec(expression)?.[1];
  if (single !== undefined) return objectType(sources, single);
  throw new Error(`not understood: ${expression.trim()}`);
};

/** The type of an attribute that can be set and is no block. */
export const settableType = (sources: Sources, { struct, kind, storage }: Settable): CtyType => {
  if (struct !== undefined) return [kind === 'set' ? 'set' : 'list', objectType(sources, capital(struct))];
  const scalar = SCALAR[storage.replace(/(List|Map|Set)$/, '')];
  if (scalar === undefined) throw new Error(`unknown storage class ${storage}`);
  return kind === 'simple' ? scalar : [kind, scalar];
};

export const structClass = capital;
