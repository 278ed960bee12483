import { createECDH } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { combineShares, splitKey } from '#core/shares/shares.ts';
import { secretOf, seeded } from '#test/support/law.ts';

/**
 * A second computation, from the definitions: polynomial and Lagrange in BigInt modulo n with inverses by Fermat, points by OpenSSL (its
 * ECDH makes scalar·G). Nothing here comes from the library that the product uses.
 */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const mod = (value: bigint) => ((value % N) + N) % N;
const power = (base: bigint, exponent: bigint): bigint => {
  let [result, square, rest] = [1n, mod(base), exponent];
  for (; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
};
const inverse = (value: bigint) => power(value, N - 2n);
const bigOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const pointOf = (scalar: bigint) => {
  const ecdh = createECDH('secp256k1');
  ecdh.setPrivateKey(bytesOf(mod(scalar)));
  return ecdh.getPublicKey('hex', 'compressed');
};
const interpolateAtZero = (points: readonly { x: bigint; y: bigint }[]) =>
  points.reduce((sum, { x, y }) => {
    const others = points.filter((point) => point.x !== x);
    const weight = others.reduce((product, other) => mod(product * -other.x * inverse(x - other.x)), 1n);
    return mod(sum + y * weight);
  }, 0n);

/** Records what the split draws, so that its polynomial is known here. */
const recording = (seed: number) => {
  const source = seeded(seed);
  const drawn: bigint[] = [];
  const random = (length: number) => {
    const bytes = source(length);
    drawn.push(bigOf(bytes));
    return bytes;
  };
  return { drawn, random };
};

describe.each([
  [1, 1],
  [2, 2],
  [2, 3],
  [5, 9],
  [16, 16],
])('%i of %i', (k, n) => {
  const { drawn, random } = recording(10 * k + n);
  const key = secretOf(k);
  const split = splitKey(key, k, n, random);
  const polynomial = [bigOf(key), ...drawn];

  test('shares are the polynomial’s values at 1, 2, …', () => {
    expect(polynomial).toHaveLength(k);
    const wanted = Array.from({ length: n }, (_, i) =>
      polynomial.reduce((sum, coefficient, power) => mod(sum + coefficient * BigInt(i + 1) ** BigInt(power)), 0n),
    );
    expect(split.shares.map(({ index, scalar }) => [index, bigOf(scalar)])).toEqual(
      wanted.map((value, i) => [i + 1, value]),
    );
  });

  test('commitments are the coefficients times G, as OpenSSL computes them', () => {
    expect(split.commitments).toEqual(polynomial.map(pointOf));
  });

  test('Lagrange in BigInt and combineShares agree on the last k shares', () => {
    const last = split.shares.slice(n - k);
    const points = last.map(({ index, scalar }) => ({ x: BigInt(index), y: bigOf(scalar) }));
    expect(interpolateAtZero(points)).toBe(bigOf(key));
    expect(bigOf(combineShares(last, split.commitments))).toBe(bigOf(key));
  });
});
