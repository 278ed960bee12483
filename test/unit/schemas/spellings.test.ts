import { describe, expect, test } from 'vitest';
import {
  data,
  either,
  exactly,
  hex64,
  name,
  signature,
  time,
  timeMs,
  timeText,
  token,
  transactionHash,
  uint64,
  uint256,
} from '#schemas/spellings.ts';

describe('taken', () => {
  test.each([
    ['uint64', uint64, ['0', '1', '10', '18446744073709551615']],
    ['uint256', uint256, ['0', (2n ** 256n - 1n).toString()]],
    ['data', data, ['0x', '0x00', '0xabcdef']],
    ['transactionHash', transactionHash, [`0x${'0a'.repeat(32)}`]],
    ['hex64', hex64, ['0a'.repeat(32)]],
    ['name', name, ['a', 'a-', `a${'9'.repeat(30)}`]],
    ['token', token, ['a', 'A.b_c:d@e-9', '-', 'x'.repeat(128)]],
    ['signature', signature, [`0x${'0a'.repeat(65)}`]],
    ['time', time, ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2000-02-29T00:00:00Z']],
  ])('%s', (_, spelling, texts) => {
    for (const text of texts) expect(spelling(text)).toBeUndefined();
  });
});

describe('refused', () => {
  test.each([
    ['transactionHash', transactionHash, ['', '0x', 'a'.repeat(64), `0x${'A'.repeat(64)}`, `0x${'a'.repeat(65)}`]],
    [
      'hex64',
      hex64,
      ['', 'a'.repeat(63), 'a'.repeat(65), 'A'.repeat(64), `0x${'a'.repeat(62)}`, `${'a'.repeat(64)}\n`],
    ],
    ['signature', signature, ['', `0x${'a'.repeat(129)}`, `0x${'a'.repeat(131)}`]],
  ])('%s', (_, spelling, texts) => {
    for (const text of texts) expect(spelling(text)).toMatch(/^must be /);
  });
});

test('either: one that fits is enough, else all problems are told', () => {
  const both = either(hex64, exactly('', 'foreign'));
  expect([both('foreign'), both(''), both('a'.repeat(64))]).toEqual([undefined, undefined, undefined]);
  expect(both('x')).toBe('must be 64 lower-case hex digits without 0x, or must be "" or "foreign"');
});

test('timeMs and timeText: fractions of a second are cut off', () => {
  expect(timeMs('2030-01-01T00:00:01Z')).toBe(Date.UTC(2030, 0, 1, 0, 0, 1));
  expect(timeText(Date.UTC(2030, 0, 1, 0, 0, 1, 999))).toBe('2030-01-01T00:00:01Z');
  expect(timeMs('2030-02-30T00:00:00Z')).toBeUndefined();
});
