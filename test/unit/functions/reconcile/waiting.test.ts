import { describe, expect, test } from 'vitest';
import { markOf } from '#core/facts/marks.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { openObject, PAUSED_OBJECT, waitingObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** What a request waits for is noted by whoever finds it, and said once for each code, by reconcile. */
const HOUR = 3_600_000;
const WAITING = 'keyturn.request.waiting';
const ticks = async (s: Pipeline, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await s.tick();
};
const bodies = (s: Pipeline, id: string): Record<string, unknown>[] =>
  s.announced(WAITING, id).map(({ data }) => JSON.parse(Buffer.from(data).toString('utf8')));
const codes = (s: Pipeline, id: string): unknown[] => bodies(s, id).map(({ code }) => code);
const factOf = (s: Pipeline, id: string, code: string) => s.storage.json(s.buckets.results, waitingObject(id, code));
const markAt = async (s: Pipeline, id: string) => {
  const object = await s.storage.stat(s.buckets.work, openObject('hot', id));
  return object === undefined ? undefined : markOf(object);
};
const approved = async (s: Pipeline, fields: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};

describe('each step notes what it waits for', () => {
  test('reconcile: approvals that are missing, counted', async () => {
    const s = stage();
    const id = await s.ask();
    await s.upload('alice', id);
    await s.tick();
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'NOT_ENOUGH_SHARES', numbers: { have: 1n, need: 2n } });
    await s.upload('bob', id);
    expect((await markAt(s, id))?.held).toBeUndefined();
  });

  test('reconcile: that they are missing, where nobody has approved yet', async () => {
    const s = stage();
    const id = await s.ask();
    await ticks(s, 6);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'NOT_ENOUGH_SHARES' });
  });

  test('launch: a pause, an open turn, zones without room', async () => {
    const s = stage();
    const id = await approved(s);
    s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    await s.launch(id);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'PAUSED' });
    await s.storage.delete(s.buckets.work, PAUSED_OBJECT);
    for (const zone of ['zone-a', 'zone-b']) s.machines.full.add(zone);
    await s.launch(id);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'NO_CAPACITY', numbers: { zones: 2n } });
    s.machines.full.clear();
    await s.launch(id);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'TURN_OPEN', numbers: { turn: 4n } });
    await s.launch(id);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'TURN_OPEN', numbers: { turn: 4n } });
  });

  test('settlement: a block that is not final, an earlier nonce', async () => {
    const s = stage({ finality: { kind: 'confirmations', count: 5 } });
    const first = await s.submit({ reference: 'first' });
    const second = await s.submit({ reference: 'second' }, 2n);
    s.chain().pool = [];
    s.chain().send = async () => 'known';
    await s.tick();
    expect((await markAt(s, second))?.held).toMatchObject({
      code: 'EARLIER_NONCE',
      nextNonce: 0n,
      numbers: { ownNonce: 1n },
    });
    expect((await markAt(s, first))?.held).toMatchObject({ code: 'NOT_MINED' });
  });

  test('settlement: blocks that are not final', async () => {
    const s = stage({ finality: { kind: 'confirmations', count: 5 } });
    const id = await s.submit();
    s.chain().mine();
    await s.tick();
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'NOT_FINAL' });
    await s.finalize(id);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'NOT_FINAL' });
  });

  test.each(['busy', 'pool-full', 'http://rpc.example/v2/KEY says no'])(
    'settlement: why a node takes nothing, in our words (threat 69: %s)',
    async (field) => {
      const s = stage();
      const id = await s.submit();
      s.chain().pool = [];
      s.chain().send = async () => {
        throw new KeyturnError('RPC_REFUSED', 'http://rpc.example/v2/KEY: no', { field });
      };
      await ticks(s, 3);
      expect((await markAt(s, id))?.held).toMatchObject({ code: 'NODE_REFUSED' });
      expect(codes(s, id)).toContain('NODE_REFUSED');
      expect(JSON.stringify([factOf(s, id, 'NODE_REFUSED'), bodies(s, id)])).not.toContain('rpc.example');
    },
  );

  test('what nobody can be asked: no node of the chain answers', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().block = async () => {
      throw new KeyturnError('CHAIN_UNREACHABLE', 'http://rpc.example/v2/KEY does not answer');
    };
    await ticks(s, 2);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await s.finalize(id);
    expect((await markAt(s, id))?.held).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });
});

describe('a wait is announced once for each code', () => {
  const paused = async () => {
    const s = stage();
    const id = await approved(s, { reference: 'paused' });
    s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    await s.launch(id);
    return { s, id };
  };

  test('as a fact and an event, with its sentence', async () => {
    const { s, id } = await paused();
    await s.tick();
    expect(factOf(s, id, 'PAUSED')).toEqual({ id, wallet: 'hot', code: 'PAUSED' });
    expect(bodies(s, id)).toEqual([
      expect.objectContaining({
        id,
        code: 'PAUSED',
        reason: 'It waits for the end of the pause: the operator stopped signing.',
        requester: s.requestOf().requester,
        eventId: `${s.buckets.results}/${waitingObject(id, 'PAUSED')}`,
      }),
    ]);
  });

  test('however long it lasts, and however often it is noted', async () => {
    const { s, id } = await paused();
    for (let n = 0; n < 30; n++) {
      await s.launch(id);
      await s.tick();
    }
    expect(codes(s, id)).toEqual(['PAUSED']);
  });

  test('a wait that is over before the next look is not announced', async () => {
    const { s, id } = await paused();
    await s.storage.delete(s.buckets.work, PAUSED_OBJECT);
    await s.launch(id);
    await s.turn();
    await ticks(s, 3);
    expect(codes(s, id)).not.toContain('PAUSED');
  });

  test('whoever dies between the fact and the event is made up for, under the same ce-id', async () => {
    const { s, id } = await paused();
    s.publisher.fault = (_, { attributes }) =>
      attributes['ce-type'] === WAITING ? new KeyturnError('UNAVAILABLE', 'no') : undefined;
    await s.tick();
    expect(factOf(s, id, 'PAUSED')).toBeDefined();
    expect(codes(s, id)).toEqual([]);
    s.publisher.fault = () => undefined;
    await ticks(s, 3);
    expect(bodies(s, id).map(({ eventId }) => eventId)).toEqual([
      `${s.buckets.results}/${waitingObject(id, 'PAUSED')}`,
    ]);
  });

  test('a fact that stands is what is announced, with its numbers', async () => {
    const s = stage();
    const id = await s.ask();
    await s.upload('alice', id);
    s.publisher.fault = (_, { attributes }) =>
      attributes['ce-type'] === WAITING ? new KeyturnError('UNAVAILABLE', 'no') : undefined;
    await ticks(s, 6);
    s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    s.publisher.fault = () => undefined;
    await s.storage.delete(s.buckets.keys, `alice/shares/${id}`);
    await ticks(s, 12);
    expect(bodies(s, id)).toEqual([
      expect.objectContaining({ code: 'NOT_ENOUGH_SHARES', reason: 'It waits for approvals: it has 1 of 2.' }),
    ]);
  });

  test('what a turn noted is announced by the next tick, and each code by itself', async () => {
    const s = stage();
    s.chain().balance = async () => 0n;
    const id = await approved(s, { validUntil: new Date(s.clock.now() + 5 * HOUR).toISOString().replace('.000', '') });
    await s.launch(id);
    await s.turn();
    expect((await markAt(s, id))?.wait).toMatchObject({ code: 'BALANCE_LOW' });
    await s.tick();
    expect(codes(s, id)).toEqual(['BALANCE_LOW']);
    s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    s.machines.become('turn-hot-1', 'stopped');
    for (let n = 0; n < 20; n++) {
      await s.launch(id);
      await s.tick();
    }
    expect(codes(s, id)).toEqual(['BALANCE_LOW', 'PAUSED']);
  });

  test('a mark in which somebody wrote what no step writes says nothing (threat 69)', async () => {
    const { s, id } = await paused();
    const held = JSON.stringify({ code: 'PAUSED', at: '2027-01-01T00:00:00Z', reason: 'http://rpc.example/v2/KEY' });
    await s.storage.setMetadata(s.buckets.work, openObject('hot', id), { held, told: 'http://rpc.example' });
    await s.tick();
    expect(bodies(s, id)).toEqual([]);
  });
});
