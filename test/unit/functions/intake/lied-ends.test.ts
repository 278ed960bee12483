import { describe, expect, test } from 'vitest';
import { canonicalBytes } from '#schemas/canonical.ts';
import { outcomeObject, sealObject } from '#schemas/names.ts';
import type { Pipeline } from '#test/support/stage.ts';
import { stage } from '#test/support/stage.ts';

/** What collect, finalize and reconcile may create: an outcome. It says what no close in the register says. */
const lieOf = (s: Pipeline, id: string): void => {
  const outcome = { id, wallet: 'hot', outcome: 'expired', code: 'NOT_APPROVED_IN_TIME', reason: 'a lie' };
  s.storage.put(s.buckets.results, outcomeObject(id), {
    ...outcome,
    ...{ transactionHash: '', blockNumber: '', receipt: '' },
  });
};

/** What reconcile may also create: a close in the register. */
const closeOf = (s: Pipeline, id: string, seq: bigint): void => {
  const items = [{ id, code: 'REJECTED', reason: 'a lie' }];
  const name = sealObject('31337', s.wallet.address, seq);
  s.storage.put(s.buckets.register, name, canonicalBytes({ version: 1, kind: 'close', items }));
};

const sealedIds = (s: Pipeline): readonly unknown[] =>
  s.seals().flatMap((name) => {
    const entry = s.storage.json(s.buckets.register, name) as { kind: string; items: readonly { id: string }[] };
    return entry.kind === 'seal' ? entry.items.map(({ id }) => id) : [];
  });

/** What intake may create, and any function with the right to work may take away: then nobody remembers who has the reference. */
const forgetReferences = (s: Pipeline): void => {
  for (const name of s.storage.names(s.buckets.work, 'references/')) s.storage.erase(s.buckets.work, name);
};

/** Why the newest request of a reference was refused; undefined where it was accepted. */
const asksAgain = async (s: Pipeline, memo = 'again'): Promise<{ readonly id: string; readonly refused: unknown }> => {
  const before = new Set(s.storage.names(s.buckets.results, 'refusals/'));
  const id = await s.ask({ reference: 'invoice-1', memo });
  const [made] = s.storage.names(s.buckets.results, 'refusals/').filter((name) => !before.has(name));
  expect(made === undefined).toBe(s.fact(id, 'request') !== undefined);
  return { id, refused: made && s.storage.json(s.buckets.results, made) };
};
const used = (existingId: string) => expect.objectContaining({ code: 'REFERENCE_USED', existingId });
const registerCalls = (s: Pipeline): readonly string[] =>
  s.storage.calls.filter((call) => call.includes(` ${s.buckets.register}/`));

describe('threat 79: an end that a function made up frees no reference', () => {
  test('of a request that is open', async () => {
    const s = stage();
    const first = await s.ask({ reference: 'invoice-1' });
    lieOf(s, first);
    expect((await asksAgain(s)).refused).toEqual(used(first));
  });

  test('of a request that is sealed', async () => {
    const s = stage();
    const first = await s.submit({ reference: 'invoice-1' });
    lieOf(s, first);
    expect((await asksAgain(s)).refused).toEqual(used(first));
  });

  test('of a request that is sealed, with a made-up close above its seal', async () => {
    const s = stage();
    const first = await s.submit({ reference: 'invoice-1' });
    closeOf(s, first, 1n);
    lieOf(s, first);
    expect((await asksAgain(s)).refused).toEqual(used(first));
  });

  test('nor does one behind a true end', async () => {
    const s = stage();
    await s.ask({ reference: 'invoice-1' });
    await s.tick(3_700_000);
    const second = await asksAgain(s, 'second');
    expect(second.refused).toBeUndefined();
    lieOf(s, second.id);
    expect((await asksAgain(s, 'third')).refused).toEqual(used(second.id));
  });

  test('where the register holds more than one message may cost, an end is not believed, and intake answers all the same', async () => {
    const s = stage();
    const first = await s.ask({ reference: 'invoice-1' });
    for (let seq = 0n; seq < 8200n; seq++) closeOf(s, seq.toString(16).padStart(64, '0'), seq);
    lieOf(s, first);
    expect((await asksAgain(s)).refused).toEqual(used(first));
  });
});

describe('a close that is believed frees a reference', () => {
  test('after which the second request is paid, and the first is not', async () => {
    const s = stage();
    const first = await s.ask({ reference: 'invoice-1' });
    await s.tick(3_700_000);
    expect(s.outcome(first)).toMatchObject({ outcome: 'expired' });
    const { id, refused } = await asksAgain(s);
    expect(refused).toBeUndefined();
    await s.approve(id);
    await s.turn(1n);
    expect(sealedIds(s)).toEqual([id]);
  });

  test('and the register is read for that alone: neither for a new reference nor for one that is open or paid', async () => {
    const s = stage();
    const [open, paid] = [await s.ask({ reference: 'invoice-1' }), await s.submit({ reference: 'invoice-2' })];
    s.storage.calls.length = 0;
    await s.ask({ reference: 'invoice-3' });
    expect((await asksAgain(s)).refused).toEqual(used(open));
    await s.ask({ reference: 'invoice-2', memo: 'again' });
    expect(s.outcome(paid)).toBeUndefined();
    expect(registerCalls(s)).toEqual([]);
  });
});

describe('where intake let a second request in, the register seals one of a reference', () => {
  test('what asks again after one that is sealed is not sealed', async () => {
    const s = stage();
    const first = await s.submit({ reference: 'invoice-1' });
    forgetReferences(s);
    const { id, refused } = await asksAgain(s);
    expect(refused).toBeUndefined();
    await s.approve(id);
    await s.turn(2n);
    expect(sealedIds(s)).toEqual([first]);
  });

  test('of two that are approved and not sealed, one is', async () => {
    const s = stage();
    const first = await s.ask({ reference: 'invoice-1' });
    await s.approve(first);
    forgetReferences(s);
    const { id } = await asksAgain(s);
    await s.approve(id);
    await s.turn(1n);
    await s.turn(2n);
    expect(sealedIds(s)).toHaveLength(1);
  });

  test('with a made-up close above its seal, what asks again is not sealed', async () => {
    const s = stage();
    const first = await s.submit({ reference: 'invoice-1' });
    closeOf(s, first, 1n);
    forgetReferences(s);
    const { id } = await asksAgain(s);
    await s.approve(id);
    await s.turn(2n);
    expect(sealedIds(s)).toEqual([first]);
  });
});
