import { Transaction } from 'ethers';
import { describe, expect, test } from 'vitest';
import { seenFolder, seenObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** Most nodes keep the state of 128 blocks; a quick chain's final block lies deeper than that. */
const KEEPS = 128n;
const DEAR = { maxFeePerGas: '90000000000', maxPriorityFeePerGas: '3000000000' };

const pruned = (depth = 0): Pipeline => {
  const s = stage();
  s.chain().keeps = KEEPS;
  s.chain().depth = depth;
  return s;
};

const mine = (s: Pipeline, blocks: number): void => {
  for (let n = 0; n < blocks; n++) s.chain().mine();
};

/** Uses nonce 0 by a transaction that keyturn did not make: its hash. */
const rob = async (s: Pipeline): Promise<string> => {
  s.chain().pool = [];
  const raw = s.foreign(0);
  await s.chain().send(raw);
  s.chain().mine();
  return Transaction.from(raw).hash ?? '';
};

const ticks = async (s: Pipeline, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await s.tick();
};

const minedAtCalls = (s: Pipeline): { count: number } => {
  const calls = { count: 0 };
  s.chain().fault = (call) => {
    if (call === 'minedAt') calls.count++;
    return undefined;
  };
  return calls;
};

describe('replaced, through nodes without the state of that time', () => {
  test('the loser of a cancel is told by the receipt of its rival, however deep that lies', async () => {
    const s = pruned();
    const first = await s.submit();
    const second = await s.submit({ nonce: '0', replaces: first, ...DEAR }, 2n);
    s.chain().mine();
    mine(s, 300);
    const searches = minedAtCalls(s);
    await s.tick();
    expect(s.outcome(second)).toMatchObject({ outcome: 'finalized' });
    expect(s.outcome(first)).toMatchObject({ outcome: 'replaced', reason: `request ${second} was mined at nonce 0` });
    expect(searches.count).toBe(0);
  });

  test('not before it is final', async () => {
    const s = pruned(400);
    const first = await s.submit();
    await s.submit({ nonce: '0', replaces: first, ...DEAR }, 2n);
    mine(s, 300);
    await s.tick();
    expect(s.outcome(first)).toBeUndefined();
    mine(s, 200);
    await s.tick();
    expect(s.outcome(first)).toMatchObject({ outcome: 'replaced' });
    expect(s.storage.names(s.buckets.work, seenFolder(first))).toEqual([]);
  });
});

describe('superseded, through nodes without the state of that time', () => {
  test('a foreign transaction is remembered when it is first seen, and judged by its receipt once it is final', async () => {
    const s = pruned(500);
    const id = await s.submit();
    const hash = await rob(s);
    await s.tick();
    expect(s.storage.names(s.buckets.work, seenFolder(id))).toEqual([seenObject(id, hash)]);
    mine(s, 400);
    const searches = minedAtCalls(s);
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    mine(s, 200);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded', transactionHash: hash });
    expect(searches.count).toBe(0);
    expect(s.storage.names(s.buckets.work, seenFolder(id))).toEqual([]);
  });

  test('never seen in time: blocks are read one by one, so many in each look, down to the seal', async () => {
    const s = pruned();
    const id = await s.submit();
    const hash = await rob(s);
    mine(s, 300);
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    const read: number[] = [];
    const { minedIn } = s.chain();
    s.chain().minedIn = (height, ...rest) => {
      read.push(Number(height));
      return minedIn.call(s.chain(), height, ...rest);
    };
    await ticks(s, 8);
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded', transactionHash: hash });
    // Each block once: what was read is not read again.
    expect(new Set(read).size).toBe(read.length);
    expect(s.storage.names(s.buckets.work, seenFolder(id))).toEqual([]);
  });

  test('a nonce that rose without a transaction decides nothing, and reaches a person', async () => {
    const s = pruned();
    mine(s, 1000);
    s.clock.advance(3_600_000);
    const id = await s.submit();
    s.chain().pool = [];
    mine(s, 100);
    s.chain().count = async () => 1n;
    s.chain().minedAt = async () => ({ used: true, hashes: [] });
    const read: bigint[] = [];
    s.chain().minedIn = async (height) => {
      read.push(height);
      return [];
    };
    await ticks(s, 4);
    expect(s.outcome(id)).toBeUndefined();
    const unsure = s.log.lines.filter(({ event }) => event === 'settle.unsure');
    expect(unsure.map(({ fields }) => fields.id)).toEqual([id]);
    // Down to the time of the seal, and a bounded way further: not the whole chain.
    expect(read.every((height) => height > 900n)).toBe(true);
  });

  test('one node that claims a count is not enough to read blocks for', async () => {
    const s = pruned();
    const id = await s.submit();
    s.chain().pool = [];
    s.chain().count = async () => 1n;
    s.chain().minedAt = async () => ({ used: false, hashes: [] });
    s.chain().minedIn = async () => {
      throw new Error('read for nothing');
    };
    await ticks(s, 3);
    expect(s.outcome(id)).toBeUndefined();
    expect(s.log.lines.filter(({ event }) => event === 'settle.unsure')).toEqual([]);
  });

  test('what a node or the memory names must have this sender and nonce', async () => {
    const s = pruned();
    const id = await s.submit();
    s.chain().mine();
    const later = await s.submit({ reference: 'later' }, 2n);
    s.chain().mine();
    const wrong = s.chain().blocks.at(-1)?.mined[0]?.transaction.hash ?? '';
    const own = new Set((s.fact(id, 'submitted') as { transactionHashes: string[] }).transactionHashes);
    const { receipt } = s.chain();
    s.chain().receipt = async (hash) => (own.has(hash) ? undefined : receipt.call(s.chain(), hash));
    s.chain().minedAt = async () => ({ used: true, hashes: [wrong] });
    s.storage.put(s.buckets.work, seenObject(id, wrong), new Uint8Array());
    await ticks(s, 3);
    expect(s.outcome(later)).toMatchObject({ outcome: 'finalized' });
    expect(s.outcome(id)).toBeUndefined();
  });

  test('what was seen and then undone by a reorganisation does not hide what came instead', async () => {
    const s = pruned(3);
    const id = await s.submit();
    const first = await rob(s);
    await s.tick();
    s.chain().reorg(1);
    const raw = s.foreign(0, '31337', 2n);
    await s.chain().send(raw);
    mine(s, 6);
    await s.tick();
    const second = Transaction.from(raw).hash;
    expect(second).not.toBe(first);
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded', transactionHash: second });
  });

  test('junk in the memory is nobody’s', async () => {
    const s = pruned();
    const id = await s.submit();
    const hash = await rob(s);
    for (const name of ['x', '0x00', `${hash}0`, 'search'])
      s.storage.put(s.buckets.work, `${seenFolder(id)}${name}`, Buffer.from('junk'));
    await ticks(s, 2);
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded', transactionHash: hash });
  });
});
