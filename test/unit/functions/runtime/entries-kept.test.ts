import { describe, expect, test } from 'vitest';
import { loadFacts } from '#core/facts/store.ts';
import { closeBytes } from '#core/register/entry.ts';
import { Tick } from '#functions/reconcile/tick.ts';
import { EntriesKept } from '#functions/runtime/entries-kept.ts';
import { sealObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const reads = (s: Pipeline): number => s.storage.calls.filter((call) => call.startsWith('read ')).length;
const close = (n: number, reason = 'x') =>
  closeBytes([{ id: n.toString(16).padStart(64, '0'), code: 'REJECTED', reason }]);
const fill = (s: Pipeline, count: number): void => {
  for (let n = 0; n < count; n++)
    s.storage.put(s.buckets.register, sealObject('31337', s.wallet.address, BigInt(n)), close(n));
};
const withRequest = async () => {
  const s = stage();
  const fact = (await loadFacts(s.storage, s.buckets, await s.ask({ reference: 'x' }))).request?.fact;
  if (fact === undefined) throw new Error('no request');
  const readsOfTick = async (): Promise<number> => {
    const before = reads(s);
    await new Tick(s.context).freshView(fact);
    return reads(s) - before;
  };
  return { s, readsOfTick };
};

describe('entries that a process keeps from tick to tick', () => {
  test.each([1990, 2010, 4100])('of %i in the horizon, each is read once, however many there are', async (count) => {
    const { s, readsOfTick } = await withRequest();
    fill(s, count);
    expect(await readsOfTick()).toBe(count);
    expect([await readsOfTick(), await readsOfTick()]).toEqual([0, 0]);
  });
});

describe('what is kept of one log', () => {
  const entry = 'junk';
  const kept = (most: number, keys: readonly string[]): EntriesKept => {
    const cache = new EntriesKept(most);
    cache.begin();
    for (const key of keys) cache.set(key, entry, 0);
    return cache;
  };
  const has = (cache: EntriesKept, keys: readonly string[]): boolean[] =>
    keys.map((key) => cache.get(key) !== undefined);

  test('is what the last tick used: what one tick did not ask for is gone in the next', () => {
    const cache = kept(10_000, ['a', 'b']);
    cache.begin();
    expect(has(cache, ['a'])).toEqual([true]);
    cache.begin();
    expect(has(cache, ['a', 'b'])).toEqual([true, false]);
  });

  test('a tick that saw nothing takes nothing from the next', () => {
    const cache = kept(10_000, ['a']);
    for (let n = 0; n < 5; n++) cache.begin();
    expect(has(cache, ['a'])).toEqual([true]);
  });

  test('is bounded by bytes, and what came first stays: no cliff for whoever reads in the same order', () => {
    const keys = Array.from({ length: 100 }, (_, n) => `k${n}`);
    const cache = kept(512 * 60, keys);
    for (let tick = 0; tick < 3; tick++) {
      cache.begin();
      expect(has(cache, keys).filter(Boolean)).toHaveLength(60);
      for (const key of keys) cache.set(key, entry, 0);
    }
  });

  test('an entry counts with its bytes', () => {
    const close = { kind: 'close', items: [], rawHash: '' } as const;
    const cache = new EntriesKept(3000);
    cache.set('large', close, 2600);
    cache.set('small', close, 2000);
    cache.set('tiny', close, 100);
    expect(has(cache, ['large', 'small', 'tiny'])).toEqual([false, true, false]);
  });
});
