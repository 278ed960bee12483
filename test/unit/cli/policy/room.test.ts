import { expect, test } from 'vitest';
import { windowRooms } from '#cli/policy/room.ts';
import { walletNamed } from '#schemas/config.ts';
import { bucketsOf } from '#schemas/names.ts';
import { contentJson, entryName, itemJson, signedSeal } from '#test/support/entries.ts';
import { REGISTER, requestFact } from '#test/support/given.ts';
import { configOf, plainLaw, plainWallet, splitOf } from '#test/support/law.ts';
import { MemoryStorage } from '#test/support/memory-storage.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const HOUR = 3_600_000;
const MOST = 10n ** 19n;
const WINDOWS = [{ name: 'hourly', seconds: 3600, maxWei: `${MOST}` }];
const RULES = [{ name: 'any', effect: 'allow', destinations: ['*'] }];
const CONFIG = configOf(plainLaw([plainWallet(splitOf(2, 3), { policy: { rules: RULES, windows: WINDOWS } })]));
const deployment = { config: CONFIG, buckets: bucketsOf(CONFIG.law.name) };
const wallet = walletNamed(CONFIG.law, 'hot');

const roomsFor = async (fact: ReturnType<typeof requestFact>, sealedAt: readonly number[]) => {
  if (wallet === undefined) throw new Error('no wallet');
  let at = 0;
  const storage = new MemoryStorage(() => at, Object.values(deployment.buckets));
  for (const [n, time] of sealedAt.entries()) {
    at = time;
    const items = [itemJson(BigInt(n), { reference: `sealed-${n}` })];
    await storage.createOnce(REGISTER, entryName(BigInt(n)), signedSeal(contentJson(BigInt(n), items)));
  }
  at = NOW;
  const { id, request } = fact;
  return windowRooms(async () => storage, deployment, { id, request, wallet }, NOW);
};
/** 1 ETH and 21000 × 30 gwei: what each sealed request takes (test/support/law.ts). */
const COST = 10n ** 18n + 21_000n * 30n * 10n ** 9n;

test('what is sealed within the window is used, and what is older is not', async () => {
  const found = await roomsFor(requestFact({ reference: 'next' }), [NOW - 2 * HOUR, NOW - HOUR / 2, NOW - 1000]);
  if (found.kind !== 'known') throw new Error(found.why);
  expect(found.sealed).toBe(false);
  expect(found.rooms.get('hourly')).toEqual({ used: 2n * COST, together: 3n * COST, most: MOST });
});

test('a request that is sealed already takes its room once', async () => {
  const found = await roomsFor(requestFact({ reference: 'sealed-0' }), [NOW - 1000]);
  if (found.kind !== 'known') throw new Error(found.why);
  expect(found.sealed).toBe(true);
  expect(found.rooms.get('hourly')).toEqual({ used: COST, together: COST, most: MOST });
});
