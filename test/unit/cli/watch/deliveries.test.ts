import { describe, expect, test } from 'vitest';
import { Deliveries, type DeliveriesOptions } from '#cli/watch/deliveries.ts';
import type { Delivered, Delivery } from '#cli/watch/receiver.ts';
import { MemoryClock, NOW } from '#test/support/cli/people.ts';

const HOUR = 3_600_000;
const deliveryOf = (id: string, validUntil = NOW + HOUR): Delivery => ({
  id,
  eventId: `r/${id}`,
  validUntil,
  body: '{}',
});

const stage = (answers: readonly Delivered[], over: Partial<DeliveriesOptions> = {}) => {
  const clock = new MemoryClock();
  const marked = new Map<string, number>();
  const [tried, failed]: [string[], (readonly [string, string, number | undefined])[]] = [[], []];
  const controller = new AbortController();
  const deliveries = new Deliveries({
    receiver: {
      deliver: async ({ id }) => {
        tried.push(id);
        return answers[tried.length - 1] ?? { ok: true };
      },
    },
    marks: { has: (id) => marked.has(id), add: (id, until) => void marked.set(id, until) },
    clock,
    random: () => 1,
    signal: controller.signal,
    attempts: 3,
    failed: ({ id }, why, again) => failed.push([id, why, again]),
    ...over,
  });
  return { deliveries, clock, marked, tried, failed, controller };
};
const no: Delivered = { ok: false, why: 'no' };

describe('what is handed over', () => {
  test('has a mark until it expires, once it was taken', async () => {
    const { deliveries, marked, tried } = stage([]);
    deliveries.add(deliveryOf('one'));
    expect([deliveries.isTaken('one'), marked.has('one')]).toEqual([true, false]);
    await deliveries.idle();
    expect([...marked]).toEqual([['one', NOW + HOUR]]);
    expect(tried).toEqual(['one']);
    expect(deliveries.isTaken('one')).toBe(true);
  });
  test('is tried again after longer and longer, and given up without a mark', async () => {
    const { deliveries, marked, tried, failed, clock } = stage([no, no, no]);
    deliveries.add(deliveryOf('one'));
    await deliveries.idle();
    expect(tried).toHaveLength(3);
    expect(failed).toEqual([
      ['one', 'no', 1000],
      ['one', 'no', 2000],
      ['one', 'no', undefined],
    ]);
    expect(clock.time).toBe(NOW + 3000);
    expect([marked.size, deliveries.lost, deliveries.isTaken('one')]).toEqual([0, 1, true]);
  });
  test('is given up once nobody could answer it any more', async () => {
    const { deliveries, failed } = stage([no, no, no], { attempts: 12 });
    deliveries.add(deliveryOf('one', NOW + 2500));
    await deliveries.idle();
    expect(failed.map(([, , again]) => again)).toEqual([1000, undefined]);
  });
  test('is remembered as given up until it expires, and no longer', async () => {
    const { deliveries, clock } = stage(Array.from({ length: 6 }, () => no));
    deliveries.add(deliveryOf('one', NOW + 60_000));
    await deliveries.idle();
    clock.time = NOW + 60_000;
    expect(deliveries.isTaken('one')).toBe(true);
    deliveries.add(deliveryOf('two'));
    await deliveries.idle();
    expect([deliveries.isTaken('one'), deliveries.isTaken('two'), deliveries.lost]).toEqual([false, true, 2]);
  });
  test('one that fails keeps no other, and a success after failures leaves a mark', async () => {
    const { deliveries, marked } = stage([no, { ok: true }, no, { ok: true }]);
    deliveries.add(deliveryOf('one'));
    deliveries.add(deliveryOf('two'));
    await deliveries.idle();
    expect([...marked.keys()].sort()).toEqual(['one', 'two']);
    expect(deliveries.lost).toBe(0);
  });
  test('takes up room until it is over', async () => {
    const { deliveries } = stage([], { most: 2 });
    expect(deliveries.room).toBe(2);
    deliveries.add(deliveryOf('one'));
    deliveries.add(deliveryOf('two'));
    expect(deliveries.room).toBe(0);
    await deliveries.idle();
    expect(deliveries.room).toBe(2);
  });
  test('four are at work at a time, however many wait', async () => {
    const ends: PromiseWithResolvers<Delivered>[] = [];
    const { deliveries } = stage([], {
      receiver: {
        deliver: () => {
          const end = Promise.withResolvers<Delivered>();
          ends.push(end);
          return end.promise;
        },
      },
    });
    for (let n = 0; n < 9; n++) deliveries.add(deliveryOf(`n${n}`));
    const settle = () => new Promise(setImmediate);
    await settle();
    expect(ends).toHaveLength(4);
    ends[2]?.resolve({ ok: true });
    await settle();
    expect(ends).toHaveLength(5);
    for (let n = 0; n < 9; n++) {
      ends[n]?.resolve({ ok: true });
      await settle();
    }
    await deliveries.idle();
    expect(ends).toHaveLength(9);
  });
  test('what Ctrl-C ends has no mark, is not told of, and is not tried again', async () => {
    const { deliveries, marked, failed, controller, tried } = stage([], {
      receiver: {
        deliver: (_, signal) =>
          new Promise((resolve) => signal.addEventListener('abort', () => resolve({ ok: false, why: 'ended' }))),
      },
    });
    for (let n = 0; n < 6; n++) deliveries.add(deliveryOf(`n${n}`));
    await new Promise(setImmediate);
    controller.abort();
    await deliveries.idle();
    expect([marked.size, failed, tried]).toEqual([0, [], []]);
  });
  test('what another watcher has handed over meanwhile is not handed over again', async () => {
    const { deliveries, marked, tried, clock } = stage([no, no]);
    clock.meanwhile = () => void marked.set('one', NOW);
    deliveries.add(deliveryOf('one'));
    await deliveries.idle();
    expect(tried).toEqual(['one']);
  });
  test('a mark that cannot be made ends it: without one, everything would come twice for ever', async () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    const add = () => {
      throw full;
    };
    const { deliveries } = stage([], { marks: { has: () => false, add } });
    deliveries.add(deliveryOf('one'));
    await expect(deliveries.idle()).rejects.toBe(full);
    expect(() => deliveries.check()).toThrow(full);
  });
});
