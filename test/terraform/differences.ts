const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** `path: one → other` for every leaf in which two JSON values differ, in order. */
export const differences = (one: unknown, other: unknown, path = ''): readonly string[] => {
  if (!isObject(one) || !isObject(other)) return Object.is(one, other) ? [] : [`${path}: ${one} → ${other}`];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .sort()
    .flatMap((key) => differences(one[key], other[key], path === '' ? key : `${path}.${key}`));
};
