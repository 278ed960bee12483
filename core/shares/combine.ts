import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { added, multiplied, publicKeyOf } from '#core/curve.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type IndexedScalar, MAX_GROUP_SIZE, wipe } from './feldman.ts';

const { Point } = secp256k1;
const { Fn } = Point;

/** Σ commitment_j · index^j, compressed, in hex; undefined where that is no point. All of it is public. */
const expectedPoint = (index: number, commitments: readonly string[]): string | undefined => {
  const points = commitments.map((commitment) => Point.fromHex(commitment));
  const sum = points.reduceRight((so, point) => so.multiplyUnsafe(BigInt(index)).add(point), Point.ZERO);
  return sum.is0() ? undefined : sum.toHex(true);
};

/** Whether scalar·G = Σ commitment_j · index^j. The secret side is one multiplication of libsecp256k1. */
export const verifyShare = ({ index, scalar }: IndexedScalar, commitments: readonly string[]): boolean => {
  if (!Number.isSafeInteger(index) || index < 1 || index > MAX_GROUP_SIZE) return false;
  const publicKey = publicKeyOf(scalar);
  return publicKey !== undefined && bytesToHex(publicKey) === expectedPoint(index, commitments);
};

/** Lagrange's coefficient at 0 of each of these distinct indices, 32 bytes. Public: it hangs on who approves alone. */
const weightsOf = (indices: readonly bigint[]): Uint8Array[] =>
  indices.map((own) => {
    const others = indices.filter((index) => index !== own);
    const numerator = others.reduce((product, index) => Fn.mul(product, index), 1n);
    const denominator = others.reduce((product, index) => Fn.mul(product, Fn.sub(index, own)), 1n);
    return Fn.toBytes(Fn.div(numerator, denominator));
  });

/** Σ scalar · weight. What lies between is wiped. Undefined where a scalar is out of range, or a sum is zero. */
const weightedSum = (scalars: readonly Uint8Array[], weights: readonly Uint8Array[]): Uint8Array | undefined => {
  let sum: Uint8Array | undefined;
  for (const [i, scalar] of scalars.entries()) {
    const term = multiplied(scalar, weights[i] ?? new Uint8Array());
    const before = sum;
    sum = term === undefined || before === undefined ? term : added(before, term);
    if (before !== undefined) wipe(before);
    if (term !== undefined && term !== sum) wipe(term);
    if (sum === undefined) return undefined;
  }
  return sum;
};

/**
 * The key, 32 bytes that the caller wipes, from any threshold many (or more) verified shares of distinct indices. Throws NOT_ENOUGH_SHARES
 * for fewer than the commitments say, WRONG_KEY unless the key times G is the first commitment.
 */
export const combineShares = (shares: readonly IndexedScalar[], commitments: readonly string[]): Uint8Array => {
  const used = shares.slice(0, commitments.length);
  if (used.length === 0 || new Set(used.map(({ index }) => index)).size < commitments.length)
    throw new KeyturnError('NOT_ENOUGH_SHARES', `${commitments.length} shares of distinct holders are needed`);
  const key = weightedSum(
    used.map(({ scalar }) => scalar),
    weightsOf(used.map(({ index }) => BigInt(index))),
  );
  const publicKey = key === undefined ? undefined : publicKeyOf(key);
  if (key !== undefined && publicKey !== undefined && bytesToHex(publicKey) === commitments[0]) return key;
  if (key !== undefined) wipe(key);
  throw new KeyturnError('WRONG_KEY', 'the combined key does not match the first commitment');
};
