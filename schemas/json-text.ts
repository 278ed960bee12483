import { parse, type ValueNode } from '@humanwhocodes/momoa';

const doubledIn = (node: ValueNode, path: string): string | undefined => {
  if (node.type === 'Array')
    return node.elements.map(({ value }, n) => doubledIn(value, `${path}/${n}`)).find((found) => found !== undefined);
  if (node.type !== 'Object') return undefined;
  const seen = new Set<string>();
  for (const { name, value } of node.members) {
    const at = `${path}/${name.type === 'String' ? name.value : name.name}`;
    if (seen.has(at)) return at;
    seen.add(at);
    const below = doubledIn(value, at);
    if (below !== undefined) return below;
  }
  return undefined;
};

/**
 * The path of the first name that stands twice in one JSON object, or undefined. RFC 8259, section 4 leaves open which of the two counts.
 * JSON.parse takes the last and other readers the first, so two readers could see two payments. Only for text whose value a schema has
 * admitted. What is nested too deep to be read here can only hide behind a doubled name, and counts as one.
 */
export const doubledName = (text: string): string | undefined => {
  try {
    return doubledIn(parse(text).body, '');
  } catch {
    return '/';
  }
};
