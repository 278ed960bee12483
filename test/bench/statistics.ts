/** The middle one; of an even count the lower of the two, so that it is a value that was measured. Throws RangeError on nothing. */
export const median = (values: readonly number[]): number => {
  const middle = values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('nothing was measured');
  return middle;
};

export interface Spread {
  readonly least: number;
  readonly most: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  least: Math.min(...values),
  most: Math.max(...values),
});
