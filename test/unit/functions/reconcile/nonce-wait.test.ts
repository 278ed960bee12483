import { describe, expect, test } from 'vitest';
import { markOf } from '#core/facts/marks.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { openObject, signedObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** A request that waits for a nonce starts no machine: the turn that answers last is the last one until the nonce moves. */
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DIE = new Error('the machine is gone');
const asked = async (s: Pipeline, fields: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};
const due = (s: Pipeline, id: string): number => s.announced('keyturn.turn.due', id).length;
const waitOf = async (s: Pipeline, id: string) => {
  const object = await s.storage.stat(s.buckets.work, openObject('hot', id));
  return object === undefined ? undefined : markOf(object)?.wait;
};

/** A minute a tick. Each turn that reconcile asks for is run: how many that were. */
const minutes = async (
  s: Pipeline,
  count: number,
  ids: readonly string[],
  nextTurn: { n: bigint },
): Promise<number> => {
  let turns = 0;
  for (let minute = 0; minute < count; minute++) {
    const before = ids.reduce((sum, id) => sum + due(s, id), 0);
    await s.tick(60_000);
    if (ids.reduce((sum, id) => sum + due(s, id), 0) === before) continue;
    turns += 1;
    await launchAndRun(s, ids[0] ?? '', nextTurn);
  }
  return turns;
};
const launchAndRun = async (s: Pipeline, id: string, nextTurn: { n: bigint }): Promise<void> => {
  await s.launch(id);
  await s.turn(nextTurn.n);
  s.machines.become(`turn-hot-${nextTurn.n}`, 'stopped');
  nextTurn.n += 1n;
};

const validFor = (s: Pipeline, ms: number) => ({ validUntil: timeText(s.clock.now() + ms) });

describe('given a request that names nonce 9 where the next one is 0', () => {
  const waiting = async () => {
    const s = stage();
    const turn = { n: 1n };
    const id = await asked(s, { reference: 'ahead', nonce: '9', ...validFor(s, DAY / 2) });
    await launchAndRun(s, id, turn);
    return { s, id, turn };
  };

  test('then its turn notes code, time and the next nonce in the open mark', async () => {
    const { s, id } = await waiting();
    expect(await waitOf(s, id)).toMatchObject({ code: 'NONCE_AHEAD', nextNonce: 0n });
    expect(Math.abs(((await waitOf(s, id))?.at ?? 0) - s.clock.now())).toBeLessThan(60_000);
  });

  test('then no other turn is asked for within hours, and the note outlives every read', async () => {
    const { s, id, turn } = await waiting();
    expect(await minutes(s, 240, [id], turn)).toBe(0);
    expect(await waitOf(s, id)).toMatchObject({ code: 'NONCE_AHEAD', nextNonce: 0n });
    expect(s.isOpen(id)).toBe(true);
  });

  test('then it is closed in time, with the reason', async () => {
    const { s, id, turn } = await waiting();
    await minutes(s, 13 * 60, [id], turn);
    expect(s.outcome(id)).toMatchObject({ code: 'NOT_SEALED_IN_TIME' });
  });

  test('once the nonce moved and the turn that moved it died, one turn is asked for at once', async () => {
    const { s, id, turn } = await waiting();
    await minutes(s, 30, [id], turn);
    const other = await asked(s, { reference: 'other', ...validFor(s, HOUR) });
    // It seals the other request, and is told to stop before it reads this one again.
    await s.launch(other);
    const stop = new AbortController();
    s.storage.fault = (call, bucket) => {
      if (call !== 'create' || bucket !== s.buckets.signed) return undefined;
      stop.abort();
      return DIE;
    };
    await s.turn(turn.n, { signal: stop.signal });
    s.storage.fault = () => undefined;
    expect(s.seals()).toHaveLength(1);
    expect(await waitOf(s, id)).toMatchObject({ nextNonce: 0n });
    s.machines.become(`turn-hot-${turn.n}`, 'stopped');
    turn.n += 1n;
    const before = due(s, id);
    await minutes(s, 10, [id], turn);
    expect(due(s, id)).toBe(before + 1);
    expect(await waitOf(s, id)).toMatchObject({ nextNonce: 1n });
  });

  test.each(['', '{', '{"code":"NONCE_AHEAD"}', '{"code":"REJECTED","at":"2027-01-01T00:00:00Z"}'])(
    'a note that no turn writes (%s) holds up nothing',
    async (wait) => {
      const { s, id, turn } = await waiting();
      await s.storage.setMetadata(s.buckets.work, openObject('hot', id), { wait });
      const before = due(s, id);
      await minutes(s, 10, [id], turn);
      expect(due(s, id)).toBe(before + 1);
    },
  );
});

test('where functions see another next nonce than the image, the pauses between machines grow all the same', async () => {
  const s = stage();
  const turn = { n: 1n };
  const id = await asked(s, { nonce: '9', ...validFor(s, DAY / 2) });
  const { setMetadata } = s.storage;
  // As an image would note it whose law has another startNonce.
  s.storage.setMetadata = (bucket, name, change) => {
    const wait = typeof change.wait === 'string' ? { wait: change.wait.replace('"0"', '"4"') } : {};
    return setMetadata.call(s.storage, bucket, name, { ...change, ...wait });
  };
  await launchAndRun(s, id, turn);
  const turns = await minutes(s, 240, [id], turn);
  expect(await waitOf(s, id)).toMatchObject({ nextNonce: 4n });
  expect(turns).toBeGreaterThan(3);
  expect(turns).toBeLessThan(15);
});

test('a forged note can delay a request and nothing else: it ends at validUntil', async () => {
  const s = stage();
  const turn = { n: 1n };
  const id = await asked(s, validFor(s, HOUR));
  const wait = JSON.stringify({ code: 'NONCE_AHEAD', at: '2999-01-01T00:00:00Z', nextNonce: '0' });
  await s.storage.setMetadata(s.buckets.work, openObject('hot', id), { wait });
  expect(await minutes(s, 50, [id], turn)).toBe(0);
  await minutes(s, 30, [id], turn);
  expect(s.outcome(id)).toMatchObject({ outcome: 'expired', code: 'NOT_SEALED_IN_TIME' });
  expect(s.seals().length).toBeGreaterThan(0);
});

test('a turn pays no heed to the note: it judges for itself', async () => {
  const s = stage();
  const id = await asked(s);
  const wait = JSON.stringify({ code: 'NONCE_AHEAD', at: '2027-01-01T00:00:00Z', nextNonce: '0' });
  await s.storage.setMetadata(s.buckets.work, openObject('hot', id), { wait });
  await s.turn(1n);
  expect(s.fact(id, 'submitted')).toMatchObject({ nonce: '0' });
  expect(await waitOf(s, id)).toBeUndefined();
});

describe('given a request above a seal whose bytes cannot come out', () => {
  const held = async () => {
    const s = stage({ operations: { idleSeconds: 3 } });
    const turn = { n: 1n };
    const stuck = await asked(s, { reference: 'stuck', ...validFor(s, HOUR) });
    s.storage.fault = (call, bucket) => (call === 'create' && bucket === s.buckets.signed ? DIE : undefined);
    await launchAndRun(s, stuck, turn);
    s.storage.fault = () => undefined;
    s.keys.down.add('alice');
    const above = await s.ask({ reference: 'above', ...validFor(s, DAY / 2) });
    await s.upload('bob', above);
    await s.upload('holder-3', above);
    await launchAndRun(s, above, turn);
    return { s, stuck, above, turn };
  };

  test('then its turn notes the nonce whose bytes are missing, and no turn is asked for on its account', async () => {
    const { s, above, turn } = await held();
    expect(await waitOf(s, above)).toMatchObject({ code: 'GAP_BELOW', nextNonce: 0n });
    const before = due(s, above);
    await minutes(s, 240, [above], turn);
    expect(due(s, above)).toBe(before);
  });

  test('once bytes at that nonce are stored, a turn is asked for', async () => {
    const { s, stuck, above, turn } = await held();
    s.storage.put(s.buckets.signed, signedObject(stuck), new Uint8Array(2));
    const before = due(s, above);
    await minutes(s, 10, [above], turn);
    expect(due(s, above)).toBeGreaterThan(before);
  });

  test('once the chain has used that nonce, a turn is asked for', async () => {
    const { s, above, turn } = await held();
    await s.chain().send(s.foreign(0));
    s.chain().mine();
    const before = due(s, above);
    await minutes(s, 10, [above], turn);
    expect(due(s, above)).toBeGreaterThan(before);
  });

  test('while no node answers, none is', async () => {
    const { s, above, turn } = await held();
    s.chain().fault = () => new KeyturnError('CHAIN_UNREACHABLE', 'for a test');
    const before = due(s, above);
    await minutes(s, 10, [above], turn);
    expect(due(s, above)).toBe(before);
  });
});

test('a request that waits for money is owed turns with growing pauses, as ever', async () => {
  const s = stage();
  const turn = { n: 1n };
  s.chain().funds = 0n;
  const id = await asked(s, validFor(s, DAY / 2));
  await launchAndRun(s, id, turn);
  expect(await waitOf(s, id)).toMatchObject({ code: 'BALANCE_LOW', nextNonce: undefined });
  const turns = await minutes(s, 240, [id], turn);
  expect(turns).toBeGreaterThan(3);
  expect(turns).toBeLessThan(15);
});

test('a note that cannot be written costs a machine, and keeps nothing from being sealed', async () => {
  const s = stage({ operations: { idleSeconds: 5 } });
  const ahead = await asked(s, { reference: 'ahead', nonce: '1' });
  const first = await asked(s, { reference: 'first' });
  s.storage.fault = (call, _, name) =>
    call === 'patch' && name.includes(ahead) ? new KeyturnError('UNAVAILABLE', 'for a test') : undefined;
  await s.turn();
  expect([ahead, first].map((id) => s.seals().length > 0 && s.fact(id, 'submitted') !== undefined)).toEqual([
    true,
    true,
  ]);
});
