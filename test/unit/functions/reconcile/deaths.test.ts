import { describe, expect, test } from 'vitest';
import { MAX_DEATHS } from '#core/decide/relaunch.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const due = (s: Pipeline, id: string): number => s.announced('keyturn.turn.due', id).length;

/** An approved request, and machines that die before they have done anything: what a refused attestation looks like. */
const dying = async (validFor: number): Promise<{ s: Pipeline; id: string; live: (ms: number) => Promise<void> }> => {
  const s = stage();
  const id = await s.ask({ validUntil: timeText(s.clock.now() + validFor) });
  await s.approve(id);
  const live = async (ms: number): Promise<void> => {
    for (const end = s.clock.now() + ms; s.clock.now() < end; ) {
      const before = due(s, id);
      await s.tick();
      if (due(s, id) > before) await s.launch(id);
      for (const [name] of s.machines.machines) s.machines.become(name, 'stopped');
    }
  };
  return { s, id, live };
};

describe('given machines that die before they touch a request', () => {
  test('they are started more and more seldom, somebody is told, and the request fails with the reason', async () => {
    const { s, id, live } = await dying(DAY);
    await live(2 * 60 * MINUTE);
    expect(s.machines.started.length).toBeLessThanOrEqual(10);
    expect(s.log.lines).toContainEqual(expect.objectContaining({ level: 'alarm', event: 'reconcile.dead-turns' }));
    expect(s.outcome(id)).toBeUndefined();
    await live(DAY - 3 * 60 * MINUTE);
    expect(s.machines.started.length).toBeLessThanOrEqual(MAX_DEATHS);
    expect(s.outcome(id)).toMatchObject({ outcome: 'failed', code: 'RELAUNCHES_EXHAUSTED' });
  });

  test('validUntil comes first: the outcome says that it was approved and not sealed', async () => {
    const { s, id, live } = await dying(90 * MINUTE);
    await live(100 * MINUTE);
    expect(s.outcome(id)).toMatchObject({ outcome: 'expired', code: 'NOT_SEALED_IN_TIME' });
  });

  test('a turn that ends in order ends the row', async () => {
    const { s, id, live } = await dying(DAY);
    await live(60 * MINUTE);
    await s.turn(BigInt(s.machines.started.length));
    expect(s.fact(id, 'submitted')).toBeDefined();
  });
});
