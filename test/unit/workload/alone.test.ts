import { describe, expect, test } from 'vitest';
import { turnClosedObject, turnObject, turnTriedObject } from '#schemas/names.ts';
import { stage } from '#test/support/stage.ts';
import { Gate } from '#workload/gate.ts';

describe('what lanes have in hand at once', () => {
  test('anything, but nothing beside what goes alone, and that beside nothing', () => {
    const gate = new Gate();
    const leaveOne = gate.enter(false);
    const leaveTwo = gate.enter(false);
    expect(gate.enter(true)).toBeUndefined();
    leaveOne?.();
    expect(gate.enter(true)).toBeUndefined();
    leaveTwo?.();
    const leaveAlone = gate.enter(true);
    expect([gate.enter(false), gate.enter(true)]).toEqual([undefined, undefined]);
    leaveAlone?.();
    expect(gate.enter(false)).toBeDefined();
  });

  test('of two requests on two chains over which machines died, one is in hand at a time', async () => {
    const s = stage({ operations: { idleSeconds: 10 } });
    const ids = [await s.ask(), await s.ask({ chainId: '31338', reference: 'other' })];
    for (const id of ids) await s.approve(id);
    for (const turn of [1n, 2n]) {
      const claim = { wallet: 'hot', turn: `${turn}`, zone: 'zone-a', name: `turn-hot-${turn}` };
      s.storage.put(s.buckets.work, turnObject('hot', turn), Buffer.from(JSON.stringify(claim)));
      for (const id of ids) s.storage.put(s.buckets.work, turnTriedObject('hot', turn, id), new Uint8Array());
    }
    const inHand = (): number =>
      ids.filter(
        (id) =>
          s.storage.names(s.buckets.work, turnTriedObject('hot', 3n, id)).length > 0 &&
          s.fact(id, 'submitted') === undefined,
      ).length;
    const seen: number[] = [];
    const decrypt = s.keys.decrypt.bind(s.keys);
    s.keys.decrypt = (...asked) => {
      seen.push(inHand());
      return decrypt(...asked);
    };
    await s.turn(3n);
    expect(ids.map((id) => s.fact(id, 'submitted') !== undefined)).toEqual([true, true]);
    expect(Math.max(...seen)).toBe(1);
  });

  test('the last pass takes it too, once what went before it is sent', async () => {
    const s = stage();
    const suspect = await s.ask({ reference: 'suspect' });
    const other = await s.ask({ reference: 'other' });
    for (const turn of [1n, 2n]) {
      const claim = { wallet: 'hot', turn: `${turn}`, zone: 'zone-a', name: `turn-hot-${turn}` };
      s.storage.put(s.buckets.work, turnObject('hot', turn), Buffer.from(JSON.stringify(claim)));
      s.storage.put(s.buckets.work, turnTriedObject('hot', turn, suspect), new Uint8Array());
    }
    const run = async () => {
      for (const id of [suspect, other]) await s.approve(id);
    };
    s.storage.before = { call: 'create', prefix: turnClosedObject('hot', 3n), run };
    const chain = s.chain();
    const send = chain.sendAll.bind(chain);
    chain.sendAll = async (raws) => {
      await s.clock.sleep(3_000);
      return send(raws);
    };
    await s.turn(3n);
    expect([suspect, other].map((id) => s.fact(id, 'submitted') !== undefined)).toEqual([true, true]);
  });
});
