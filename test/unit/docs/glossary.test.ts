import { expect, test } from 'vitest';
import { readPage, tablesOf } from '#test/support/page.ts';

const tables = tablesOf(readPage('docs/glossary.md'));
const words = tables.flatMap(({ rows }) => rows.flatMap(([cell = '']) => cell.replaceAll('`', '').split(', ')));
/** Google's own words, which its documentation explains. */
const GOOGLES = ['Confidential Space'];

test('no word stands twice', () => {
  expect(words.filter((word, n) => words.indexOf(word) !== n)).toEqual([]);
});

test('every row has our word, the field’s word, what it means and a file', () => {
  for (const { columns, rows } of tables)
    for (const row of rows) {
      expect(row).toHaveLength(columns.length);
      expect(row.every((cell) => cell !== '')).toBe(true);
    }
});

test('what README sets in bold before its first command is there', () => {
  const [opening = ''] = readPage('README.md').split('```');
  const bold = [...opening.matchAll(/\*\*([^*]+)\*\*/g)].map(
    ([, word]) => word?.toLowerCase().replaceAll(/\s+/g, ' ') ?? '',
  );
  expect(bold.length).toBeGreaterThan(5);
  const known = [...words, ...GOOGLES].map((word) => word.toLowerCase());
  expect(
    bold.filter((word) => !known.some((one) => word === one || word === `${one}s` || word.endsWith(` ${one}`))),
  ).toEqual([]);
});
