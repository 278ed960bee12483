import { secp256k1 } from '@noble/curves/secp256k1.js';

/**
 * Shamir's sharing over the order of secp256k1 with Feldman's commitments (Feldman, "A practical scheme for non-interactive verifiable
 * secret sharing", 1987). Share i is f(i) mod n for a polynomial f of degree k − 1 with f(0) = the key. Commitment j is (coefficient j)·G.
 * JavaScript numbers cannot be wiped: what passes through a bigint stays in memory until the collector reuses it. Bytes are wiped.
 */
export const MAX_GROUP_SIZE = 16;

const { Point } = secp256k1;
const { Fn } = Point;

/** Holder `index` knows `scalar`, 32 bytes big-endian: f(index). */
export interface IndexedScalar {
  readonly index: number;
  readonly scalar: Uint8Array;
}

export interface Split {
  readonly shares: readonly IndexedScalar[];
  /** Compressed points in hex; the constant term, which is the public key, first. */
  readonly commitments: readonly string[];
}

/** Overwrites secret bytes. Best effort: the runtime may have copied them. */
export const wipe = (bytes: Uint8Array): void => {
  bytes.fill(0);
};

/** 1 to n − 1; undefined for zero, for more, and for another length. */
const scalarOf = (bytes: Uint8Array): bigint | undefined => {
  if (bytes.length !== 32) return undefined;
  const value = Fn.fromBytes(bytes, true);
  return Fn.isValidNot0(value) ? value : undefined;
};

/** Uniform over 1 to n − 1, by rejection. A source that is rejected a hundred times (2^-12800) is broken, not unlucky. */
const randomScalar = (random: (length: number) => Uint8Array): bigint => {
  for (let attempt = 0; attempt < 100; attempt++) {
    const bytes = random(32);
    const scalar = scalarOf(bytes);
    wipe(bytes);
    if (scalar !== undefined) return scalar;
  }
  throw new RangeError('the source of randomness gives no usable scalar');
};

const valueAt = (coefficients: readonly bigint[], index: number): bigint =>
  coefficients.reduceRight((sum, coefficient) => Fn.add(Fn.mul(sum, BigInt(index)), coefficient), 0n);

/**
 * Splits a key so that any `threshold` of `holders` shares make it again. `random` must be a cryptographic source that gives bytes of its
 * own: they are wiped. No coefficient is zero, so the polynomial really has degree threshold − 1 and every commitment is a point.
 * Throws RangeError on a key, a threshold or a number of holders out of range.
 */
export const splitKey = (
  secret: Uint8Array,
  threshold: number,
  holders: number,
  random: (length: number) => Uint8Array,
): Split => {
  const key = scalarOf(secret);
  if (key === undefined) throw new RangeError('the key must be 32 bytes between 1 and the group order');
  if (![threshold, holders].every(Number.isSafeInteger) || threshold < 1 || threshold > holders)
    throw new RangeError('the threshold must lie between 1 and the number of holders');
  if (holders > MAX_GROUP_SIZE) throw new RangeError(`there can be at most ${MAX_GROUP_SIZE} holders`);
  for (;;) {
    const coefficients = [key, ...Array.from({ length: threshold - 1 }, () => randomScalar(random))];
    const values = Array.from({ length: holders }, (_, i) => valueAt(coefficients, i + 1));
    // A share of zero (2^-256) would be refused as out of range; draw again.
    if (values.includes(0n)) continue;
    return {
      shares: values.map((value, i) => ({ index: i + 1, scalar: Fn.toBytes(value) })),
      commitments: coefficients.map((coefficient) => Point.BASE.multiply(coefficient).toHex(true)),
    };
  }
};
