import { describe, expect, test } from 'vitest';
import { standing, standingStops } from '#core/facts/stops.ts';
import { stopFolder, stopLiftedObject, stopOf, stoppedObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const HASH = `0x${'ab'.repeat(32)}`;
const SKIP = { reference: 'skip', replaces: 'foreign', nonce: '1' };

const stopsOf = async (s: Pipeline): Promise<readonly string[]> =>
  (await standingStops(s.storage, s.buckets.work, 'hot', '31337')).map(({ nonce }) => nonce.toString());

/** A request whose nonce (0) a foreign transaction used. */
const robbed = async (): Promise<{ s: Pipeline; id: string }> => {
  const s = stage();
  const id = await s.submit();
  s.chain().pool = [];
  await s.chain().send(s.foreign(0));
  s.chain().mine();
  return { s, id };
};

/** The wallet seals and sends again. */
const goesOn = async (s: Pipeline): Promise<void> => {
  const next = await s.ask({ reference: 'next' });
  await s.approve(next);
  await s.launch(next);
  expect(s.machines.started).toHaveLength(1);
  await s.turn(9n);
  expect(s.fact(next, 'submitted')).toMatchObject({ nonce: '2' });
};

describe('threat 12: a stop is lifted by whoever finishes the request that skips it', () => {
  test('the turn died between its bytes and submitted.json: reconcile lifts it', async () => {
    const { s } = await robbed();
    await s.tick();
    expect(await stopsOf(s)).toEqual(['0']);
    const skip = await s.ask(SKIP);
    await s.approve(skip);
    const gone = (call: string, _: string, name: string) =>
      call === 'create' && (name.startsWith('stopped/') || name.endsWith('submitted.json'))
        ? new Error('gone')
        : undefined;
    s.storage.fault = gone;
    await s.turn(2n).catch(() => {});
    s.storage.fault = () => undefined;
    expect([s.seals().length, s.fact(skip, 'submitted')]).toEqual([2, undefined]);
    expect(await stopsOf(s)).toEqual(['0']);
    await s.tick();
    expect(s.fact(skip, 'submitted')).toBeDefined();
    expect(await stopsOf(s)).toEqual([]);
    await goesOn(s);
  });

  test('whoever settles the skip lifts it as well', async () => {
    const { s } = await robbed();
    await s.tick();
    const skip = await s.submit(SKIP, 2n);
    const lifted = stopLiftedObject('hot', '31337', 1n);
    await s.storage.delete(s.buckets.work, lifted);
    expect(await stopsOf(s)).toEqual(['0']);
    s.chain().mine();
    await s.tick();
    expect(s.outcome(skip)).toMatchObject({ outcome: 'finalized' });
    expect(await stopsOf(s)).toEqual([]);
  });
});

describe('threat 12: a stop that was lifted never comes back', () => {
  test('a finalize that hung before it wrote the stop wakes after the skip', async () => {
    const { s, id } = await robbed();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { createOnce } = s.storage;
    let caught = false;
    s.storage.createOnce = async (bucket, name, ...rest) => {
      if (!caught && name.startsWith('stopped/')) {
        caught = true;
        await held;
      }
      return createOnce.call(s.storage, bucket, name, ...rest);
    };
    const slow = s.finalize(id);
    // Nothing but promises stands before that create.
    for (let n = 0; n < 1000 && !caught; n++) await Promise.resolve();
    expect(caught).toBe(true);
    await s.tick();
    expect(await stopsOf(s)).toEqual(['0']);
    await s.submit(SKIP, 2n);
    release();
    await slow;
    expect(await stopsOf(s)).toEqual([]);
    await goesOn(s);
  });

  test('nobody else had written the stop when the skip was sealed', async () => {
    const { s, id } = await robbed();
    // Nobody settles the robbed request until the skip is out: reconcile and finalize were down.
    const skip = await s.submit(SKIP, 2n);
    expect(s.fact(skip, 'submitted')).toBeDefined();
    await s.finalize(id);
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded' });
    expect(await stopsOf(s)).toEqual([]);
    await goesOn(s);
  });

  test('reconcile dies after the stop and before the outcome, and settles again after the skip', async () => {
    const { s, id } = await robbed();
    s.storage.fault = (call, _, name) =>
      call === 'create' && name.endsWith(`${id}/outcome.json`) ? new Error('dead') : undefined;
    await s.tick();
    expect(await stopsOf(s)).toEqual(['0']);
    await s.submit(SKIP, 2n);
    s.storage.fault = () => undefined;
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded' });
    expect(await stopsOf(s)).toEqual([]);
    await goesOn(s);
  });

  test('but a foreign transaction at the nonce of the skip itself stops the wallet anew', async () => {
    const { s } = await robbed();
    await s.tick();
    const skip = await s.submit(SKIP, 2n);
    s.chain().pool = [];
    await s.chain().send(s.foreign(1));
    s.chain().mine();
    await s.tick();
    expect(s.outcome(skip)).toMatchObject({ outcome: 'superseded' });
    expect(await stopsOf(s)).toEqual(['1']);
    await s.submit({ reference: 'further', replaces: 'foreign', nonce: '2' }, 3n);
    expect(await stopsOf(s)).toEqual([]);
  });
});

describe('which stops stand', () => {
  const object = (name: string) => ({
    bucket: 'work',
    name,
    generation: '1',
    metageneration: '1',
    size: 1,
    timeCreated: 0,
    metadata: {},
    live: true,
  });
  const nonces = (...names: string[]) => standing(names.map(object)).map(({ nonce }) => nonce);
  const stop = (nonce: bigint) => stoppedObject('hot', '1', nonce, HASH);
  const lift = (nonce: bigint) => stopLiftedObject('hot', '1', nonce);

  test.each<[string, string[], bigint[]]>([
    ['none', [], []],
    ['a lift alone', [lift(3n)], []],
    ['one without a lift', [stop(0n)], [0n]],
    ['one below a lift', [stop(2n), lift(3n)], []],
    ['one at the nonce of a lift', [stop(3n), lift(3n)], [3n]],
    ['those above the highest lift, as numbers', [stop(10n), stop(9n), lift(3n), lift(10n)], [10n]],
    ['all, oldest nonce first', [stop(10n), stop(9n)], [9n, 10n]],
  ])('%s', (_what, names, expected) => {
    expect(nonces(...names)).toEqual(expected);
  });

  test.each([
    'stopped/hot/1',
    'stopped/hot/1/',
    'stopped/hot/1/7',
    `stopped/hot/1/7-${HASH.toUpperCase()}`,
    `stopped/hot/1/7-${HASH}0`,
    `stopped/hot/1/7-${HASH}.lifted`,
    'stopped/hot/1/x.lifted',
    'stopped/hot/1/7.lifted/7.lifted',
    `stopped/hot/1/-7-${HASH}`,
    `stopped/Hot/1/7-${HASH}`,
  ])('%s is no name of ours', (name) => {
    expect(stopOf(name)).toBeUndefined();
    expect(nonces(name)).toEqual([]);
  });

  test('names are below the folder that is listed', () => {
    expect([stop(7n), lift(8n)].every((name) => name.startsWith(stopFolder('hot', '1')))).toBe(true);
    expect(stopOf(stop(7n))).toEqual({ kind: 'stopped', nonce: 7n, transactionHash: HASH });
    expect(stopOf(lift(8n))).toEqual({ kind: 'lifted', nonce: 8n });
    expect(stopFolder('hot', '1').startsWith(stopFolder('hot', '13'))).toBe(false);
  });
});
