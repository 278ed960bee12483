import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Pipeline, stage } from '#test/support/stage.ts';
import { Outbox } from '#workload/outbox.ts';

const approved = async (s: Pipeline, count: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const id = await s.ask({ reference: `r-${n}` });
    await s.approve(id);
    ids.push(id);
  }
  return ids;
};
const stored = (s: Pipeline): number => s.storage.names(s.buckets.signed, '').length;
const submitted = (s: Pipeline, ids: readonly string[]): readonly string[] =>
  ids.filter((id) => s.fact(id, 'submitted') !== undefined);
const nonceOf = (s: Pipeline, id: string): number => {
  const fact = z.object({ nonce: z.string() }).safeParse(s.fact(id, 'submitted'));
  return fact.success ? Number(fact.data.nonce) : -1;
};

/** A turn over two batches. The first send takes until `during` is so. */
const twoBatches = async (s: Pipeline, hooks: { readonly during: () => boolean }) => {
  const chain = s.chain();
  const given: number[] = [];
  const send = chain.sendAll.bind(chain);
  let seals = 0;
  chain.sendAll = async (raws) => {
    given.push(raws.length);
    // What the lane does meanwhile takes some rounds of the queue, and nothing else does.
    for (let round = 0; round < 100_000 && given.length === 1 && !hooks.during(); round++)
      await new Promise((next) => setImmediate(next));
    seals = Math.max(seals, given.length === 1 ? s.seals().length : 0);
    return send(raws);
  };
  await s.turn(1n);
  return { given, sealsMeanwhile: seals };
};

describe('while a batch is sent', () => {
  test('the next is signed, its seal waits, and each is sent and told of once, in the order of the nonces', async () => {
    const s = stage();
    const ids = await approved(s, 23);
    let evidence = 0;
    const token = s.attestation.token.bind(s.attestation);
    s.attestation.token = (asked) => {
      if (asked.audience === 'keyturn/v1/seal') evidence += 1;
      return token(asked);
    };
    const { given, sealsMeanwhile } = await twoBatches(s, { during: () => evidence === 2 });
    expect([given, sealsMeanwhile]).toEqual([[20, 3], 1]);
    expect(submitted(s, ids)).toEqual(ids);
    expect(ids.map((id) => nonceOf(s, id)).toSorted((a, b) => a - b)).toEqual([...ids.keys()]);
    expect(s.chain().sends).toHaveLength(23);
    const told = s.publisher.sent.filter(({ topic }) => topic.endsWith('submitted'));
    expect(told).toHaveLength(23);
  });

  test('all of it was stored before', async () => {
    const s = stage();
    await approved(s, 3);
    const chain = s.chain();
    const send = chain.sendAll.bind(chain);
    const seen: number[] = [];
    chain.sendAll = (raws) => {
      seen.push(stored(s));
      return send(raws);
    };
    await s.turn(1n);
    expect(seen).toEqual([3]);
  });

  test('one whose bytes cannot be stored is not sent, and the others are', async () => {
    const s = stage();
    const ids = await approved(s, 3);
    const [, lost = ''] = ids;
    s.storage.fault = (call, bucket, name) =>
      call === 'create' && bucket === s.buckets.signed && name.startsWith(lost) ? new Error('no room') : undefined;
    await s.turn(1n);
    expect(s.chain().sends).toHaveLength(2);
    expect(submitted(s, ids)).toEqual(ids.filter((id) => id !== lost));
    s.storage.fault = () => undefined;
    await s.turn(2n);
    expect(submitted(s, ids)).toEqual(ids);
  });

  test('a turn that nobody answers ends all the same, with its bytes stored', async () => {
    const s = stage();
    const ids = await approved(s, 2);
    s.chain().sendAll = async (raws) => raws.map(() => ({ status: 'rejected', reason: new Error('odd') }));
    await s.turn(1n);
    expect([stored(s), submitted(s, ids)]).toEqual([2, ids]);
    expect(s.log.lines.filter(({ event, level }) => event === 'turn.fault' && level === 'alarm')).toHaveLength(2);
  });
});

test('what is on its way is in hand until it is told that it is out', async () => {
  const left: string[][] = [];
  const outbox = new Outbox((ids) => {
    expect(ids.every((id) => outbox.has(id))).toBe(true);
    left.push([...ids]);
  });
  const sent = Promise.withResolvers<void>();
  outbox.take(['a', 'b'], sent.promise);
  expect([outbox.has('a'), outbox.has('c')]).toEqual([true, false]);
  sent.resolve();
  await outbox.allOut();
  expect([outbox.has('a'), outbox.has('b'), left]).toEqual([false, false, [['a', 'b']]]);
});
