import { expect, test } from 'vitest';
import { delay } from '#cli/audit/law-checks.ts';
import type { Subject } from '#cli/audit/subject.ts';
import { type Delay, readEntry } from '#core/register/entry.ts';
import { parseLaw } from '#schemas/config.ts';
import { contentJson, entryName, itemJson, LOG, signedSeal } from '#test/support/entries.ts';
import { requestFact, time } from '#test/support/given.ts';
import { plainLaw, plainWallet, splitOf } from '#test/support/law.ts';

const HOUR = { name: 'large', seconds: 3600, aboveWei: '1' };
const RULES = [{ name: 'any', effect: 'allow', destinations: ['*'], opaque: true }];
const ALICE = { coSigner: 'alice', generation: '17', sha256: 'a'.repeat(64), prediction: '' };

/** The plain request, approved by alice, with what its seal says of a delay. The law asks for an hour, or for none. */
const subject = (told: Delay | null, delays: readonly object[]): Subject => {
  const { law } = parseLaw(plainLaw([plainWallet(splitOf(2, 3), { policy: { rules: RULES, delays } })]));
  const [wallet] = law.wallets;
  const { id } = requestFact();
  const approvals = [{ ...ALICE, object: `alice/shares/${id}` }];
  const entry = readEntry(
    signedSeal(contentJson(0n, [itemJson(7n, {}, { approvals, delay: told })])),
    entryName(0n),
    LOG,
  );
  if (entry?.kind !== 'seal' || wallet === undefined) throw new Error('no seal');
  const [item] = entry.items;
  if (item?.id !== id) throw new Error('another request');
  return { law, wallet, item } as unknown as Subject;
};
const run = (over: Partial<Delay> = {}): Delay => ({
  ...{ startedAt: '2029-12-31T08:00:00Z', endedAt: '2029-12-31T09:00:00Z' },
  ...{ object: `alice/shares/${requestFact().id}`, generation: '17' },
  ...over,
});

test.each([
  ['an hour that had passed', run(), '2029-12-31T09:00:00Z', 'pass', '3600 seconds'],
  ['a token from before its end', run(), '2029-12-31T08:59:59Z', 'fail', 'sealed before 2029-12-31T09:00:00Z'],
  ['a second too short', run({ startedAt: '2029-12-31T08:00:01Z' }), '2029-12-31T09:00:00Z', 'fail', '3600 seconds'],
  ['from the share of nobody who approved', run({ object: 'bob/shares/x' }), '2029-12-31T09:00:00Z', 'fail', 'nobody'],
  ['nothing, as older images tell it', null, '2029-12-31T09:00:00Z', 'unchecked', 'an older image'],
] as const)('the law asks for an hour, and the seal tells %s', (_, told, at, result, words) => {
  const check = delay(subject(told, [HOUR]), time(at));
  expect(check).toMatchObject({ name: 'delay', result });
  expect(check.because).toContain(words);
});

test.each([
  ['nothing', null, 'pass'],
  ['a delay', run(), 'fail'],
] as const)('the law asks for none, and the seal tells %s', (_, told, result) => {
  expect(delay(subject(told, []), time('2029-12-31T09:00:00Z'))).toMatchObject({ name: 'delay', result });
});
