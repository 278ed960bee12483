import { describe, expect, test } from 'vitest';
import {
  decimalText,
  fromNow,
  inEther,
  inGwei,
  parseAmount,
  parseCount,
  parseDay,
  parseDuration,
  parseTokenAmount,
  spanText,
} from '#cli/app/units.ts';
import { isKeyturnError } from '#schemas/codes.ts';

const failure = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isKeyturnError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no failure';
};

test.each([
  [0n, 18, '0'],
  [1n, 18, '0.000000000000000001'],
  [1_500_000n, 6, '1.5'],
  [2_000_000n, 6, '2'],
  [10n, 0, '10'],
  [2n ** 256n - 1n, 77, '1.15792089237316195423570985008687907853269984665640564039457584007913129639935'],
])('%d base units with %d decimals are %s, exactly', (units, decimals, text) => {
  expect(decimalText(units, decimals)).toBe(text);
});

describe('an amount', () => {
  test.each([
    ['-1', 'must be digits of wei'],
    ['1e18', 'must be digits of wei'],
    ['0x10', 'must be digits of wei'],
    ['', 'must be digits of wei'],
    ['.5 ether', 'must be digits of wei'],
    ['1. ether', 'must be digits of wei'],
    ['1,5 ether', 'must be digits of wei'],
    ['1 2 ether', 'must be digits of wei'],
    ['1 finney', 'the unit "finney" is none of ether, gwei, wei'],
    ['0.5', 'a fraction needs a unit'],
    ['0.5 wei', 'a fraction needs a unit'],
    ['0.0000000001 gwei', 'has more than 9 digits after the point'],
    ['0.0000000000000000001 ether', 'has more than 18 digits after the point'],
    [`${2n ** 256n}`, 'must not exceed 2^256-1 wei'],
  ])('%j is refused', (text, words) => {
    expect(failure(() => parseAmount(text, '--value'))).toContain(`USAGE --value: ${words}`);
  });

  test.each([
    ['0', 0n],
    ['500000000000000000', 500_000_000_000_000_000n],
    ['0.5 ether', 500_000_000_000_000_000n],
    ['0.5eth', 500_000_000_000_000_000n],
    ['0.5 ETH', 500_000_000_000_000_000n],
    ['20 Gwei', 20_000_000_000n],
    ['20 gwei', 20_000_000_000n],
    ['1.000000001 gwei', 1_000_000_001n],
    ['1.5000000000000000000000 ether', 1_500_000_000_000_000_000n],
    ['2.0', 2n],
    ['9007199254740993 wei', 9_007_199_254_740_993n],
    [`${2n ** 256n - 1n}`, 2n ** 256n - 1n],
  ])('%j is exact', (text, wei) => {
    expect(parseAmount(text, '--value')).toBe(wei);
  });

  test('is written exactly', () => {
    expect(inEther(500_000_000_000_000_000n)).toBe('0.5 ETH');
    expect(inEther(1n)).toBe('0.000000000000000001 ETH');
    expect(inEther(2n * 10n ** 18n)).toBe('2 ETH');
    expect(inGwei(1_500_000_000n)).toBe('1.5 gwei');
  });
});

describe('a duration', () => {
  test.each(['', '0s', '1', 'h', '1h ', '-1h', '1.5h', '1w', '1h30'])('%j is refused', (text) => {
    expect(failure(() => parseDuration(text, '--valid-for'))).toMatch(/^USAGE --valid-for: must be a duration/);
  });

  test('adds up', () => {
    expect(parseDuration('90s', 'o')).toBe(90);
    expect(parseDuration('1h30m', 'o')).toBe(5400);
    expect(parseDuration('2d', 'o')).toBe(172_800);
  });

  test('is told in its two largest units', () => {
    expect([0, 999, 61_000, 3_600_000, 3_661_000, 90_061_000].map(spanText)).toEqual([
      '0 s',
      '0 s',
      '1 min 1 s',
      '1 h',
      '1 h 1 min',
      '1 d 1 h',
    ]);
    expect(fromNow(5000, 0)).toBe('in 5 s');
    expect(fromNow(0, 5000)).toBe('5 s ago');
  });
});

test('a day must be a real one', () => {
  expect(parseDay('2026-02-28', '--since')).toBe(Date.UTC(2026, 1, 28));
  for (const text of ['2026-02-30', '2026-2-3', 'today', '2026-13-01', '2026-01-01T00:00:00Z'])
    expect(failure(() => parseDay(text, '--since'))).toBe('USAGE --since: must be a day written YYYY-MM-DD');
});

test('a count is a whole number in range', () => {
  expect(parseCount('100', '--limit', 100)).toBe(100);
  for (const text of ['0', '101', '-1', '1.0', '01', 'all'])
    expect(failure(() => parseCount(text, '--limit', 100))).toBe('USAGE --limit: must be a whole number from 1 to 100');
});

describe('an amount of a token', () => {
  const of = (text: string, decimals = 6) => parseTokenAmount(text, { symbol: 'USDC', decimals }, '--amount');

  test.each([
    ['12.5', 6, 12_500_000n],
    ['12', 6, 12_000_000n],
    ['0.000001', 6, 1n],
    ['1.500000000', 6, 1_500_000n],
    ['007', 0, 7n],
    ['5.0', 0, 5n],
    ['0', 18, 0n],
    ['0.1', 77, 10n ** 76n],
  ])('%s with %i decimals', (text, decimals, units) => {
    expect(of(text, decimals)).toBe(units);
  });

  test.each([
    ['0.0000001', 6, 'has more than the 6 digits after the point that USDC has'],
    ['1.5', 0, 'has more than the 0 digits after the point that USDC has'],
    ['12.5 USDC', 6, 'must be a number of USDC in digits, such as 12.5'],
    ['1,5', 6, 'must be a number'],
    ['-1', 6, 'must be a number'],
    ['1e6', 6, 'must be a number'],
    ['.5', 6, 'must be a number'],
    ['', 6, 'must be a number'],
    ['9'.repeat(78), 77, 'must not exceed 2^256-1'],
  ])('%s with %i decimals is refused', (text, decimals, words) => {
    expect(() => of(text, decimals)).toThrow(`--amount: ${words}`);
  });
});
