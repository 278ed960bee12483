import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextDue } from '#core/decide/next-look.ts';
import { isSettledWithout, type QuorumInput, shareState } from '#core/shares/quorum.ts';
import { validUntilMs } from '#schemas/request.ts';
import { factsOf, OPERATIONS, objectOf } from '#test/support/given.ts';
import { splitOf, walletOf } from '#test/support/law.ts';

/** Splitting a key is slow: each shape once. */
const WALLETS = [
  [1, 2],
  [2, 2],
  [2, 3],
  [3, 4],
  [3, 5],
  [5, 6],
].map(([needed = 0, size = 0]) => ({ wallet: walletOf(splitOf(needed, size)), needed }));

/** What each holder did: nothing, a share, a rejection, or both. */
const did = fc.constantFrom('nothing', 'share', 'rejection', 'both');

test('votes: where those left unlisted can change nothing, nothing that they do does', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...WALLETS),
      fc.array(did, { minLength: 6, maxLength: 6 }),
      fc.nat(63),
      fc.nat(63),
      ({ wallet, needed }, deeds, hidden, asking) => {
        const holders = wallet.holders.map(({ coSigner }) => coSigner);
        const unlisted = new Set(holders.filter((_, n) => ((hidden >> n) & 1) === 1));
        const initiators = new Set(holders.filter((_, n) => ((asking >> n) & 1) === 1));
        const inputOf = (isSeen: (coSigner: string) => boolean): QuorumInput => {
          const of = (...what: string[]) =>
            holders.filter((coSigner, n) => isSeen(coSigner) && what.includes(deeds[n] ?? ''));
          const shares = new Map(of('share', 'both').map((each) => [each, [objectOf(`${each}/shares/x`)]]));
          return { wallet, needed, shares, rejections: new Set(of('rejection', 'both')), initiators, knownBad: [] };
        };
        const seen = shareState(inputOf((coSigner) => !unlisted.has(coSigner)));
        const all = shareState(inputOf(() => true));
        // What is enough or hopeless already stays so.
        if (seen.enough) expect(all.enough).toBe(true);
        if (seen.hopeless) expect(all.hopeless).toBe(true);
        if (!isSettledWithout(seen, wallet, needed, unlisted)) return;
        expect([all.enough, all.hopeless]).toEqual([false, false]);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('looks: after any look another one is due within the hour, and at validUntil at the latest', () => {
  const facts = factsOf({ request: {} });
  const validUntil = facts.request === undefined ? 0 : validUntilMs(facts.request.fact.request);
  const day = 86_400_000;
  fc.assert(
    fc.property(fc.nat(7 * day), fc.nat(7 * day), fc.integer({ min: 1, max: 600 }), (before, age, pollSeconds) => {
      const acceptedAt = validUntil - before;
      const now = acceptedAt + age;
      const request = facts.request && { ...facts.request, object: objectOf('request', { timeCreated: acceptedAt }) };
      const due = nextDue({ ...facts, request }, now, { ...OPERATIONS, pollSeconds });
      expect(due).toBeGreaterThanOrEqual(now + 1000);
      expect(due).toBeLessThanOrEqual(Math.max(now + 1000, Math.min(now + 3_600_000, validUntil)));
    }),
    { numRuns: 1_000 },
  );
});
