import { expect, test } from 'vitest';
import { CODES, isCode, KeyturnError } from '#schemas/codes.ts';
import { FAULT_CODES } from '#schemas/codes-fault.ts';
import { PROGRESS_CODES } from '#schemas/codes-progress.ts';
import { REQUEST_CODES } from '#schemas/codes-request.ts';

/** Of a code that stood in two tables, one advice would be lost. */
test('each code stands in one table', () => {
  const names = [REQUEST_CODES, PROGRESS_CODES, FAULT_CODES].flatMap((table) => Object.keys(table));
  expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
  expect(Object.keys(CODES)).toEqual(names);
});

test('each has words for a person, and only own names are codes', () => {
  for (const [name, { advice, retry }] of Object.entries(CODES)) {
    expect(advice.trim(), name).not.toBe('');
    expect(typeof retry, name).toBe('boolean');
    expect(isCode(name)).toBe(true);
  }
  expect(isCode('constructor')).toBe(false);
  expect(new KeyturnError('UNAVAILABLE', 'later').retry).toBe(true);
});
