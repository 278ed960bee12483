import { describe, expect, test } from 'vitest';
import { closeBytes, MAX_ENTRY_BYTES, readEntry } from '#core/register/entry.ts';
import { limitsOf } from '#core/register/limits.ts';
import { MAX_BATCH_BYTES, planBatch } from '#core/register/plan.ts';
import { readRegister } from '#core/register/read.ts';
import { closeBelieved, ownEntry, type RegisterView, readSince, sealedLate } from '#core/register/rules.ts';
import { isCode } from '#schemas/codes.ts';
import { openObject, sealFolder, sealObject, signedObject, submittedObject } from '#schemas/names.ts';
import { timeMs, timeText } from '#schemas/spellings.ts';
import { requestOf } from '#test/support/law.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const JUNK = Buffer.from('junk');

const folder = (s: Pipeline): string => sealFolder('31337', s.wallet.address);
const place = (s: Pipeline, seq: number): string => sealObject('31337', s.wallet.address, BigInt(seq));
const log = (s: Pipeline) => ({ chainId: '31337', address: s.wallet.address, registerBucket: s.buckets.register });
const viewOf = (s: Pipeline, since: number, wanted: string[] = []): Promise<RegisterView> =>
  readRegister(s.storage, log(s), { since, cache: new Map(), wanted: new Set(wanted) }, s.log);
const put = (s: Pipeline, name: string, bytes: Uint8Array) => s.storage.put(s.buckets.register, name, bytes);
const closeOf = (id: string) => closeBytes([{ id, code: 'REJECTED', reason: 'by somebody' }]);
const nonceOf = (s: Pipeline, id: string): unknown => Reflect.get(Object(s.fact(id, 'submitted')), 'nonce');

/** One old payment, and 400 objects that anyone with the right to create may put above the next free place, long ago. */
const junkAboveGap = async (): Promise<Pipeline> => {
  const s = stage();
  await s.submit({ reference: 'first' });
  for (let seq = 2; seq <= 401; seq++) put(s, place(s, seq), JUNK);
  s.clock.advance(30 * HOUR);
  return s;
};

describe('threat 43: only what the wallet signed ends a read', () => {
  test('junk above a gap cannot bury a seal: its request is never signed at a second nonce', async () => {
    const s = await junkAboveGap();
    const victim = await s.submit({ reference: 'victim' }, 2n);
    const other = await s.submit({ reference: 'other' }, 3n);
    expect(s.seals().filter((name) => [place(s, 1), place(s, 402)].includes(name))).toHaveLength(2);
    // The operator takes back all that says elsewhere that the victim was paid.
    s.storage.erase(s.buckets.signed, signedObject(victim));
    s.storage.erase(s.buckets.results, submittedObject(victim));
    await s.storage.setMetadata(s.buckets.work, openObject('hot', victim), { stage: 'approved' });
    await s.turn(4n);
    expect([nonceOf(s, victim), nonceOf(s, other)]).toEqual(['1', '2']);
    expect(new Set(s.chain().sends).size).toBe(3);
  });

  test('junk above a gap cannot bury a reference: no second id of it is sealed', async () => {
    const s = await junkAboveGap();
    await s.submit({ reference: 'victim' }, 2n);
    await s.submit({ reference: 'other' }, 3n);
    for (const name of s.storage.names(s.buckets.work, 'references/')) s.storage.erase(s.buckets.work, name);
    const again = await s.ask({ reference: 'victim', value: '2' });
    await s.approve(again);
    await s.turn(4n);
    expect(s.fact(again, 'request')).toBeDefined();
    expect([nonceOf(s, again), new Set(s.chain().sends).size]).toEqual([undefined, 3]);
  });

  test('junk above a gap cannot bury a seal from who would end its request: no close is believed beside it', async () => {
    const s = await junkAboveGap();
    const validUntil = s.clock.now() + HOUR;
    const victim = await s.submit({ reference: 'victim' }, 2n);
    await s.submit({ reference: 'other' }, 3n);
    put(s, place(s, 500), closeOf(victim));
    const seen = await viewOf(s, readSince(validUntil, s.clock.now(), limitsOf(s.config.law)));
    expect(closeBelieved(victim, validUntil, seen, limitsOf(s.config.law))).toBeUndefined();
  });

  test('an old seal of a fresh nonce does end it: what lies far below is not read', async () => {
    const s = stage();
    for (let n = 0; n < 3; n++) await s.submit({ reference: `old-${n}` }, BigInt(n + 1));
    for (let seq = 10; seq < 250; seq++) put(s, place(s, seq), JUNK);
    s.clock.advance(3 * DAY);
    s.storage.page = 200;
    // Page one: 200 of the junk; page two: the rest and the seals. What is below the third page would be listed only without an end.
    for (let n = 0; n < 450; n++) put(s, `${folder(s)}z${n}`, JUNK);
    const before = s.storage.calls.length;
    const seen = await viewOf(s, s.clock.now() - 26 * HOUR);
    expect(s.storage.calls.slice(before).filter((call) => call.startsWith('list '))).toHaveLength(2);
    expect(seen.entries).toHaveLength(3);
  });
});

describe("threat 44: a close counts only at an entry's own name", () => {
  test('one at an odd name, listed last, is seen by nobody: not believed, and the request is paid', async () => {
    const s = stage();
    await s.submit({ reference: 'first' });
    s.clock.advance(25 * HOUR);
    const id = await s.ask({ reference: 'victim', validUntil: timeText(s.clock.now() + 20 * HOUR) });
    await s.approve(id);
    for (let n = 0; n < 600; n++) put(s, `${folder(s)}a/${String(n).padStart(12, '0')}`, JUNK);
    put(s, `${folder(s)}zzz/000000000000`, closeOf(id));
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    // Two hours on, the first seal is old enough to end a read: a turn would never come as far as that close.
    s.clock.advance(2 * HOUR);
    await s.turn(2n);
    expect(nonceOf(s, id)).toBe('1');
  });

  test.each([
    ['below a folder', (s: Pipeline) => `${folder(s)}a/999999999998`],
    ['with a tail', (s: Pipeline) => `${place(s, 1)}/999999999998`],
  ])('a name %s takes no place, and is not read', async (_, nameOf) => {
    const s = stage();
    put(s, nameOf(s), closeOf('a'.repeat(64)));
    const seen = await viewOf(s, 0);
    expect([seen.entries.length, seen.taken.size]).toEqual([0, 0]);
    expect(s.storage.calls.some((call) => call.startsWith('read '))).toBe(false);
  });
});

describe('threat 45: what is written must be what readers read', () => {
  const sealed = async () => {
    const s = stage();
    const id = await s.submit();
    const seen = await viewOf(s, 0);
    const [listed] = seen.entries;
    if (listed?.entry.kind !== 'seal') throw new Error('no seal');
    const [item] = listed.entry.items;
    if (item === undefined) throw new Error('no item');
    return { id, seen, item, entry: listed.name, listed };
  };

  test('an entry is its own only by name, id, nonce and hashes', async () => {
    const { seen, item, entry, listed } = await sealed();
    expect(ownEntry({ item, entry }, seen)).toBe(listed);
    const [first = '', ...rest] = item.rungs;
    for (const other of [
      { item, entry: `${entry.slice(0, -1)}0` },
      { item: { ...item, id: 'a'.repeat(64) }, entry },
      { item: { ...item, nonce: item.nonce + 1n }, entry },
      { item: { ...item, rungs: rest }, entry },
      { item: { ...item, rungs: [...rest, first] }, entry },
    ])
      expect(ownEntry(other, seen)).toBeUndefined();
    expect(ownEntry({ item, entry }, { ...seen, entries: [] })).toBeUndefined();
  });

  test('two minutes after validUntil a seal is late, as Cloud Storage tells the time', async () => {
    const { item, listed } = await sealed();
    const until = timeMs(item.request.validUntil) ?? 0;
    expect([0, 120_000, 120_001].map((ms) => sealedLate({ ...listed, timeCreated: until + ms }, until))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('a batch is bounded by bytes, and the largest request alone fits', () => {
    const empty: RegisterView = { entries: [], taken: new Set(), at: 0, since: 0 };
    const items = (bytes: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({
        id: String(n).padStart(64, '0'),
        request: requestOf({ reference: `r${n}`, data: `0x${'ab'.repeat(bytes)}`, gasLimit: '10000000' }),
      }));
    const plan = planBatch(items(60_000, 9), empty, 0n, 20);
    const size = plan.seal.reduce((sum, { request }) => sum + JSON.stringify(request).length, 0);
    expect(plan.seal.map(({ nonce }) => nonce)).toEqual([0n, 1n, 2n]);
    expect(size).toBeLessThanOrEqual(MAX_BATCH_BYTES);
    expect(MAX_BATCH_BYTES * 2).toBeLessThan(MAX_ENTRY_BYTES);
    // Those left out are neither closed nor kept waiting for a reason that is not true.
    expect([plan.close, plan.wait]).toEqual([[], []]);
    expect(planBatch(items(65_000, 1), empty, 0n, 20).seal).toHaveLength(1);
    expect(planBatch(items(1000, 30), empty, 0n, 20).seal).toHaveLength(20);
  });
});

describe('threat 46: "constructor" is no code', () => {
  const inherited = ['constructor', 'toString', '__proto__', 'hasOwnProperty'];

  test.each(inherited)('a close with the code %s is junk', (code) => {
    const s = stage();
    const close = { version: 1, kind: 'close', items: [{ id: 'a'.repeat(64), code, reason: 'x' }] };
    expect(isCode(code)).toBe(false);
    expect(readEntry(Buffer.from(JSON.stringify(close)), place(s, 0), log(s))).toBeUndefined();
    const sound = { ...close, items: [{ id: 'a'.repeat(64), code: 'REJECTED', reason: 'x' }] };
    expect(readEntry(Buffer.from(JSON.stringify(sound)), place(s, 0), log(s))).toMatchObject({ kind: 'close' });
  });

  test('so nobody makes a request end in no outcome at all', async () => {
    const s = stage();
    const id = await s.ask();
    const close = { version: 1, kind: 'close', items: [{ id, code: 'constructor', reason: 'x' }] };
    put(s, place(s, 0), Buffer.from(JSON.stringify(close)));
    await s.tick(HOUR);
    expect(s.log.codes('alarm')).toContain('REGISTER_JUNK');
    expect(s.outcome(id)).toMatchObject({ outcome: 'expired', code: 'NOT_APPROVED_IN_TIME' });
  });
});
