import { describe, expect, test } from 'vitest';
import { firstRung, maxCost, maxFee, rungFees } from '#core/transaction/fees.ts';
import { requestOf } from '#test/support/law.ts';

const ladder = (maxFeePerGas: string, maxPriorityFeePerGas: string) =>
  rungFees(requestOf({ maxFeePerGas, maxPriorityFeePerGas })).map((fees) => [
    fees.maxFeePerGas,
    fees.maxPriorityFeePerGas,
  ]);

describe('rungFees', () => {
  test('five rungs, two thirds each, lowest first, the ceiling last', () => {
    expect(ladder('30000000000', '1000000000')).toEqual([
      [5925925925n, 197530864n],
      [8888888888n, 296296296n],
      [13333333333n, 444444444n],
      [20000000000n, 666666666n],
      [30000000000n, 1000000000n],
    ]);
  });

  test.each([
    ['a tip of 0: nothing can be raised by a share of it', '30000000000', '0', [[30000000000n, 0n]]],
    ['a tip of 1 wei', '30000000000', '1', [[30000000000n, 1n]]],
    [
      'a tip of 2 wei',
      '30000000000',
      '2',
      [
        [20000000000n, 1n],
        [30000000000n, 2n],
      ],
    ],
    [
      'a tip of 3 wei',
      '9',
      '3',
      [
        [4n, 1n],
        [6n, 2n],
        [9n, 3n],
      ],
    ],
    ['no fee at all', '0', '0', [[0n, 0n]]],
    ['a fee of 1 wei', '1', '1', [[1n, 1n]]],
  ])('%s', (_, fee, tip, expected) => {
    expect(ladder(fee, tip)).toEqual(expected);
  });

  test.each(['0', '1'])('type "%s" climbs with its one price, which is fee and tip', (type) => {
    const rungs = rungFees(requestOf({ type, maxFeePerGas: '81', maxPriorityFeePerGas: '' }));
    expect(rungs.map(({ maxFeePerGas }) => maxFeePerGas)).toEqual([16n, 24n, 36n, 54n, 81n]);
    expect(rungs.every(({ maxFeePerGas, maxPriorityFeePerGas }) => maxFeePerGas === maxPriorityFeePerGas)).toBe(true);
  });

  test('depends on the ceilings alone', () => {
    const other = requestOf({ value: '5', data: '0x1234', gasLimit: '90000', memo: 'lunch', nonce: '7' });
    expect(rungFees(other)).toEqual(rungFees(requestOf()));
  });
});

describe('firstRung', () => {
  const fees = rungFees(requestOf({ maxFeePerGas: '81000', maxPriorityFeePerGas: '8100' }));

  test.each([
    // The rungs are 16000/1600, 24000/2400, 36000/3600, 54000/5400, 81000/8100: each covers (fee - tip) * 8 / 9 of base fee.
    [0n, 0],
    [12_800n, 0],
    [12_801n, 1],
    [19_200n, 1],
    [19_201n, 2],
    [64_800n, 4],
    [64_801n, 4],
    [10n ** 30n, 4],
  ])('base fee %s wei: rung %s', (baseFee, rung) => {
    expect(firstRung(fees, baseFee)).toBe(rung);
  });

  test('without a base fee the lowest', () => {
    expect(firstRung(fees, undefined)).toBe(0);
  });

  test('one price: it must exceed the risen base fee by a wei', () => {
    const one = rungFees(requestOf({ type: '0', maxFeePerGas: '81', maxPriorityFeePerGas: '' }));
    // 16 covers a base fee of 13: 13 * 9 / 8 = 14.6, rounded up 15, and 1 wei. 14 rises to 15.75.
    expect([13n, 14n, 20n, 1000n].map((baseFee) => firstRung(one, baseFee))).toEqual([0, 1, 1, 4]);
  });

  test('no rungs at all: 0', () => {
    expect(firstRung([], 1n)).toBe(0);
  });
});

test('the most it can cost: value and gasLimit × maxFeePerGas, beyond 2^64', () => {
  const request = requestOf({ value: (2n ** 256n - 1n).toString(), gasLimit: '21000', maxFeePerGas: '10000000000000' });
  expect(maxFee(request)).toBe(210_000_000_000_000_000n);
  expect(maxCost(request)).toBe(2n ** 256n - 1n + 210_000_000_000_000_000n);
});
