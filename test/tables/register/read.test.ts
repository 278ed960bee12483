import { expect, test } from 'vitest';
import { appendEntry } from '#core/register/append.ts';
import type { Entry } from '#core/register/entry.ts';
import { readRegister } from '#core/register/read.ts';
import { bytesOf, closeJson, contentJson, entryName, itemJson, LOG, signedSeal } from '#test/support/entries.ts';
import { REGISTER, requestFact, time } from '#test/support/given.ts';
import { MemoryStorage } from '#test/support/memory-storage.ts';
import { MemoryLog } from '#test/support/ports.ts';
import { table } from '#test/support/table.ts';

const NOON = time('2030-01-01T12:00:00Z');
/** A read at noon goes back to ten o'clock. */
const SINCE = time('2030-01-01T10:00:00Z');
const OLD = time('2030-01-01T09:59:59Z');
const YOUNG = time('2030-01-01T10:00:00Z');

/** One generation at a place of the log: what it holds, and when it was created. Later ones archive earlier ones of that place. */
type Stored = readonly [what: 'seal' | 'replacement' | 'close' | 'junk', seq: number, created: number];
interface When {
  /** Ids that are wanted beyond the horizon, by the place of their seal. */
  readonly wanted?: readonly number[];
  readonly deepest?: number;
}

const reference = (seq: number) => ({ reference: `at-${seq}` });
const REPLACES = { replaces: 'c'.repeat(64), nonce: '0' };
const CONTENTS = {
  seal: (seq: number) => signedSeal(contentJson(BigInt(seq), [itemJson(BigInt(seq), reference(seq))])),
  replacement: (seq: number) =>
    signedSeal(contentJson(BigInt(seq), [itemJson(0n, { ...reference(seq), ...REPLACES })])),
  close: () => bytesOf(closeJson(['a'.repeat(64)])),
  junk: () => new TextEncoder().encode('junk'),
};
/** Signing costs time, and the same entry is the same bytes. */
const made = new Map<string, Uint8Array>();
const contentOf = (what: Stored[0], seq: number): Uint8Array => {
  const key = `${what} ${seq}`;
  const bytes = made.get(key) ?? CONTENTS[what](seq);
  made.set(key, bytes);
  return bytes;
};

const bucket = (stored: readonly Stored[]): MemoryStorage => {
  const storage = new MemoryStorage(() => NOON, [REGISTER]);
  storage.page = 200;
  for (const [what, seq, timeCreated] of stored) {
    const name = entryName(BigInt(seq));
    if (storage.names(REGISTER, name).length > 0) storage.archive(REGISTER, name);
    storage.put(REGISTER, name, contentOf(what, seq), { timeCreated });
  }
  return storage;
};
const idAt = (seq: number): string => requestFact(reference(seq)).id;

const readView = async (stored: readonly Stored[], { wanted = [], deepest }: When) => {
  const ids = new Set(wanted.map(idAt));
  const found = await readRegister(
    bucket(stored),
    LOG,
    { since: SINCE, cache: new Map(), wanted: ids, ...(deepest === undefined ? {} : { deepest }) },
    new MemoryLog(),
  );
  return found.entries.map(({ seq, entry }) => `${entry.kind} ${seq}`);
};

const some = (what: Stored[0], count: number, created: number, from = 0): readonly Stored[] =>
  Array.from({ length: count }, (_, n) => [what, from + n, created]);
const listed = (kind: 'seal' | 'close', from: number, down: number): readonly string[] =>
  Array.from({ length: from - down + 1 }, (_, n) => `${kind} ${from - n}`);

table('read: all generations, newest name first', readView, [
  ['An empty log.', [], {}, []],
  [
    'Every entry.',
    [
      ['seal', 0, YOUNG],
      ['close', 2, YOUNG],
      ['seal', 1, YOUNG],
    ],
    {},
    ['close 2', 'seal 1', 'seal 0'],
  ],
  [
    'What was archived is listed too.',
    [
      ['seal', 0, YOUNG],
      ['close', 0, YOUNG],
    ],
    {},
    ['seal 0', 'close 0'],
  ],
  [
    'Junk is skipped.',
    [
      ['seal', 0, YOUNG],
      ['junk', 1, YOUNG],
    ],
    {},
    ['seal 0'],
  ],
  ['More than a page holds, while all are young.', some('close', 450, YOUNG), {}, listed('close', 449, 0)],
]);

// Entries are read by 16 of a page. What lies in the same 16 as the end is in the view as well, and does no harm.
table('read: a seal with a nonce of its own, older than the horizon, ends it', readView, [
  ['All seals are old: the newest ends it.', some('seal', 18, OLD), {}, listed('seal', 17, 2)],
  ['No seal is old.', some('seal', 18, YOUNG), {}, listed('seal', 17, 0)],
  [
    'Below twenty young ones the first old one ends it.',
    [...some('seal', 16, OLD), ...some('close', 20, YOUNG, 16)],
    {},
    [...listed('close', 35, 16), ...listed('seal', 15, 4)],
  ],
  [
    'Old closes end nothing, not even a page of them: anybody can write them.',
    [...some('seal', 20, OLD), ...some('close', 300, OLD, 20)],
    {},
    [...listed('close', 319, 20), ...listed('seal', 19, 8)],
  ],
  ['Old junk ends nothing.', [...some('seal', 20, OLD), ...some('junk', 300, OLD, 20)], {}, listed('seal', 19, 8)],
  [
    'Old replacements end nothing: below them there may be higher nonces.',
    [...some('seal', 17, OLD), ...some('replacement', 17, OLD, 17)],
    {},
    listed('seal', 33, 2),
  ],
  [
    'Not amid the generations of its name.',
    [...some('seal', 18, OLD), ...Array.from({ length: 20 }, (): Stored => ['close', 17, OLD])],
    {},
    ['seal 17', ...Array.from({ length: 20 }, () => 'close 17'), ...listed('seal', 16, 6)],
  ],
]);

/** Places 70 to 0, all old: seals at 70, 40 and 20, closes at the others. */
const SPARSE = Array.from({ length: 71 }, (_, n): Stored => [[70, 40, 20].includes(n) ? 'seal' : 'close', n, OLD]);
const downTo = (down: number): readonly string[] =>
  Array.from({ length: 71 - down }, (_, n) => `${[70, 40, 20].includes(70 - n) ? 'seal' : 'close'} ${70 - n}`);

table('read: what is wanted may be older than any horizon', readView, [
  ['Nothing is wanted: the first old seal ends it.', SPARSE, {}, downTo(55)],
  ['It goes on to the seal of that id.', SPARSE, { wanted: [40] }, downTo(39)],
  ['To all of them.', SPARSE, { wanted: [40, 20] }, downTo(7)],
  ['To the end, where there is no such seal.', SPARSE, { wanted: [999] }, downTo(0)],
  [
    'But no further than one seal below the end, where it is told so.',
    SPARSE,
    { wanted: [999], deepest: 1 },
    downTo(39),
  ],
  ['Or two.', SPARSE, { wanted: [999], deepest: 2 }, downTo(7)],
  ['An id that is sealed where the read ends costs nothing.', SPARSE, { wanted: [70] }, downTo(55)],
]);

const rest = async (stored: readonly Stored[], _: 'beside the entries') => {
  const log = new MemoryLog();
  const storage = bucket(stored);
  storage.put(REGISTER, `${entryName(3n)}.txt`, contentOf('close', 3), { timeCreated: YOUNG });
  storage.put(REGISTER, `${entryName(3n).slice(0, -13)}/copies/${entryName(3n).slice(-12)}`, contentOf('close', 3));
  const { taken, at, since } = await readRegister(storage, LOG, { since: SINCE, cache: new Map() }, log);
  return { taken: [...taken], at, since, alarms: log.lines.map(({ event }) => event) };
};

table<readonly Stored[], 'beside the entries', unknown>('read: what else a read shows', rest, [
  [
    'Names that are not exactly those of entries count for nothing.',
    [],
    'beside the entries',
    { taken: [], at: NOON, since: SINCE, alarms: [] },
  ],
  [
    'Junk keeps its name taken, and is alarmed.',
    [
      ['junk', 4, YOUNG],
      ['seal', 2, YOUNG],
    ],
    'beside the entries',
    { taken: [4n, 2n], at: NOON, since: SINCE, alarms: ['register-junk'] },
  ],
]);

const read = (storage: MemoryStorage, cache = new Map<string, Entry | 'junk'>(), log = new MemoryLog()) =>
  readRegister(storage, LOG, { since: SINCE, cache }, log);

test('an object of more than a MiB is junk, and is not downloaded', async () => {
  const storage = new MemoryStorage(() => NOON, [REGISTER]);
  storage.put(REGISTER, entryName(0n), new Uint8Array(1024 * 1024 + 1));
  const log = new MemoryLog();
  expect((await read(storage, new Map(), log)).entries).toEqual([]);
  expect(log.lines).toMatchObject([{ level: 'alarm', event: 'register-junk', fields: { code: 'REGISTER_JUNK' } }]);
  expect(storage.calls.filter((call) => call.startsWith('read '))).toEqual([]);
});

test('an entry that is listed and cannot be read stops everything: somebody deleted it', async () => {
  const storage = bucket([['seal', 0, YOUNG]]);
  storage.before = { call: 'read', prefix: '', run: () => storage.erase(REGISTER, entryName(0n)) };
  await expect(read(storage)).rejects.toMatchObject({ code: 'REGISTER_CORRUPT' });
});

test('a generation is read once, and kept without its evidence', async () => {
  const storage = bucket([
    ['seal', 0, YOUNG],
    ['close', 1, YOUNG],
    ['junk', 2, YOUNG],
  ]);
  const sizes: number[] = [];
  const kept = new Map<string, Entry | 'junk'>();
  const cache = {
    get: (key: string) => kept.get(key),
    set: (key: string, entry: Entry | 'junk', bytes: number) => {
      sizes.push(bytes);
      kept.set(key, entry);
    },
  };
  const log = new MemoryLog();
  const once = await readRegister(storage, LOG, { since: SINCE, cache }, log);
  expect(await readRegister(storage, LOG, { since: SINCE, cache }, log)).toEqual(once);
  expect(storage.calls.filter((call) => call.startsWith('read '))).toHaveLength(3);
  expect(log.lines).toHaveLength(1);
  expect(once.entries.map(({ entry }) => (entry.kind === 'seal' ? entry.evidence : entry.kind))).toEqual(['close', '']);
  // In the order of their names; the seal's evidence is the word "evidence".
  expect(sizes).toEqual([
    contentOf('junk', 2).length,
    contentOf('close', 1).length,
    contentOf('seal', 0).length - 'evidence'.length,
  ]);
});

test('on later pages only what is older than the listing was surely there when it began', async () => {
  let now = NOON;
  const storage = new MemoryStorage(() => now, [REGISTER]);
  storage.page = 200;
  const place = (seq: bigint, timeCreated: number) =>
    storage.put(REGISTER, entryName(seq), contentOf('close', 0), { timeCreated });
  place(300n, NOON + 5000);
  for (let seq = 3n; seq < 203n; seq++) place(seq, YOUNG);
  place(1n, NOON - 1);
  place(0n, NOON);
  const onSecondPage = () => {
    now = NOON + 10_000;
  };
  const beforeList = (run: () => void): void => {
    storage.before = { call: 'list', prefix: '', run };
  };
  beforeList(() => beforeList(onSecondPage));
  const { at, entries } = await read(storage);
  expect(at).toBe(NOON);
  const early = (seq: bigint) => entries.find((one) => one.seq === seq)?.early;
  expect([early(300n), early(1n), early(0n)]).toEqual([true, true, false]);
});

test('a name is given once: who comes second reads again', async () => {
  const storage = new MemoryStorage(() => NOON, [REGISTER]);
  expect(await appendEntry(storage, LOG, 4n, contentOf('close', 4))).toBe(true);
  expect(await appendEntry(storage, LOG, 4n, contentOf('junk', 4))).toBe(false);
  expect(storage.names(REGISTER)).toEqual([entryName(4n)]);
});
