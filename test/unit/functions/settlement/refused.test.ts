import { describe, expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { MemoryChain } from '#test/support/ports.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const rungsOf = (s: Pipeline, id: string): { hash: string; raw: string }[] => {
  const signed = s.storage.json(s.buckets.signed, signedObject(id));
  return (signed as { rungs: { hash: string; raw: string }[] }).rungs;
};

const DEAR = { nonce: '0', maxFeePerGas: '90000000000', maxPriorityFeePerGas: '3000000000' };

describe('a rung that a node refuses', () => {
  test('given a refusal in words that nobody knows, then it is tried again, and a person is told after some looks', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().pool = [];
    s.chain().send = async () => {
      throw new KeyturnError('RPC_REFUSED', 'refused', { field: 'refused' });
    };
    const told = () => s.log.lines.filter(({ event, level }) => event === 'settle.stuck' && level === 'alarm');
    for (let n = 0; n < 3; n++) await s.tick();
    expect(told()).toEqual([]);
    for (let n = 0; n < 3; n++) await s.tick();
    expect(told()[0]?.fields).toMatchObject({ id, code: 'RPC_REFUSED', reason: 'refused' });
    s.chain().send = MemoryChain.prototype.send;
    await s.tick();
    expect(s.chain().pool).toHaveLength(1);
  });

  test('given the target’s highest rung in the pool, then the replacement climbs over it in one look', async () => {
    const s = stage();
    const first = await s.submit();
    for (let n = 0; n < 6; n++) await s.tick();
    expect(s.chain().pool.map(({ hash }) => hash)).toEqual([rungsOf(s, first).at(-1)?.hash]);
    const second = await s.submit({ ...DEAR, replaces: first }, 2n);
    await s.tick(16_000);
    const own = rungsOf(s, second).map(({ hash }) => hash);
    expect(own).toContain(s.chain().pool[0]?.hash);
    // Its own rung is in the pool now: it stays there, and is not climbed over for nothing.
    const there = s.chain().pool[0]?.hash;
    await s.tick(1000);
    await s.tick(16_000);
    expect(s.chain().pool.map(({ hash }) => hash)).toEqual([there]);
  });
});

describe('an operator deletes facts while a settlement is under way', () => {
  test.each(['tick', 'finalize'] as const)('submitted.json comes back with the outcome (%s)', async (by) => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    const before = s.fact(id, 'submitted');
    const { receipt } = s.chain();
    s.chain().receipt = async (hash) => {
      await s.storage.delete(s.buckets.results, submittedObject(id));
      return receipt.call(s.chain(), hash);
    };
    await (by === 'tick' ? s.tick() : s.finalize(id));
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(s.fact(id, 'submitted')).toEqual(before);
  });

  test('but not where no bytes ever came out', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    s.storage.fault = (call, bucket) =>
      call === 'create' && bucket === s.buckets.signed ? new KeyturnError('UNAVAILABLE', 'no') : undefined;
    await s.turn(1n);
    s.storage.fault = () => undefined;
    await s.chain().send(s.foreign(0));
    s.chain().mine();
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded' });
    expect(s.fact(id, 'submitted')).toBeUndefined();
  });
});
