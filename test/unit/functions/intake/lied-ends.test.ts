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

describe('an end that a function made up lets no second payment of one reference through', () => {
  test('of a request that is sealed: what asks again is not sealed', async () => {
    const s = stage();
    const first = await s.submit({ reference: 'invoice-1' });
    lieOf(s, first);
    const second = await s.ask({ reference: 'invoice-1', memo: 'again' });
    await s.approve(second);
    await s.turn(2n);
    expect(sealedIds(s)).toEqual([first]);
  });

  test('of a request that is approved and not sealed: one of the two is', async () => {
    const s = stage();
    const first = await s.ask({ reference: 'invoice-1' });
    await s.approve(first);
    lieOf(s, first);
    const second = await s.ask({ reference: 'invoice-1', memo: 'again' });
    await s.approve(second);
    await s.turn(1n);
    await s.turn(2n);
    expect(sealedIds(s)).toHaveLength(1);
  });

  test('with a made-up close above its seal: what asks again is not sealed', async () => {
    const s = stage();
    const first = await s.submit({ reference: 'invoice-1' });
    closeOf(s, first, 1n);
    lieOf(s, first);
    const second = await s.ask({ reference: 'invoice-1', memo: 'again' });
    await s.approve(second);
    await s.turn(2n);
    expect(sealedIds(s)).toEqual([first]);
  });
});
