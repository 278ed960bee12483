import { expect, test } from 'vitest';
import { sampleOf } from '#test/simulation/sample.ts';

const LETTERS = [...'abcdefg'];

test('a day takes the next ones in a row, and over the days all get their turn', () => {
  const days = ['2026-11-28', '2026-11-29', '2026-11-30', '2026-12-01'].map((date) => sampleOf(LETTERS, 2, date));
  expect(days.map(({ length }) => length)).toEqual([2, 2, 2, 2]);
  expect([...new Set(days.flat())].toSorted()).toEqual(LETTERS);
  expect(sampleOf(LETTERS, 2, '2026-11-28')).toEqual(days[0]);
});

test('a sample is never larger than all, and a date must be one', () => {
  expect(sampleOf(LETTERS, 20, '2026-11-28').toSorted()).toEqual(LETTERS);
  expect(() => sampleOf(LETTERS, 2, 'today')).toThrow(RangeError);
  expect(() => sampleOf(LETTERS, 0, '2026-11-28')).toThrow(RangeError);
});
