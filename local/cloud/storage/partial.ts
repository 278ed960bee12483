import { CloudError } from '#local/cloud/runtime/cloud-error.ts';

/** A `fields` parameter as a tree: an empty map takes everything below. */
type Mask = Map<string, Mask>;

/** Keys of metadata are members too, and may hold almost anything. */
const NAME = /^[^\s,/()*]+|^\*/;

const invalid = (fields: string): CloudError =>
  new CloudError('INVALID_ARGUMENT', `Invalid field selection ${fields}`, { reason: 'invalidParameter' });

/** Reads `a,b/c,d(e,f)`. https://cloud.google.com/storage/docs/json_api#partial-response */
const parseMask = (fields: string): Mask => {
  let at = 0;
  const selection = (): Mask => {
    const mask: Mask = new Map();
    do {
      const name = NAME.exec(fields.slice(at))?.[0];
      if (name === undefined) throw invalid(fields);
      at += name.length;
      mask.set(name, new Map([...(mask.get(name) ?? []), ...below()]));
    } while (fields[at] === ',' && ++at);
    return mask;
  };
  const below = (): Mask => {
    if (fields[at] === '/') {
      at += 1;
      const name = NAME.exec(fields.slice(at))?.[0];
      if (name === undefined) throw invalid(fields);
      at += name.length;
      return new Map([[name, below()]]);
    }
    if (fields[at] !== '(') return new Map();
    at += 1;
    const inner = selection();
    if (fields[at] !== ')') throw invalid(fields);
    at += 1;
    return inner;
  };
  const mask = selection();
  if (at !== fields.length) throw invalid(fields);
  return mask;
};

const select = (value: unknown, mask: Mask): unknown => {
  if (mask.size === 0) return value;
  if (Array.isArray(value)) return value.map((one) => select(one, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const below = mask.get(name) ?? mask.get('*');
      return below === undefined ? [] : [[name, select(member, below)]];
    }),
  );
};

/** The part of a resource that a `fields` parameter asks for; all of it without one. Throws INVALID_ARGUMENT. */
export const partial = (resource: object, fields: string | null): unknown =>
  fields === null || fields === '' ? resource : select(resource, parseMask(fields));
