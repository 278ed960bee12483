import { describe, expect, test } from 'vitest';
import { addressOfCommitment, addressOfKey } from '#core/shares/address.ts';
import { combineShares, splitKey, verifyShare, wipe } from '#core/shares/shares.ts';
import { expectRefusal } from '#test/support/code.ts';
import { secretOf, seeded, splitOf } from '#test/support/law.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const bytesOf = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));

describe('splitKey refuses', () => {
  const random = seeded(7);
  test.each([
    ['zero', new Uint8Array(32)],
    ['the order', bytesOf(ORDER)],
    ['more than the order', new Uint8Array(32).fill(255)],
    ['31 bytes', new Uint8Array(31).fill(1)],
    ['33 bytes', new Uint8Array(33).fill(1)],
    ['nothing', new Uint8Array(0)],
  ])('a key of %s', (_, key) => {
    expect(() => splitKey(key, 2, 3, random)).toThrow(RangeError);
    expect(() => splitKey(key, 2, 3, random)).toThrow('the key must be 32 bytes between 1 and the group order');
  });

  test.each([
    [0, 3],
    [4, 3],
    [1.5, 3],
    [Number.NaN, 3],
    [2, Number.POSITIVE_INFINITY],
    [-1, 3],
  ])('threshold %s of %s', (threshold, holders) => {
    expect(() => splitKey(secretOf(1), threshold, holders, random)).toThrow(/the threshold must lie/);
  });

  test('17 holders', () => {
    expect(() => splitKey(secretOf(1), 2, 17, random)).toThrow('there can be at most 16 holders');
  });

  test.each([0, 255])('a source of randomness that only gives the byte %s', (byte) => {
    expect(() => splitKey(secretOf(1), 2, 3, (length) => new Uint8Array(length).fill(byte))).toThrow(/randomness/);
  });

  test('a source that gives too few bytes', () => {
    expect(() => splitKey(secretOf(1), 2, 3, () => new Uint8Array(31).fill(1))).toThrow(/randomness/);
  });
});

test('splitKey takes the largest key, n - 1, draws rejected coefficients again and wipes what it drew', () => {
  const drawn: Uint8Array[] = [];
  const sequence = [new Uint8Array(32), bytesOf(ORDER), bytesOf(5n)];
  const split = splitKey(bytesOf(ORDER - 1n), 2, 2, () => {
    const next = sequence.shift() ?? new Uint8Array(0);
    drawn.push(next);
    return next;
  });
  // f(x) = -1 + 5x
  expect(split.shares.map(({ scalar }) => scalar)).toEqual([bytesOf(4n), bytesOf(9n)]);
  expect(drawn).toHaveLength(3);
  expect(drawn.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
});

test('a draw that would make a share zero is drawn again', () => {
  // f(x) = 1 + (n - 1)x has f(1) = 0.
  const sequence = [bytesOf(ORDER - 1n), bytesOf(3n)];
  const split = splitKey(bytesOf(1n), 2, 2, () => sequence.shift() ?? new Uint8Array(0));
  expect(split.shares.map(({ scalar }) => scalar)).toEqual([bytesOf(4n), bytesOf(7n)]);
});

describe('verifyShare', () => {
  const split = splitOf(3, 5);
  const [first] = split.shares;
  if (first === undefined) throw new Error('no share');

  test('accepts every share of the split', () => {
    expect(split.shares.map((share) => verifyShare(share, split.commitments))).toEqual([true, true, true, true, true]);
  });

  test.each([
    ['zero', new Uint8Array(32)],
    ['the order', bytesOf(ORDER)],
    ['the share plus the order, where it fits', new Uint8Array(32).fill(255)],
    ['31 bytes', first.scalar.subarray(1)],
    ['33 bytes', Uint8Array.of(0, ...first.scalar)],
  ])('refuses a scalar of %s', (_, scalar) => {
    expect(verifyShare({ index: 1, scalar }, split.commitments)).toBe(false);
  });

  test.each([0, -1, 17, 1.5, Number.NaN, 2])('refuses index %s for the share of index 1', (index) => {
    expect(verifyShare({ index, scalar: first.scalar }, split.commitments)).toBe(false);
  });

  test('refuses index 17, though the polynomial has a value there', () => {
    const alone = splitOf(1, 1);
    expect([16, 17].map((index) => verifyShare({ index, scalar: secretOf(1) }, alone.commitments))).toEqual([
      true,
      false,
    ]);
  });

  test('refuses a share against fewer, more or reordered commitments', () => {
    const [a = '', b = '', c = ''] = split.commitments;
    const second = split.shares[1] ?? first;
    expect(verifyShare(second, [a, b, c])).toBe(true);
    for (const other of [[a, b], [a, b, c, c], [b, a, c], []]) expect(verifyShare(second, other)).toBe(false);
  });
});

describe('combineShares', () => {
  const split = splitOf(3, 5);
  const pick = (...indices: number[]) => split.shares.filter(({ index }) => indices.includes(index));

  test('gives the key back, and its address is that of the first commitment', () => {
    const key = combineShares(pick(2, 3, 5), split.commitments);
    expect(key).toEqual(secretOf(1));
    expect(addressOfKey(key)).toBe(addressOfCommitment(split.commitments[0] ?? ''));
  });

  test.each([
    ['none', []],
    ['too few', pick(1, 2)],
    ['one three times', [...pick(1), ...pick(1), ...pick(1)]],
  ])('%s: NOT_ENOUGH_SHARES', (_, shares) => {
    expectRefusal(() => combineShares(shares, split.commitments), 'NOT_ENOUGH_SHARES', undefined, /^3 shares/);
  });

  test('no commitments: NOT_ENOUGH_SHARES', () => {
    expectRefusal(() => combineShares(pick(1), []), 'NOT_ENOUGH_SHARES', undefined, /shares of distinct/);
  });

  test.each([
    [
      'a share under the index of another',
      [...pick(1, 2), { index: 4, scalar: pick(3)[0]?.scalar ?? new Uint8Array() }],
    ],
    ['a share out of range', [...pick(1, 2), { index: 3, scalar: new Uint8Array(32).fill(255) }]],
    ['a zero share', [...pick(1, 2), { index: 3, scalar: new Uint8Array(32) }]],
  ])('%s: WRONG_KEY, and the message holds no secret', (_, shares) => {
    expectRefusal(() => combineShares(shares, split.commitments), 'WRONG_KEY', undefined, /^the combined key does not/);
  });

  test('shares that combine to zero: WRONG_KEY', () => {
    // f(x) = x: f(0) = 0, which no split makes, but a hostile law and hostile holders could.
    const zero = [1n, 2n].map((value, i) => ({ index: i + 1, scalar: bytesOf(value) }));
    expectRefusal(() => combineShares(zero, splitOf(2, 2).commitments), 'WRONG_KEY', undefined, /first commitment/);
  });
});

test('wipe overwrites every byte', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  wipe(bytes);
  expect(bytes).toEqual(new Uint8Array(3));
});
