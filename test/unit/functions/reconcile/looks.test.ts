import { describe, expect, test } from 'vitest';
import { markOf } from '#core/facts/marks.ts';
import { openObject, PAUSED_OBJECT, stoppedObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { denying } from '#test/support/memory-storage.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** A request that waits for its co-signers: how often it is looked at, what a look costs, and what no look may overwrite. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CLOUD = { operations: { pollSeconds: 15 } };
const A_DAY = (s: Pipeline) => ({ validUntil: timeText(s.clock.now() + 24 * HOUR).replace('.000', '') });
const ticks = async (s: Pipeline, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await s.tick();
};
const markAt = async (s: Pipeline, id: string) => {
  const object = await s.storage.stat(s.buckets.work, openObject('hot', id));
  return object === undefined ? undefined : markOf(object);
};
const listings = (s: Pipeline, of = ''): string[] =>
  s.storage.calls.filter((call) => call.startsWith(`list ${s.buckets.keys}/${of}`));

/** Asks so many requests, which nobody answers, and forgets the calls of that. */
const waiting = async (count: number, fields: Record<string, unknown> = {}) => {
  const s = stage({ ...CLOUD, limits: { maxOpenPerWallet: 1_000, maxOpenPerRequester: 1_000 } });
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await s.ask({ reference: `r-${n}`, ...A_DAY(s), ...fields }));
  s.storage.calls.length = 0;
  return { s, ids, id: ids[0] ?? '' };
};

describe('a vote of which no notification came', () => {
  test.each([
    [2, 5],
    [7, 15],
    [20, 75],
    [100, 135],
  ])('threat 30: uploaded in minute %i, is counted in minute %i', async (uploaded, counted) => {
    const { s, id } = await waiting(1);
    await ticks(s, uploaded);
    await s.upload('alice', id, { notify: false });
    await s.upload('bob', id, { notify: false });
    await ticks(s, counted - uploaded - 1);
    expect(s.fact(id, 'approved')).toBeUndefined();
    await ticks(s, 1);
    expect(s.fact(id, 'approved')).toMatchObject({ coSigners: ['alice', 'bob'] });
  });

  test('is counted before validUntil, while a machine can still seal it', async () => {
    const s = stage(CLOUD);
    const id = await s.ask({ validUntil: timeText(s.clock.now() + 50 * MINUTE).replace('.000', '') });
    await ticks(s, 20);
    await s.upload('bob', id, { notify: false });
    await s.upload('holder-3', id, { notify: false });
    await ticks(s, 16);
    expect(s.fact(id, 'approved')).toMatchObject({ coSigners: ['bob', 'holder-3'] });
    await s.turn();
    expect(s.fact(id, 'submitted')).toBeDefined();
  });

  test('ends it, where it is a rejection', async () => {
    const { s, id } = await waiting(1);
    await ticks(s, 20);
    s.reject('bob', id);
    s.reject('holder-3', id);
    await ticks(s, 60);
    expect(s.outcome(id)).toMatchObject({ outcome: 'rejected' });
  });

  test('is found within minutes, where its place could not be listed for hours', async () => {
    const { s, id } = await waiting(1);
    s.storage.fault = denying(`${s.buckets.keys}/alice/`);
    await s.upload('alice', id, { notify: false });
    await s.upload('bob', id, { notify: false });
    await ticks(s, 200);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'SHARE_UNREACHABLE' });
    s.storage.fault = () => undefined;
    await ticks(s, 6);
    expect(s.fact(id, 'approved')).toMatchObject({ coSigners: ['alice', 'bob'] });
  });
});

describe('what is noted while a look goes on', () => {
  const during = async (act: (s: Pipeline, id: string) => void | Promise<void>) => {
    const { s, id } = await waiting(1);
    // After alice's place was listed, and before the mark is patched.
    s.storage.before = { call: 'list', prefix: 'bob/', run: () => act(s, id) };
    await s.tick();
    expect(s.storage.before).toBeUndefined();
    return { s, id };
  };

  test('an approval is not undone: the mark still says so, and the turn finds it', async () => {
    const { s, id } = await during(async (pipeline, asked) => {
      await pipeline.upload('alice', asked);
      await pipeline.upload('holder-3', asked);
    });
    expect((await markAt(s, id))?.stage).toBe('approved');
    await s.turn();
    expect(s.fact(id, 'submitted')).toBeDefined();
  });

  test('rejections end it with the next tick', async () => {
    const { s, id } = await during(async (pipeline, asked) => {
      await pipeline.notify(pipeline.reject('alice', asked));
      await pipeline.notify(pipeline.reject('holder-3', asked));
    });
    expect(s.outcome(id)).toBeUndefined();
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'rejected' });
  });
});

describe('what a look costs', () => {
  test('one listing of each place for all that are due, and none of a place that can change nothing', async () => {
    const { s } = await waiting(30);
    await s.tick();
    expect(listings(s)).toEqual([`list ${s.buckets.keys}/alice/`, `list ${s.buckets.keys}/bob/`]);
    expect(s.storage.calls.filter((call) => call.startsWith(`list ${s.buckets.results}/`))).toEqual([]);
    s.storage.calls.length = 0;
    await ticks(s, 2);
    expect(s.storage.calls.filter((call) => call.startsWith('list ') && !call.includes('/turns/'))).toEqual([
      `list ${s.buckets.work}/open/`,
      `list ${s.buckets.work}/replays/`,
      `list ${s.buckets.work}/open/`,
      `list ${s.buckets.work}/replays/`,
    ]);
  });

  test('what is acted on is listed afresh: who rejects in the meantime is heard', async () => {
    const { s, id } = await waiting(1);
    await s.upload('alice', id, { notify: false });
    await s.upload('bob', id, { notify: false });
    s.storage.before = { call: 'list', prefix: 'bob/', run: () => void s.reject('alice', id) };
    await s.tick();
    expect(s.fact(id, 'approved')).toBeUndefined();
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'NOT_ENOUGH_SHARES', numbers: { have: 1n, need: 2n } });
  });

  test('how many approved is told where every place was listed, and else only that more must', async () => {
    const { s, id } = await waiting(1);
    await s.upload('holder-3', id);
    s.storage.calls.length = 0;
    await s.tick();
    expect(listings(s, 'holder-3/')).toEqual([]);
    const held = (await markAt(s, id))?.held;
    expect(held).toMatchObject({ code: 'NOT_ENOUGH_SHARES' });
    expect(held?.numbers).toBeUndefined();
    const [other = ''] = [await s.ask({ reference: 'other', ...A_DAY(s) })];
    await s.upload('bob', other);
    await s.tick();
    expect((await markAt(s, other))?.held).toMatchObject({ numbers: { have: 1n, need: 2n } });
  });

  test('who floods his own place is listed request by request: the others are counted, and he is too', async () => {
    const { s, ids, id } = await waiting(2);
    for (let n = 0; n < 3_000; n++) s.storage.put(s.buckets.keys, `alice/shares/${id}/${n}`, new Uint8Array(1));
    await s.upload('bob', id, { notify: false });
    await s.upload('holder-3', id, { notify: false });
    await s.upload('alice', ids[1] ?? '', { notify: false });
    await s.upload('bob', ids[1] ?? '', { notify: false });
    await s.tick();
    expect(s.fact(id, 'approved')).toMatchObject({ coSigners: ['alice', 'bob', 'holder-3'] });
    expect(s.fact(ids[1] ?? '', 'approved')).toMatchObject({ coSigners: ['alice', 'bob'] });
    expect(listings(s).length).toBeLessThan(30);
  });
});

describe('an approved request that waits for something else', () => {
  /** Approved, and looked at until all is told that there is to tell. */
  const approved = async (over: Record<string, unknown> = {}) => {
    const s = stage({ ...CLOUD, ...over });
    const id = await s.ask(A_DAY(s));
    await s.approve(id);
    return { s, id };
  };
  const callsOf = (s: Pipeline, id: string): string[] =>
    s.storage.calls.filter(
      (call) => /^(?:list|create|patch) /.test(call) && (call.includes(id) || call.includes('keys/')),
    );
  const due = (s: Pipeline, id: string): number => s.announced('keyturn.turn.due', id).length;

  test('of a machine at work: next to nothing, until that machine is gone', async () => {
    const { s, id } = await approved();
    await s.launch(id);
    await ticks(s, 3);
    const before = due(s, id);
    s.storage.calls.length = 0;
    await ticks(s, 60);
    // A look each five minutes: its facts, and its mark.
    expect(callsOf(s, id).length).toBeLessThanOrEqual(24);
    expect(due(s, id)).toBe(before);
    s.machines.become('turn-hot-1', 'stopped');
    await s.tick();
    expect(due(s, id)).toBe(before + 1);
  });

  test('of a pause: no machine is asked for, and one is with the tick after its end', async () => {
    const { s, id } = await approved();
    s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    await s.launch(id);
    await ticks(s, 3);
    const before = due(s, id);
    s.storage.calls.length = 0;
    await ticks(s, 60);
    expect(callsOf(s, id).length).toBeLessThanOrEqual(80);
    expect(due(s, id)).toBe(before);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'PAUSED' });
    await s.storage.delete(s.buckets.work, PAUSED_OBJECT);
    await s.tick();
    expect(due(s, id)).toBe(before + 1);
  });

  test('of a foreign transaction that stops the wallet: the same', async () => {
    const { s, id } = await approved();
    const stop = stoppedObject('hot', '31337', 0n, `0x${'1'.repeat(64)}`);
    s.storage.put(s.buckets.work, stop, new Uint8Array());
    await s.launch(id);
    await ticks(s, 3);
    const before = due(s, id);
    s.storage.calls.length = 0;
    await ticks(s, 60);
    expect(callsOf(s, id).length).toBeLessThanOrEqual(80);
    expect(due(s, id)).toBe(before);
    s.storage.erase(s.buckets.work, stop);
    await s.tick();
    expect(due(s, id)).toBe(before + 1);
  });

  test.each(['alive', 'paused'])('its end comes with validUntil all the same (%s)', async (how) => {
    const s = stage({ operations: { pollSeconds: 15, turnLimitSeconds: 7_200 } });
    const id = await s.ask({ validUntil: timeText(s.clock.now() + 90 * MINUTE).replace('.000', '') });
    await s.approve(id);
    if (how === 'paused') s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    await s.launch(id);
    await ticks(s, 89);
    expect(s.outcome(id)).toBeUndefined();
    await ticks(s, 2);
    expect(s.outcome(id)).toMatchObject({ outcome: 'expired', code: 'NOT_SEALED_IN_TIME' });
  });

  test('a rejection ends it while its machine is at work', async () => {
    const { s, id } = await approved();
    await s.launch(id);
    await ticks(s, 4);
    await s.notify(s.reject('alice', id));
    await s.notify(s.reject('holder-3', id));
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'rejected' });
  });
});
