import { describe, expect, test } from 'vitest';
import { MAX_CHECKPOINT_BYTES } from '#core/register/checkpoint.ts';
import { closeBytes } from '#core/register/entry.ts';
import { sealObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const HOUR = 3_600_000;
const ETHER = 10n ** 18n;
const FOLDER = 'checkpoints/';
/** Half as many as in the image: each seal takes a turn. */
const EVERY = 4;

const made = (s: Pipeline): string[] => s.storage.names(s.buckets.register, FOLDER);
const place = (s: Pipeline, seq: number): string => sealObject('31337', s.wallet.address, BigInt(seq));
const isSealed = (s: Pipeline, id: string): boolean => s.fact(id, 'submitted') !== undefined;
const nonceOf = (s: Pipeline, id: string): unknown => Reflect.get(Object(s.fact(id, 'submitted')), 'nonce');

/** A turn of its own, which knows nothing of what others read. */
const turn = (s: Pipeline, n: number, changed: Parameters<Pipeline['turn']>[1] = {}) =>
  s.turn(BigInt(n), { checkpointEvery: EVERY, ...changed });
const pay = async (s: Pipeline, n: number, fields: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask({ reference: `paid-${n}`, ...fields });
  await s.approve(id);
  await turn(s, n);
  return id;
};
/** So many payments, a seal each. */
const grown = async (count: number, given: Parameters<typeof stage>[0] = {}): Promise<Pipeline> => {
  const s = stage(given);
  for (let n = 1; n <= count; n++) await pay(s, n);
  return s;
};

/** What a turn reads of the register, by kind. */
const reads = async (s: Pipeline, run: () => Promise<unknown>) => {
  const before = s.storage.calls.length;
  const alarms = s.log.codes('alarm').length;
  await run();
  const all = s.storage.calls.slice(before).filter((call) => call.startsWith(`read ${s.buckets.register}/`));
  const checkpoints = all.filter((call) => call.includes(FOLDER)).length;
  return { entries: all.length - checkpoints, checkpoints, alarms: s.log.codes('alarm').slice(alarms) };
};

describe('a new machine', () => {
  test('reads what is above the newest checkpoint, and no more, however long the log is', async () => {
    const s = await grown(3 * EVERY);
    const count = 3 * EVERY;
    for (let n = count + 1; n <= count + EVERY; n++) {
      const { entries, checkpoints, alarms } = await reads(s, () => pay(s, n));
      expect(entries).toBeLessThanOrEqual(EVERY);
      expect([checkpoints, alarms]).toEqual([1, []]);
    }
    expect(made(s)).toHaveLength(3);
    expect(s.seals()).toHaveLength(count + EVERY);
  });

  test('reads an entry that may matter: its reference is used', async () => {
    const s = await grown(EVERY + 1);
    for (const name of s.storage.names(s.buckets.work, 'references/')) s.storage.erase(s.buckets.work, name);
    const id = await s.ask({ reference: 'paid-2', value: '7' });
    await s.approve(id);
    const found = await reads(s, () => turn(s, 99));
    expect([isSealed(s, id), found.alarms]).toEqual([false, []]);
    expect(s.storage.calls).toContain(`read ${s.buckets.register}/${place(s, 1)}`);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'refused', code: 'REFERENCE_USED' });
  });

  test('replaces what a checkpoint covers', async () => {
    const s = stage();
    const paid: string[] = [];
    for (let n = 1; n <= EVERY + 1; n++) paid.push(await pay(s, n));
    const [, , target = ''] = paid;
    const id = await pay(s, 99, {
      ...{ reference: 'paid-3', replaces: target, nonce: '2', value: '0', data: '0x' },
      ...{ to: s.wallet.address, maxFeePerGas: '90000000000', maxPriorityFeePerGas: '9000000000' },
    });
    expect(nonceOf(s, id)).toBe('2');
  });

  test('of another law uses none, makes its own, and alarms nobody over it', async () => {
    const s = await grown(EVERY + 1);
    const lawHash = 'f'.repeat(64);
    const id = await s.ask({ reference: 'by-another-law' });
    await s.approve(id);
    const found = await reads(s, () => turn(s, 99, { lawHash }));
    expect([found.checkpoints, isSealed(s, id)]).toEqual([0, true]);
    expect(found.entries).toBeGreaterThan(EVERY);
    expect(found.alarms).not.toContain('REGISTER_JUNK');
    expect(made(s)).toHaveLength(2);
  });
});

/** All entries are read, and somebody is told. */
const readsAll = async (s: Pipeline, most = 1): Promise<void> => {
  const count = s.seals().length;
  let id = '';
  const { entries, checkpoints, alarms } = await reads(s, async () => {
    id = await pay(s, 99);
  });
  expect(entries).toBeGreaterThanOrEqual(count);
  expect(checkpoints).toBeLessThanOrEqual(most);
  expect(alarms).toContain('REGISTER_JUNK');
  expect(isSealed(s, id)).toBe(true);
};

describe('threat 108: a checkpoint is believed only for the very set that the listing shows', () => {
  test('a close put below it, at an archived name, keeps its request in', async () => {
    const s = await grown(EVERY + 2);
    const id = await s.ask({ reference: 'victim' });
    await s.approve(id);
    s.storage.archive(s.buckets.register, place(s, 2));
    s.storage.put(s.buckets.register, place(s, 2), closeBytes([{ id, code: 'REJECTED', reason: 'by somebody' }]));
    const found = await reads(s, () => turn(s, 99));
    expect(isSealed(s, id)).toBe(false);
    expect(found.alarms).toContain('REGISTER_JUNK');
  });

  test('archiving alone changes no set: every generation is listed', async () => {
    const s = await grown(EVERY + 2);
    s.storage.archive(s.buckets.register, place(s, 2));
    const found = await reads(s, () => pay(s, 99));
    expect([found.checkpoints, found.alarms]).toEqual([1, []]);
  });

  test.each([
    ['junk', (s: Pipeline) => s.storage.put(s.buckets.register, place(s, 2), Buffer.from('junk'))],
    [
      'a copy of the seal',
      async (s: Pipeline) => {
        const old = await s.storage.list(s.buckets.register, place(s, 2), { versions: true });
        const found = await s.storage.read(s.buckets.register, place(s, 2), {
          generation: `${old.objects[0]?.generation}`,
        });
        s.storage.put(s.buckets.register, place(s, 2), found?.bytes ?? new Uint8Array());
      },
    ],
  ])('%s below it: all is read, once, and the next checkpoint stands for that too', async (_, forge) => {
    const s = await grown(EVERY + 2);
    s.storage.archive(s.buckets.register, place(s, 2));
    await forge(s);
    await readsAll(s);
    for (let n = 100; n < 100 + EVERY; n++) await pay(s, n);
    const found = await reads(s, () => pay(s, 200));
    expect(found.alarms.filter((code) => code !== 'REGISTER_JUNK')).toEqual([]);
    expect(found.entries).toBeLessThanOrEqual(EVERY);
  });

  test('a flood of junk beside the checkpoints is not looked at', async () => {
    const s = await grown(EVERY + 1);
    const [name = ''] = made(s);
    for (let n = 0; n < 500; n++)
      s.storage.put(
        s.buckets.register,
        `${name.slice(0, -76)}${String(n).padStart(12, '0')}-${'a'.repeat(64)}`,
        Buffer.from('junk'),
      );
    const found = await reads(s, () => pay(s, 99));
    expect([found.checkpoints, found.alarms]).toEqual([1, []]);
  });

  test.each([
    ['is gone', () => undefined],
    ['is junk', () => Buffer.from('junk')],
    ['is too large', () => new Uint8Array(MAX_CHECKPOINT_BYTES + 1)],
    [
      'says less than was signed: that all is junk',
      (text: string) => Buffer.from(text.replace(/"entries":"[^"]*"/, `"entries":"${'AA'.repeat(EVERY - 1)}"`)),
    ],
    ['is packed in another way', (text: string) => Buffer.from(text.replace(/"entries":"./, '"entries":"_'))],
    [
      'says another highest nonce',
      (text: string) => Buffer.from(text.replace(/"highestNonce":"\d+"/, '"highestNonce":"0"')),
    ],
    ['has another signature', (text: string) => Buffer.from(text.replace(/"signature":"0x../, '"signature":"0x00'))],
  ])('one that %s is not used: all is read', async (_, change) => {
    const s = await grown(EVERY + 1);
    const [name = ''] = made(s);
    const text = new TextDecoder().decode((await s.storage.read(s.buckets.register, name))?.bytes);
    const bytes = change(text);
    expect(bytes === undefined || Buffer.from(bytes).toString() !== text).toBe(true);
    s.storage.erase(s.buckets.register, name);
    if (bytes !== undefined) s.storage.put(s.buckets.register, name, bytes);
    await readsAll(s);
  });

  test('of those that cannot be used three are tried', async () => {
    const s = stage();
    for (let n = 1; n <= 8; n++) {
      const id = await s.ask({ reference: `paid-${n}` });
      await s.approve(id);
      await turn(s, n, { checkpointEvery: 1 });
    }
    expect(made(s)).toHaveLength(7);
    s.storage.erase(s.buckets.register, ...made(s));
    await readsAll(s, 3);
  });
});

describe('threat 39: a window whose sums come from a checkpoint', () => {
  const rules = [{ name: 'any', effect: 'allow', destinations: ['*'], maxValueWei: `${10n * ETHER}` }];
  const policy = { rules, windows: [{ name: 'two-days', seconds: 172_800, maxWei: `${(25n * ETHER) / 10n}` }] };
  const one = (s: Pipeline, over: Record<string, unknown> = {}) => ({
    value: `${ETHER}`,
    validUntil: timeText(s.clock.now() + 20 * HOUR),
    ...over,
  });
  /** Two payments of 1 ETH, then small ones until they are covered. */
  const filled = async (): Promise<Pipeline> => {
    const s = stage({ wallet: { policy } });
    for (const n of [1, 2]) await pay(s, n, one(s));
    for (let n = 3; n <= EVERY + 1; n++) await pay(s, n, one(s, { value: '1' }));
    return s;
  };

  test('holds up what does not fit until their last second has left it, and then lets it go', async () => {
    const s = await filled();
    // Far beyond the horizon of ids.
    s.clock.advance(40 * HOUR);
    const id = await s.ask({ reference: 'third', ...one(s) });
    await s.approve(id);
    const found = await reads(s, () => turn(s, 98));
    expect([isSealed(s, id), found.checkpoints]).toEqual([false, 1]);
    expect(s.log.codes('warn')).toContain('WINDOW_FULL');
    s.clock.advance(10 * HOUR);
    await turn(s, 99);
    expect(isSealed(s, id)).toBe(true);
  });

  test('nothing that is sealed stays shut because of a sum: its entries are read', async () => {
    const s = await filled();
    // Sealed, and its bytes never came out.
    const id = await s.ask({ reference: 'small', ...one(s, { value: '1' }) });
    await s.approve(id);
    s.storage.fault = (call, bucket) =>
      call === 'create' && bucket === s.buckets.signed ? new Error('down') : undefined;
    await turn(s, 98);
    s.storage.fault = () => undefined;
    expect(isSealed(s, id)).toBe(false);
    await turn(s, 99);
    expect([isSealed(s, id), s.log.codes('alarm').includes('WINDOW_FULL')]).toEqual([true, false]);
  });

  test('copies of an old seal, put below the set, take nothing out of the sums', async () => {
    const s = stage({ wallet: { policy } });
    const old = await pay(s, 1, one(s, { value: `${ETHER / 4n}` }));
    await pay(s, 2, one(s, { value: '1' }));
    s.clock.advance(96 * HOUR);
    for (const n of [3, 4]) await pay(s, n, one(s));
    for (let n = 5; n <= EVERY + 4; n++) await pay(s, n, one(s, { value: '1' }));
    const seal = await s.storage.read(s.buckets.register, place(s, 0));
    for (let copies = 0; copies < 8; copies++) {
      s.storage.archive(s.buckets.register, place(s, 0));
      s.storage.put(s.buckets.register, place(s, 0), seal?.bytes ?? new Uint8Array());
    }
    // Leads the read below the set, to the copies.
    const replacement = await s.ask({
      ...one(s, { reference: 'paid-1', replaces: old, nonce: '0', value: '0', data: '0x' }),
      ...{ to: s.wallet.address, maxFeePerGas: '90000000000', maxPriorityFeePerGas: '9000000000' },
    });
    await s.approve(replacement);
    const id = await s.ask({ reference: 'third', ...one(s) });
    await s.approve(id);
    const found = await reads(s, () => turn(s, 99));
    expect([isSealed(s, id), found.checkpoints]).toEqual([false, 1]);
    expect(s.log.codes('warn')).toContain('WINDOW_FULL');
  });
});
