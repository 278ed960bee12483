import { describe, expect, test } from 'vitest';
import { readWait } from '#core/facts/wait.ts';
import type { Storage } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { approvedObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';
import { MAX_SKEW_MS } from '#workload/trusted-time.ts';

/** Above one ether: ten minutes. Any of alice, bob and holder-3 may veto (threat 82). */
const DELAY = 600_000;
const delayed = () =>
  stage({
    wallet: {
      policy: {
        rules: [{ name: 'any', effect: 'allow', destinations: ['*'], opaque: true }],
        delays: [{ name: 'large', seconds: DELAY / 1000, aboveWei: '1000000000000000000' }],
      },
    },
  });
const LARGE = { value: '1000000000000000001' };

const approved = async (s: Pipeline, fields: Readonly<Record<string, string>> = LARGE): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};
/** What a taken function can write, and at any time. */
const forgeApproval = (s: Pipeline, id: string): void => {
  const fact = { id, wallet: 'hot', coSigners: ['alice', 'bob'] };
  s.storage.put(s.buckets.results, approvedObject(id), Buffer.from(JSON.stringify(fact)));
};
const metadataOf = async (s: Pipeline, id: string) =>
  (await s.storage.stat(s.buckets.work, `open/hot/${id}`))?.metadata ?? {};
const noted = async (s: Pipeline, id: string) => readWait((await metadataOf(s, id)).wait);
const held = async (s: Pipeline, id: string) => readWait((await metadataOf(s, id)).held);

/** A port of which one call is another. */
const withCall = (storage: Storage, name: 'list' | 'createOnce', call: (args: readonly unknown[]) => void): Storage =>
  new Proxy(storage, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (key === name) call(args);
        return Reflect.apply(value, target, args);
      };
    },
  });
const closed = (storage: Storage): Storage =>
  withCall(storage, 'list', () => {
    throw new KeyturnError('PERMISSION_DENIED', 'closed');
  });
/** `then` happens when the seal is about to be created: too late for the first look. */
const atTheSeal = (s: Pipeline, then: () => void): Storage =>
  withCall(s.storage, 'createOnce', ([bucket]) => {
    if (bucket === s.buckets.register) then();
  });

const vetoedAtTheSeal = async (s: Pipeline): Promise<string> => {
  const id = await approved(s);
  await s.tick(DELAY);
  await s.turn(1n, { storage: atTheSeal(s, () => s.reject('holder-3', id)) });
  return id;
};

describe('before the delay is over', () => {
  test('no machine is owed, and it is said until when it waits', async () => {
    const s = delayed();
    const id = await approved(s);
    const until = BigInt(Math.ceil((s.clock.now() + DELAY) / 1000));
    expect(await held(s, id)).toMatchObject({ code: 'DELAYED', numbers: { until } });
    await s.tick(DELAY - 60_000);
    await s.turn();
    expect([s.fact(id, 'approved'), s.seals(), s.keys.decryptions]).toEqual([undefined, [], 0]);
    await s.tick();
    expect(s.fact(id, 'approved')).toBeDefined();
    await s.turn(2n);
    expect(s.seals()).toHaveLength(1);
    expect(s.chain().sends).toHaveLength(1);
  });

  test('threat 82: a machine that a forged approval brings opens no share', async () => {
    const s = delayed();
    const id = await s.ask(LARGE);
    forgeApproval(s, id);
    s.clock.advance(DELAY);
    await s.approve(id);
    await s.tick(1000);
    await s.turn();
    expect([s.seals(), s.keys.decryptions]).toEqual([[], 0]);
    expect(await noted(s, id)).toMatchObject({ code: 'DELAYED' });
  });

  test('threat 82: a machine clock that runs ahead, as far as is borne, ends nothing', async () => {
    const s = delayed();
    const id = await approved(s);
    forgeApproval(s, id);
    s.clock.advance(DELAY - 60_000);
    await s.tick(1000);
    const clock = {
      now: () => s.clock.now() + MAX_SKEW_MS,
      sleep: (ms: number, signal?: AbortSignal) => s.clock.sleep(ms, signal),
    };
    await s.turn(1n, { clock });
    expect([s.seals(), s.keys.decryptions]).toEqual([[], 0]);
  });

  test('the seal tells from when to when it ran, and from which share', async () => {
    const s = delayed();
    const id = await s.ask(LARGE);
    await s.upload('alice', id);
    s.clock.advance(5000);
    const bobs = await s.upload('bob', id);
    await s.tick(DELAY);
    await s.turn();
    const [seal = ''] = s.seals();
    const { items } = s.storage.json(s.buckets.register, seal) as { items: readonly unknown[] };
    const startedAt = timeText(bobs.timeCreated);
    const endedAt = timeText(bobs.timeCreated + DELAY);
    expect(items).toMatchObject([
      { id, delay: { startedAt, endedAt, object: bobs.name, generation: bobs.generation } },
    ]);
  });

  test('a new upload starts it anew', async () => {
    const s = delayed();
    const id = await approved(s);
    s.clock.advance(DELAY - 1000);
    await s.upload('bob', id, { attempt: '2' });
    await s.tick(2000);
    expect(s.fact(id, 'approved')).toBeUndefined();
    await s.tick(DELAY);
    await s.turn();
    expect(s.seals()).toHaveLength(1);
  });

  test('threat 82: shares from before the request was there start nothing', async () => {
    const s = delayed();
    const request = s.requestOf(LARGE);
    const id = s.idOf(request);
    await s.approve(id);
    s.clock.advance(DELAY);
    await s.deliver(s.messageOf(request));
    await s.tick(1000);
    forgeApproval(s, id);
    await s.turn();
    expect([s.seals(), s.keys.decryptions]).toEqual([[], 0]);
  });

  test('a bad share that began it does not end it', async () => {
    const s = delayed();
    const id = await s.ask(LARGE);
    await s.upload('alice', id, { text: Buffer.from('no share') });
    await s.upload('bob', id);
    s.clock.advance(DELAY - 1000);
    await s.upload('holder-3', id);
    await s.tick(2000);
    await s.turn();
    expect(s.seals()).toEqual([]);
    await s.tick(DELAY);
    await s.turn(2n);
    expect(s.seals()).toHaveLength(1);
  });
});

describe('a veto', () => {
  test('of one co-signer of three, in the delay, ends in a believed close', async () => {
    const s = delayed();
    const id = await approved(s);
    s.reject('holder-3', id);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'rejected', code: 'REJECTED' });
    s.clock.advance(DELAY);
    await s.turn();
    expect([s.chain().sends, s.keys.decryptions]).toEqual([[], 0]);
  });

  test('ends nothing where there is no delay: two others are enough', async () => {
    const s = delayed();
    const id = await approved(s, { value: '1' });
    s.reject('holder-3', id);
    await s.turn();
    expect(s.chain().sends).toHaveLength(1);
  });

  test('threat 82: that comes while the seal is made keeps the bytes in, also from the next machine', async () => {
    const s = delayed();
    const id = await approved(s);
    await s.tick(DELAY);
    await s.turn(1n, { storage: atTheSeal(s, () => s.reject('holder-3', id)) });
    expect(s.seals()).toHaveLength(1);
    await s.turn(2n);
    expect([s.chain().sends, s.fact(id, 'submitted')]).toEqual([[], undefined]);
    expect(await noted(s, id)).toMatchObject({ code: 'SEAL_VETOED', coSigner: 'holder-3' });
  });

  test('after the seal is told once, and closes nothing: no close of a sealed id is believed', async () => {
    const s = delayed();
    const id = await vetoedAtTheSeal(s);
    for (let n = 0; n < 8; n++) await s.tick(1_200_000);
    const alarms = s.log.lines.filter(({ level, event }) => level === 'alarm' && event === 'reconcile.stuck');
    expect(alarms.filter(({ fields }) => fields.code === 'SEAL_VETOED')).toEqual([
      expect.objectContaining({ fields: { id, code: 'SEAL_VETOED', nonce: '0' } }),
    ]);
    expect(s.fact(id, 'SEAL_VETOED.waiting')).toMatchObject({ code: 'SEAL_VETOED', coSigner: 'holder-3' });
    expect(s.announced('keyturn.request.waiting', id).length).toBeGreaterThan(0);
    expect([s.seals().length, s.outcome(id), s.chain().sends]).toEqual([1, undefined, []]);
  });

  test('after the seal ends by a replacement, which the veto does not hold up', async () => {
    const s = delayed();
    const id = await vetoedAtTheSeal(s);
    const fees = { maxFeePerGas: '90000000000', maxPriorityFeePerGas: '3000000000' };
    const other = await s.ask({ ...fees, value: '0', nonce: '0', replaces: id, reference: 'cancel' });
    await s.approve(other);
    await s.turn(2n);
    expect(s.chain().sends).toHaveLength(1);
    s.chain().mine();
    await s.finalize(other);
    await s.tick();
    expect(s.outcome(other)).toMatchObject({ outcome: 'finalized' });
    expect(s.outcome(id)).toMatchObject({ outcome: 'replaced' });
    expect(s.storage.names(s.buckets.signed)).toHaveLength(1);
  });

  test('that its co-signer takes away again lets the bytes out', async () => {
    const s = delayed();
    const id = await vetoedAtTheSeal(s);
    for (const name of s.storage.names(s.buckets.keys).filter((one) => one.includes('rejections')))
      s.storage.erase(s.buckets.keys, name);
    await s.turn(2n);
    expect(s.chain().sends).toHaveLength(1);
    expect(s.fact(id, 'submitted')).toBeDefined();
  });
});

describe('a place that cannot be listed', () => {
  test('threat 82: may hold a veto: nothing is opened, and its holder is named', async () => {
    const s = delayed();
    const id = await approved(s);
    await s.tick(DELAY);
    s.reject('holder-3', id);
    await s.turn(1n, { shareStorage: (name) => (name === 'holder-3' ? closed(s.storage) : s.storage) });
    expect([s.seals(), s.keys.decryptions]).toEqual([[], 0]);
    expect(await noted(s, id)).toMatchObject({ code: 'VOTE_UNREACHABLE', coSigner: 'holder-3' });
  });

  test('at the second look keeps the bytes in until it can be', async () => {
    const s = delayed();
    const id = await approved(s);
    await s.tick(DELAY);
    let isSealed = false;
    const storage = atTheSeal(s, () => {
      isSealed = true;
    });
    await s.turn(1n, {
      storage,
      shareStorage: (name) => (isSealed && name === 'holder-3' ? closed(s.storage) : s.storage),
    });
    expect([s.seals().length, s.chain().sends]).toEqual([1, []]);
    expect(await noted(s, id)).toMatchObject({ code: 'VOTE_UNREACHABLE', coSigner: 'holder-3' });
    await s.turn(2n);
    expect(s.chain().sends).toHaveLength(1);
  });
});

test('what validUntil leaves no time for is refused at once', async () => {
  const s = delayed();
  const ask = (seconds: number) =>
    s.ask({ ...LARGE, validUntil: new Date(s.clock.now() + seconds * 1000).toISOString().replace('.000', '') });
  const late = await ask(DELAY / 1000 + 599);
  expect(s.fact(late, 'request')).toBeUndefined();
  const inTime = await ask(DELAY / 1000 + 600);
  expect(s.fact(inTime, 'request')).toBeDefined();
});
