import { describe, expect, test } from 'vitest';
import { closeBytes } from '#core/register/entry.ts';
import { sealObject, turnObject } from '#schemas/names.ts';
import { oldSeal } from '#test/support/seals.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const DAY = 86_400_000;
const place = (s: Pipeline, seq: number): string => sealObject('31337', s.wallet.address, BigInt(seq));
const registerReads = (s: Pipeline): number =>
  s.storage.calls.filter((call) => call.startsWith(`read ${s.buckets.register}/`)).length;

/** One approved request, and so many payments that were sealed long before. */
const withHistory = async (payments: number) => {
  const s = stage();
  for (let n = 0; n < payments; n++) oldSeal(s, n, n);
  s.clock.advance(5 * DAY);
  const id = await s.ask({ reference: 'today' });
  await s.approve(id);
  s.storage.calls.length = 0;
  return { s, id };
};

describe('the cost of a tick with an approved request', () => {
  test('threat 36: is flat in history: the search ends where the read ends, not where the page does', async () => {
    const calls = [];
    for (const payments of [40, 120]) {
      const { s } = await withHistory(payments);
      await s.tick();
      calls.push(s.storage.calls.length);
    }
    expect(calls[1]).toBe(calls[0]);
  });

  test('the next tick of the process reads no entry again', async () => {
    const { s } = await withHistory(20);
    await s.tick();
    expect(registerReads(s)).toBeGreaterThan(0);
    s.storage.calls.length = 0;
    await s.tick();
    expect(registerReads(s)).toBe(0);
    expect(s.storage.calls.some((call) => call.startsWith(`list ${s.buckets.register}/`))).toBe(true);
  });

  test('a read does not end amid the generations of one name', async () => {
    const { s, id } = await withHistory(1);
    // Somebody archived the seal at which every read ends, and put a close in its place.
    const bytes = closeBytes([{ id, code: 'REJECTED', reason: 'by somebody' }]);
    for (let n = 0; n < 40; n++) {
      s.storage.archive(s.buckets.register, place(s, 0));
      s.storage.put(s.buckets.register, place(s, 0), bytes);
    }
    await s.turn(9n);
    expect(s.seals()).toEqual([place(s, 0)]);
    expect(s.fact(id, 'submitted')).toBeUndefined();
  });
});

describe('an approval is announced again only where a turn may be due', () => {
  const due = (s: Pipeline, id: string): number => s.announced('keyturn.turn.due', id).length;

  test('not while a claim is younger than a poll, whose machine is only being made', async () => {
    const { s, id } = await withHistory(0);
    const before = due(s, id);
    const claim = { wallet: 'hot', turn: '1', zone: 'zone-a', name: 'turn-hot-1' };
    s.clock.advance(60_000);
    s.storage.put(s.buckets.work, turnObject('hot', 1n), Buffer.from(JSON.stringify(claim)));
    await s.tick(1000);
    expect(due(s, id)).toBe(before);
    // Nobody ever made it: the next poll asks again, and launch makes the same machine.
    await s.tick();
    expect(due(s, id)).toBe(before + 1);
  });

  test('nor while its machine runs, nor are its votes listed then; a rejection that was noticed is', async () => {
    const { s, id } = await withHistory(0);
    await s.launch(id);
    const before = due(s, id);
    s.storage.calls.length = 0;
    await s.tick(3_600_000 / 2);
    expect(due(s, id)).toBe(before);
    expect(s.storage.calls.filter((call) => call.includes(s.buckets.keys))).toEqual([]);
    s.reject('alice', id);
    s.reject('bob', id);
    await s.storage.setMetadata(s.buckets.work, `open/hot/${id}`, { stage: 'received' });
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'rejected' });
  });
});
