import { describe, expect, test } from 'vitest';
import { reconcile } from '#functions/reconcile/handle.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { lawObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const DAY = 86_400_000;

const remembering = (s: Pipeline) => {
  const context = { ...s.context, lawKept: new Map<string, number>() };
  return { context, tick: () => reconcile(context) };
};
const kept = (s: Pipeline) => s.storage.names(s.buckets.results, 'laws/');
const creates = (s: Pipeline) => s.storage.calls.filter((call) => /^create .*\/laws\//.test(call)).length;

describe('reconcile keeps the law of its deployment', () => {
  test('at its first tick, and asks no more that day', async () => {
    const s = stage();
    const { tick } = remembering(s);
    await tick();
    expect(kept(s)).toEqual([lawObject(s.config.lawHash)]);
    await tick();
    expect(creates(s)).toBe(1);
    s.clock.advance(DAY);
    await tick();
    expect(creates(s)).toBe(2);
    expect(s.log.codes('warn')).toEqual([]);
  });

  test('again the day after somebody took it away', async () => {
    const s = stage();
    const { tick } = remembering(s);
    await tick();
    s.storage.erase(s.buckets.results, lawObject(s.config.lawHash));
    s.clock.advance(DAY);
    await tick();
    expect(kept(s)).toEqual([lawObject(s.config.lawHash)]);
  });

  test('and says so where something else lies under its name', async () => {
    const s = stage();
    s.storage.put(s.buckets.results, lawObject(s.config.lawHash), { name: 'another' });
    await remembering(s).tick();
    expect(s.log.codes('warn')).toEqual(['LAW_MISMATCH']);
  });

  test('what cannot be kept holds up no payment, and is tried again at the next tick', async () => {
    const s = stage();
    const id = await s.submit();
    const { tick } = remembering(s);
    s.storage.fault = (call, _, name) =>
      call === 'create' && name.startsWith('laws/') ? new KeyturnError('UNAVAILABLE', 'no') : undefined;
    s.chain().mine();
    s.chain().mine();
    s.clock.advance(60_000);
    await tick();
    expect(s.fact(id, 'outcome')).toMatchObject({ outcome: 'finalized' });
    expect(s.log.codes('warn')).toContain('UNAVAILABLE');
    s.storage.fault = () => undefined;
    await tick();
    expect(kept(s)).toHaveLength(1);
  });
});
