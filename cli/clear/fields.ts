import { z } from 'zod';
import type { AbiFunction, AbiParameter } from '#schemas/abi.ts';
import type { Definitions, Metadata } from './descriptor.ts';
import { type Format, formatOf } from './formats.ts';
import { OutsideSubset, type Path, pathOf } from './path.ts';

/** One line of a descriptor's own: a label of theirs, and a value of the call (or a text of theirs). */
export interface Field {
  readonly label: string;
  /** As it stands there, for the placeholders of the sentence; "" for a literal. */
  readonly name: string;
  readonly source: Path | { readonly kind: 'literal'; readonly text: string };
  readonly format: Format;
  /** `hidden`: they would leave it out. Here it counts as not covered, and is shown raw. */
  readonly visible: 'shown' | 'hidden' | { readonly mustMatch: readonly string[] };
}

const listed = z
  .array(z.union([z.string().max(200), z.number(), z.boolean()]))
  .min(1)
  .max(64);
const visible = z.union([
  z.enum(['never', 'always', 'optional']),
  z.strictObject({ ifNotIn: listed }),
  z.strictObject({ mustMatch: listed }),
]);

const fieldSchema = z.strictObject({
  $id: z.string().max(200).optional(),
  $ref: z.string().max(200).optional(),
  path: z.string().min(1).max(200).optional(),
  value: z.union([z.string().min(1).max(120), z.number(), z.boolean()]).optional(),
  label: z.string().min(1).max(80).optional(),
  format: z.string().max(40).optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  visible: visible.optional(),
  fields: z.array(z.unknown()).max(64).optional(),
  // Of ERC-7730, and outside the subset.
  separator: z.unknown().optional(),
  encryption: z.unknown().optional(),
  iteration: z.unknown().optional(),
});

type RawField = z.infer<typeof fieldSchema>;

export const fieldsSchema = z.array(z.unknown()).max(64);

/** Fields of one function, at all levels. */
const MAX_FIELDS = 64;
const MAX_GROUPS = 4;

const parsed = (value: unknown): RawField => {
  const result = fieldSchema.safeParse(value);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new RangeError(`field ${first?.path.join('.').slice(0, 80) ?? ''}: ${first?.message.slice(0, 200) ?? ''}`);
};

/** With the definition that it refers to: its own members count, and its own params. */
const withDefinition = (field: RawField, definitions: Definitions): RawField => {
  if (field.$ref === undefined) return field;
  const name = field.$ref.startsWith('$.display.definitions.') ? field.$ref.slice(22) : '';
  const defined = Object.hasOwn(definitions, name) ? parsed(definitions[name]) : undefined;
  if (defined === undefined || defined.$ref !== undefined || defined.fields !== undefined)
    throw new RangeError(`$ref ${field.$ref.slice(0, 80)} names no definition of a field`);
  return { ...defined, ...field, params: { ...defined.params, ...field.params } };
};

const absolute = (prefix: string, path: string): string =>
  prefix === '' || /^[#@$]\./.test(path) ? path : `${prefix}.${path}`;

const outside = (field: RawField): void => {
  for (const name of ['separator', 'encryption', 'iteration'] as const)
    if (field[name] !== undefined) throw new OutsideSubset(`a field uses ${name}`);
};

const visibility = ({ visible: rule }: RawField): Field['visible'] => {
  if (rule === 'never') return 'hidden';
  return typeof rule === 'object' && 'mustMatch' in rule ? { mustMatch: rule.mustMatch.map(String) } : 'shown';
};

interface Around {
  readonly inputs: readonly AbiParameter[];
  readonly metadata: Metadata;
  readonly definitions: Definitions;
}

const one = (field: RawField, prefix: string, { inputs, metadata }: Around): Field => {
  const { path, value, label, format = 'raw', params = {} } = field;
  if ((path === undefined) === (value === undefined)) throw new RangeError('a field takes one of path and value');
  if (label === undefined) throw new RangeError('a field has no label');
  const resolve = (text: string): Path => pathOf(absolute(prefix, text), inputs);
  const name = path === undefined ? '' : absolute(prefix, path).replace(/^#\./, '');
  const source: Field['source'] =
    path === undefined ? { kind: 'literal', text: String(value) } : pathOf(absolute(prefix, path), inputs);
  const given = source.kind === 'literal' ? undefined : source.type;
  return {
    label,
    name,
    source,
    format: formatOf(format, params, { type: given, metadata, resolve }),
    visible: visibility(field),
  };
};

const flat = (list: readonly unknown[], prefix: string, depth: number, around: Around): readonly Field[] => {
  if (depth > MAX_GROUPS) throw new RangeError(`groups nest more than ${MAX_GROUPS} deep`);
  return list.flatMap((raw): readonly Field[] => {
    const field = withDefinition(parsed(raw), around.definitions);
    outside(field);
    if (field.fields === undefined) return [one(field, prefix, around)];
    return flat(field.fields, field.path === undefined ? prefix : absolute(prefix, field.path), depth + 1, around);
  });
};

/** In the order in which they are shown. Throws RangeError, in words for who wrote the descriptor, and OutsideSubset. */
export const fieldsOf = (
  list: readonly unknown[],
  { inputs }: AbiFunction,
  metadata: Metadata,
  definitions: Definitions,
): readonly Field[] => {
  const fields = flat(list, '', 1, { inputs, metadata, definitions });
  if (fields.length > MAX_FIELDS) throw new RangeError(`has more than ${MAX_FIELDS} fields`);
  return fields;
};
