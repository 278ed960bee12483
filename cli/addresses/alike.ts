/** How many hex digits of two addresses are the same, from the front and from the back. */
export interface SameEnds {
  readonly first: number;
  readonly last: number;
}

/** People read the ends of an address. So a fraud makes one with the same ends (address poisoning): 8 digits cost seconds on one computer. */
const LEAST_END = 3;
const LEAST_BOTH = 8;

const sameFrom = (one: string, other: string): number => {
  const differs = [...one].findIndex((digit, n) => digit !== other[n]);
  return differs === -1 ? one.length : differs;
};

const digitsOf = (address: string): string => address.slice(2).toLowerCase();
/** Only addresses with the same of these can be taken for each other: so that thousands need not be compared with thousands. */
export const endsOf = (address: string): string => {
  const digits = digitsOf(address);
  return `${digits.slice(0, LEAST_END)}${digits.slice(-LEAST_END)}`;
};

const reversed = (text: string): string => [...text].reverse().join('');

/**
 * Whether one address can be taken for the other: together 8 digits of their ends are the same, at least 3 at each. Undefined where not, or where
 * they are one. Of two addresses that nobody chose, one pair in a thousand million is so.
 */
export const sameEnds = (one: string, other: string): SameEnds | undefined => {
  const [a, b] = [digitsOf(one), digitsOf(other)];
  if (a === b) return undefined;
  const [first, last] = [sameFrom(a, b), sameFrom(reversed(a), reversed(b))];
  return first >= LEAST_END && last >= LEAST_END && first + last >= LEAST_BOTH ? { first, last } : undefined;
};

/** Marks below two addresses, one above the other: `^` where they differ. */
export const differenceMarks = (one: string, other: string): string =>
  [...one].map((digit, n) => (digit.toLowerCase() === other[n]?.toLowerCase() ? ' ' : '^')).join('');
