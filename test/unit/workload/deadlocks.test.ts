import { expect, test } from 'vitest';
import { standingStops } from '#core/facts/stops.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const ETHER = 10n ** 18n;
const HOUR = 3_600_000;
const DEARER = { maxFeePerGas: '60000000000', maxPriorityFeePerGas: '2000000000' };

const late = (s: Pipeline): string => timeText(s.clock.now() + 20 * HOUR);
const isSubmitted = (s: Pipeline, id: string): boolean => s.fact(id, 'submitted') !== undefined;

/** The key is loose: somebody else's transaction is mined at nonce 0. */
const stolen = async (s: Pipeline): Promise<void> => {
  s.chain().pool = [];
  await s.chain().send(s.foreign(0));
  s.chain().mine();
  await s.tick();
  expect(await standingStops(s.storage, s.buckets.work, 'hot', '31337')).toHaveLength(1);
};

const turns = async (s: Pipeline, from: bigint): Promise<void> => {
  for (let n = from; n < from + 6n; n++) {
    await s.turn(n);
    s.chain().mine();
    await s.tick(600_000);
  }
};

test('a gap and a stop do not hold up each other: the skip lifts the stop, then the replacement fills the gap', async () => {
  const s = stage({ operations: { idleSeconds: 3 } });
  const approved = async (fields: Record<string, unknown>): Promise<string> => {
    const id = await s.ask({ ...fields, validUntil: late(s) });
    await s.upload('bob', id);
    await s.upload('holder-3', id);
    return id;
  };
  await s.submit({ reference: 'r0' }, 1n);
  const sealed = await s.ask({ reference: 'r1' });
  await s.approve(sealed);
  s.storage.fault = (call, bucket) =>
    call === 'create' && bucket === s.buckets.signed ? new Error('gone') : undefined;
  await s.turn(2n);
  s.storage.fault = () => undefined;
  // What anybody does whose wallet's key is loose.
  s.keys.down.add('alice');
  await stolen(s);
  const skip = await approved({ reference: 'skip', replaces: 'foreign', nonce: '2' });
  const cure = await approved({ reference: 'cure', replaces: sealed, nonce: '1', ...DEARER });
  await turns(s, 3n);
  expect([isSubmitted(s, skip), isSubmitted(s, cure)]).toEqual([true, true]);
});

test('what is reserved for a payment that cannot be mined does not keep the skip from lifting the stop', async () => {
  const s = stage({ operations: { idleSeconds: 3 } });
  await s.submit({ reference: 'r0' }, 1n);
  const dear = await s.submit({ reference: 'r1', value: (8n * ETHER).toString() }, 2n);
  await stolen(s);
  s.chain().funds = ETHER / 2n;
  const skip = await s.ask({ reference: 'skip', replaces: 'foreign', nonce: '2', value: '0', validUntil: late(s) });
  await s.approve(skip);
  const cancel = { reference: 'cancel', replaces: dear, nonce: '1', value: '0', ...DEARER, validUntil: late(s) };
  const cancelling = await s.ask(cancel);
  await s.approve(cancelling);
  await turns(s, 3n);
  expect([isSubmitted(s, skip), isSubmitted(s, cancelling)]).toEqual([true, true]);
});

test('what never came out is replaced at the same fees: a ceiling of the policy leaves a way out', async () => {
  const s = stage({ operations: { idleSeconds: 3 } });
  const sealed = await s.ask({ reference: 'r0' });
  await s.approve(sealed);
  s.storage.fault = (call, bucket) =>
    call === 'create' && bucket === s.buckets.signed ? new Error('gone') : undefined;
  await s.turn(1n);
  s.storage.fault = () => undefined;
  s.keys.down.add('alice');
  const cure = await s.ask({ reference: 'cure', replaces: sealed, nonce: '0', value: '2', validUntil: late(s) });
  await s.upload('bob', cure);
  await s.upload('holder-3', cure);
  await s.turn(2n);
  expect(isSubmitted(s, cure)).toBe(true);
});

test('two replacements for one nonce, approved at once: one is sealed, the other judged against it', async () => {
  const s = stage({ operations: { idleSeconds: 3 } });
  const first = await s.submit({ reference: 'r0' }, 1n);
  const both = { replaces: first, nonce: '0', ...DEARER };
  const ids = [await s.ask({ ...both, reference: 'a' }), await s.ask({ ...both, reference: 'b' })];
  for (const id of ids) await s.approve(id);
  await s.turn(2n);
  await s.tick();
  expect(ids.filter((id) => isSubmitted(s, id))).toHaveLength(1);
  expect(ids.filter((id) => s.outcome(id) !== undefined).map((id) => s.outcome(id))).toEqual([
    expect.objectContaining({ outcome: 'refused', code: 'REPLACES_UNDERPRICED' }),
  ]);
});
