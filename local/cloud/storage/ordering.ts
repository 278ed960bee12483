const SURROGATE = /[\ud800-\udfff]/;

/** Order of object names in listings: by their UTF-8 bytes, which JavaScript's own order is not for characters beyond the BMP. */
export const compareNames = (a: string, b: string): number => {
  if (a === b) return 0;
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
};

/** Index of the first of the sorted `names` that is not before `name`. */
export const lowerBound = (names: readonly string[], name: string): number => {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(names[middle] ?? '', name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};
