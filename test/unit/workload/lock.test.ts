import { describe, expect, test } from 'vitest';
import type { BucketSettings } from '#core/ports.ts';
import { stage } from '#test/support/stage.ts';

const KEEPS = 864_000;

/** A turn over a law that demands a locked register which keeps its entries ten days, and a bucket with these settings. */
const turnWith = async (settings: Partial<BucketSettings>) => {
  const s = stage();
  const id = await s.ask();
  await s.approve(id);
  const { retentionSeconds = KEEPS, retentionLocked = true, ...disguise } = settings;
  if (retentionSeconds > 0) s.storage.retain(s.buckets.register, retentionSeconds, retentionLocked);
  s.storage.disguises.set(s.buckets.register, disguise);
  const register = { projectNumber: '1', lock: 'required' as const, retentionSeconds: KEEPS };
  const turn = () => s.turn(1n, { law: { ...s.config.law, register } });
  return { s, id, turn };
};

describe('threat 59: a register that is not locked as the law says lets its owner make the wallet forget: nothing is signed', () => {
  test.each([
    ['not locked', { retentionLocked: false }, /its retention policy is not locked/],
    ['a second too short', { retentionSeconds: KEEPS - 1 }, /keeps entries 863999 s, the law says 864000/],
    ['no retention at all', { retentionSeconds: 0, retentionLocked: false }, /not locked/],
    ['another project', { projectNumber: '2' }, /is in project 2, the law says 1/],
    ['folders that can be renamed', { hierarchicalNamespace: true }, /hierarchical namespace/],
  ])('%s', async (_, settings, words) => {
    const { s, turn } = await turnWith(settings);
    await expect(turn()).rejects.toMatchObject({
      code: 'REGISTER_UNLOCKED',
      message: expect.stringMatching(words),
    });
    expect([s.seals(), s.keys.decryptions, s.chain().sends]).toEqual([[], 0, []]);
  });

  test.each([
    ['exactly as the law says', {}],
    ['longer than it says', { retentionSeconds: KEEPS * 2 }],
  ])('%s: the turn works', async (_, settings) => {
    const { s, id, turn } = await turnWith(settings);
    await turn();
    expect([s.seals().length, s.fact(id, 'submitted') !== undefined]).toEqual([1, true]);
  });

  test('settings that cannot be read are no lock', async () => {
    const { s, turn } = await turnWith({});
    s.storage.settings = () => Promise.reject(new Error('no answer'));
    await expect(turn()).rejects.toThrow('no answer');
    expect(s.seals()).toEqual([]);
  });
});
