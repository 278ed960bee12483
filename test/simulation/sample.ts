const DAY_MS = 86_400_000;

/** `size` of all, in a row that moves on by `size` each day (YYYY-MM-DD, UTC): within length / size days all get their turn. */
export const sampleOf = <T>(all: readonly T[], size: number, date: string): readonly T[] => {
  const day = Date.parse(`${date}T00:00:00Z`) / DAY_MS;
  if (!Number.isInteger(day)) throw new RangeError('the date must be YYYY-MM-DD');
  if (!Number.isInteger(size) || size < 1) throw new RangeError('the sample must be a whole number from 1');
  const start = (day * size) % Math.max(1, all.length);
  return Array.from({ length: Math.min(size, all.length) }, (_, n) => all[(start + n) % all.length] as T);
};
