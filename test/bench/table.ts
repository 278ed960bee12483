/** Prints rows under their heads: words to the left, numbers to the right. */
export const printTable = (
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  say: (line: string) => void,
): void => {
  const all = [heads, ...rows.map((row) => row.map(String))];
  const widths = heads.map((_, n) => Math.max(...all.map((row) => (row[n] ?? '').length)));
  for (const row of all)
    say(
      `  ${row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ')}`.trimEnd(),
    );
};
