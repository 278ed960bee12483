import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, test } from 'vitest';
import { combineShares, judgeShares, type ShareCandidate, splitKey, verifyShare } from '#core/shares/shares.ts';
import { combined } from '#core/shares/signing-scheme.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseShareText, shareText } from '#schemas/share-text.ts';
import { HOLDERS, seeded, walletOf } from '#test/support/law.ts';
import fc from '#test/support/properties.ts';

const { Fn } = secp256k1.Point;
const scalar = fc.bigInt({ min: 1n, max: Fn.ORDER - 1n });
const seed = fc.nat();
const PAIRS = Array.from({ length: 16 }, (_, n) =>
  Array.from({ length: n + 1 }, (_, k) => [k + 1, n + 1] as const),
).flat();

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof KeyturnError ? error.code : String(error);
  }
};

describe('every k of n up to 16', () => {
  test.each(PAIRS)('%i of %i: all shares verify, and any k of them make the key', (k, n) => {
    const indices = Array.from({ length: n }, (_, i) => i);
    fc.assert(
      fc.property(scalar, seed, fc.shuffledSubarray(indices, { minLength: k, maxLength: k }), (key, random, chosen) => {
        const { shares, commitments } = splitKey(Fn.toBytes(key), k, n, seeded(random));
        expect(commitments).toHaveLength(k);
        expect(shares.every((share) => verifyShare(share, commitments))).toBe(true);
        const some = shares
          .filter((_, i) => chosen.includes(i))
          .toSorted((a, b) => chosen.indexOf(a.index - 1) - chosen.indexOf(b.index - 1));
        expect(Fn.fromBytes(combineShares(some, commitments))).toBe(key);
      }),
      { numRuns: 2 },
    );
  });

  test.each(PAIRS.filter(([k]) => k > 1))('%i of %i: k - 1 of them do not', (k, n) => {
    const indices = Array.from({ length: n }, (_, i) => i);
    fc.assert(
      fc.property(
        scalar,
        seed,
        fc.shuffledSubarray(indices, { minLength: k - 1, maxLength: k - 1 }),
        (key, random, chosen) => {
          const { shares, commitments } = splitKey(Fn.toBytes(key), k, n, seeded(random));
          const few = shares.filter((_, i) => chosen.includes(i));
          expect(codeOf(() => combineShares(few, commitments))).toBe('NOT_ENOUGH_SHARES');
          // Were the highest coefficient zero, k - 1 shares would already make the key.
          expect(codeOf(() => combineShares(few, commitments.slice(0, k - 1)))).toBe('WRONG_KEY');
        },
      ),
      { numRuns: 1 },
    );
  });
});

/** Coefficients of c · Π (x − i), lowest first. */
const vanishingAt = (indices: readonly number[], c: bigint): bigint[] =>
  indices.reduce(
    (product, index) =>
      product.concat(0n).map((value, power) => Fn.sub(product[power - 1] ?? 0n, Fn.mul(value, BigInt(index)))),
    [c],
  );

const ALL = [1, 2, 3, 4, 5, 6, 7, 8];
const valueAt = (coefficients: readonly bigint[], index: number): bigint =>
  coefficients.reduce((sum, value, power) => Fn.add(sum, Fn.mul(value, Fn.pow(BigInt(index), BigInt(power)))), 0n);

test('k - 1 shares tell nothing: another key has the very same ones', () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 2, max: 8 })
        .chain((k) => fc.tuple(fc.constant(k), fc.shuffledSubarray(ALL, { minLength: k - 1, maxLength: k - 1 }))),
      fc.array(scalar, { minLength: 8, maxLength: 8 }),
      scalar,
      ([k, known], coefficients, c) => {
        const split = (of: readonly bigint[]) => {
          const [key = new Uint8Array(0), ...drawn] = of.map((value) => Fn.toBytes(value));
          return splitKey(key, k, 8, () => drawn.shift() ?? new Uint8Array(0)).shares;
        };
        const first = coefficients.slice(0, k);
        const second = vanishingAt(known, c).map((value, power) => Fn.add(value, first[power] ?? 0n));
        fc.pre(second.every((value) => value !== 0n));
        // A split draws again where a share would be zero, and there is nothing more to draw here.
        fc.pre([first, second].every((of) => ALL.every((index) => valueAt(of, index) !== 0n)));
        expect(second[0]).not.toBe(first[0]);
        const scalarsOf = (of: readonly bigint[]) => split(of).filter(({ index }) => known.includes(index));
        expect(scalarsOf(second)).toEqual(scalarsOf(first));
      },
    ),
    { numRuns: 40 },
  );
});

describe('one spoilt share', () => {
  const spoil = fc.oneof(
    fc.record({ kind: fc.constant('bit' as const), bit: fc.nat(255) }),
    fc.record({ kind: fc.constant('scalar' as const), value: fc.uint8Array({ minLength: 32, maxLength: 32 }) }),
    fc.record({ kind: fc.constant('index' as const), by: fc.integer({ min: 1, max: 15 }) }),
    fc.record({ kind: fc.constant('epoch' as const), epoch: fc.integer({ min: 2, max: 999_999 }) }),
    fc.record({ kind: fc.constant('wallet' as const), wallet: fc.stringMatching(/^[a-g][a-z0-9-]{0,30}$/) }),
    fc.record({ kind: fc.constant('swap' as const), by: fc.integer({ min: 1, max: 15 }) }),
  );

  test('is blamed on its holder, by the right code, and the others still make the key', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 2, max: 16 })
          .chain((n) => fc.tuple(fc.integer({ min: 1, max: n - 1 }), fc.constant(n), fc.nat(n - 1))),
        scalar,
        seed,
        spoil,
        ([k, n, victim], key, random, fault) => {
          const split = splitKey(Fn.toBytes(key), k, n, seeded(random));
          const wallet = walletOf(split);
          const all = split.shares.map(
            (share, i): ShareCandidate => ({
              coSigner: HOLDERS[i] ?? '',
              object: `shares/${i}`,
              generation: String(i),
              share: { wallet: 'hot', epoch: 1, ...share },
            }),
          );
          const target = all[victim];
          if (target === undefined) throw new Error('no target');
          const { share } = target;
          const other = all[(victim + 1 + ((fault.kind === 'swap' ? fault.by : 0) % (n - 1))) % n]?.share ?? share;
          const altered = {
            bit: () => ({
              scalar: share.scalar.map((byte, i) =>
                fault.kind === 'bit' && i === fault.bit >> 3 ? byte ^ (1 << (fault.bit & 7)) : byte,
              ),
            }),
            scalar: () => ({ scalar: fault.kind === 'scalar' ? fault.value : share.scalar }),
            index: () => ({ index: fault.kind === 'index' ? ((share.index - 1 + fault.by) % 16) + 1 : 0 }),
            epoch: () => ({ epoch: fault.kind === 'epoch' ? fault.epoch : 0 }),
            wallet: () => ({ wallet: fault.kind === 'wallet' ? fault.wallet : '' }),
            swap: () => other,
          }[fault.kind]();
          const code = {
            bit: 'SHARE_WRONG',
            scalar: 'SHARE_WRONG',
            index: 'SHARE_OTHER_INDEX',
            epoch: 'SHARE_OTHER_EPOCH',
            wallet: 'SHARE_OTHER_WALLET',
            swap: 'SHARE_OTHER_INDEX',
          }[fault.kind];
          const candidates = all.with(victim, { ...target, share: { ...share, ...altered } });
          const { good, bad } = judgeShares(candidates, wallet);
          expect(bad).toEqual([
            { coSigner: target.coSigner, object: target.object, generation: target.generation, code },
          ]);
          expect(good.map(({ coSigner }) => coSigner)).toEqual(
            HOLDERS.slice(0, n).filter((name) => name !== target.coSigner),
          );
          const seen = combined.withKey(
            good.map((one) => one.share),
            wallet,
            (secret) => Fn.fromBytes(secret),
          );
          expect(seen).toBe(key);
        },
      ),
      { numRuns: 120 },
    );
  });
});

test('share text: what is written is read back, white space at the ends aside', () => {
  const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n'), maxLength: 12 });
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/),
      fc.integer({ min: 1, max: 999_999 }),
      fc.integer({ min: 1, max: 16 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      space,
      space,
      (wallet, epoch, index, bytes, before, after) => {
        const share = { wallet, epoch, index, scalar: bytes };
        const padded = Buffer.concat([Buffer.from(before), shareText(share), Buffer.from(after)]);
        expect(parseShareText(padded)).toEqual(share);
      },
    ),
  );
});

test('share text: no bytes make anything but a share or SHARE_TEXT, whose message does not quote them', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ maxLength: 300 }).map((text) => new TextEncoder().encode(text)),
      ),
      (bytes) => {
        expect(codeOf(() => parseShareText(bytes))).toBe('SHARE_TEXT');
      },
    ),
  );
});
