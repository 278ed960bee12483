import { expect, test } from 'vitest';
import type { Checkpoint } from '#core/register/checkpoint.ts';
import { type About, placesAbout } from '#core/register/covered.ts';
import { checkpointOf } from '#core/register/make-checkpoint.ts';
import { idsAt, isClosed, isSealedSince } from '#core/register/plan.ts';
import { replacementProblem } from '#core/register/replacement.ts';
import { reservedAt } from '#core/register/reserved.ts';
import { competingHashes } from '#core/register/rivals.ts';
import {
  closeBelieved,
  closeStands,
  conflictWith,
  judgeNonce,
  type ListedEntry,
  nextNonce,
  nextSeq,
  noncesOf,
  type RegisterView,
  type SeenGeneration,
} from '#core/register/rules.ts';
import { type Outlay, roomIn, sealedOutlays } from '#core/register/windows.ts';
import { time } from '#test/support/given.ts';
import fc from '#test/support/properties.ts';
import { asks, close, item, LIMITS, type Name, seal } from '#test/support/register.ts';

/** A view by a checkpoint must decide what a view of all entries decides, whatever lies in the register and wherever it is cut. */
const HOUR = 3_600_000;
const NOW = time('2030-01-03T00:30:00Z');
const CHAIN = { chainId: '31337', tokens: [] };
const NAMES = ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R9'] as const satisfies readonly Name[];
const LAW = 'e'.repeat(64);

/** Ids that differ where a checkpoint keeps them. Those of `register.ts` are all alike there. */
const idOf = (name: Name): string => name.slice(1).repeat(64);

/** What each request asks for: few references, so that they meet, and replacements of those before it. */
const requests = fc.array(
  fc.record({
    reference: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    requester: fc.constantFrom('shop', 'desk'),
    replaces: fc.option(fc.nat(7), { freq: 2 }),
    pinned: fc.option(fc.integer({ min: 0, max: 6 }), { freq: 4 }),
    value: fc.bigInt({ min: 0n, max: 9n }),
  }),
  { minLength: 9, maxLength: 9 },
);
type Asked = Readonly<Record<string, string>>;
type Of<T> = T extends fc.Arbitrary<infer V> ? V : never;
const fieldsOf = (all: Of<typeof requests>) =>
  all.map(({ reference, requester, replaces, pinned, value }, at): Asked => {
    const target = replaces === null || replaces >= at ? undefined : NAMES[replaces];
    const nonce = pinned ?? (target === undefined ? undefined : 1);
    return {
      ...{ reference, requester, value: `${value}` },
      ...(target === undefined ? {} : { replaces: idOf(target) }),
      ...(nonce === undefined ? {} : { nonce: `${nonce}` }),
    };
  });

/** One generation: what it holds, at which place, and how much later than the one before it. */
const generations = fc.array(
  fc.record({
    what: fc.constantFrom('seal', 'seal', 'seal', 'seal', 'close', 'junk'),
    items: fc.array(fc.tuple(fc.nat(8), fc.integer({ min: 0, max: 6 })), { minLength: 1, maxLength: 3 }),
    again: fc.boolean(),
    minutes: fc.integer({ min: 0, max: 400 }),
  }),
  { minLength: 1, maxLength: 14 },
);

type Seen = Exclude<SeenGeneration, { readonly note: unknown }> & { readonly listed: ListedEntry | undefined };

const registerOf = (asked: readonly Asked[], made: Of<typeof generations>): Seen[] => {
  let seq = -1n;
  let at = NOW - made.reduce((sum, { minutes }) => sum + minutes * 60_000, 0);
  return made
    .map(({ what, items, again, minutes }, n): Seen => {
      if (!again || seq < 0n) seq++;
      at += minutes * 60_000;
      const over = { generation: `${n + 1}`, timeCreated: at, rawHash: `hash-${n}` };
      const shown = { seq, generation: `${n + 1}`, crc32c: `crc${n}`, timeCreated: at };
      const names = items.map(([name]) => NAMES[name] ?? 'R1');
      if (what === 'junk') return { ...shown, entry: 'junk', listed: undefined };
      const listed =
        what === 'close'
          ? closeOf(seq, names, over)
          : seal(
              seq,
              items.map(([name, nonce]) => {
                const { nonce: own, ...fields } = asked[name] ?? {};
                const known = NAMES[name] ?? 'R1';
                return { ...item(known, BigInt(nonce), { ...fields, nonce: own ?? '' }), id: idOf(known) };
              }),
              { ...over, lawHash: LAW },
            );
      return { ...shown, entry: listed.entry, listed };
    })
    .toSorted((a, b) => (a.seq === b.seq ? Number(a.generation) - Number(b.generation) : a.seq > b.seq ? -1 : 1));
};

const closeOf = (seq: bigint, names: readonly Name[], over: Parameters<typeof close>[2]): ListedEntry => {
  const made = close(seq, names, over);
  const items = names.map((name) => ({ id: idOf(name), code: 'REJECTED' as const, reason: name }));
  return { ...made, entry: { kind: 'close', items, rawHash: made.entry.rawHash } };
};

const listedIn = (seen: readonly Seen[]) => seen.flatMap(({ listed }) => (listed === undefined ? [] : [listed]));

const wholeView = (seen: readonly Seen[]): RegisterView => ({
  entries: listedIn(seen),
  taken: new Set(seen.map(({ seq }) => seq)),
  at: NOW,
  since: 0,
  seen,
});

/** What a reader sees who has this checkpoint, and asks about these requests. */
const viewBy = (checkpoint: Checkpoint, seen: readonly Seen[], about: Omit<About, 'sealed'>): RegisterView => {
  const set = seen.filter(({ seq }) => seq < checkpoint.seq && seq >= checkpoint.bottom);
  expect(set).toHaveLength(checkpoint.entries.length);
  const above = listedIn(seen.filter(({ seq }) => seq >= checkpoint.seq));
  const items = above.flatMap(({ entry }) => (entry.kind === 'seal' ? entry.items : []));
  const matter = placesAbout(checkpoint, { ...about, sealed: items });
  const isRead = (one: Seen): boolean => one.seq >= checkpoint.seq || matter.has(set.indexOf(one));
  const shown = seen.filter(({ seq }) => seq >= checkpoint.bottom);
  return {
    ...wholeView(seen),
    entries: listedIn(shown.filter(isRead)),
    since: checkpoint.since,
    covered: {
      checkpoint,
      read: matter,
      noted: set.map(({ seq, timeCreated }, place) => ({
        ...{ seq, timeCreated },
        note: checkpoint.entries[place] ?? { kind: 'junk' },
      })),
    },
    seen: shown.map((one) =>
      isRead(one) ? one : { ...one, entry: undefined, note: checkpoint.entries[set.indexOf(one)] ?? { kind: 'junk' } },
    ),
  };
};

const answers = (view: RegisterView, name: Name, asked: Asked) => {
  const id = idOf(name);
  const request = asks(name, asked);
  const validUntil = NOW + 12 * HOUR;
  const nonces = [...noncesOf(id, view)].sort();
  return {
    nonces,
    verdict: judgeNonce(id, request, view, 0n),
    conflicts: nonces.map((nonce) => conflictWith({ id, nonce, request }, view)),
    closed: isClosed(id, view),
    stands: closeStands(id, validUntil, view, LIMITS),
    believed: closeBelieved(id, validUntil, { ...view, since: 0 }, LIMITS),
    beside: nonces.map((nonce) => [[...idsAt(nonce, view)].sort(), competingHashes(id, nonce, view).length]),
    problem: replacementProblem(id, request, view, new Set(NAMES.map(idOf))),
  };
};

const whole = (view: RegisterView) => ({
  nextNonce: nextNonce(view, 0n),
  nextSeq: nextSeq(view),
  sealedSince: [1, 5, 20].map((hours) => isSealedSince(NOW - hours * HOUR, view)),
  reserved: [...reservedAt(view, 2n)].sort(([a], [b]) => Number(a - b)),
});

/** wei: what must count in a window, from the entries alone. */
const truth = (seen: readonly Seen[], from: number): bigint => {
  const dearest = new Map<bigint, bigint>();
  for (const { entry, timeCreated } of listedIn(seen))
    for (const { nonce, request } of entry.kind === 'seal' && timeCreated > from ? entry.items : []) {
      const cost = BigInt(request.value) + BigInt(request.gasLimit) * BigInt(request.maxFeePerGas);
      if (cost > (dearest.get(nonce) ?? 0n)) dearest.set(nonce, cost);
    }
  return [...dearest.values()].reduce((sum, each) => sum + each, 0n);
};

/** The same without regard to nonces. */
const gross = (seen: readonly Seen[], from: number): bigint =>
  listedIn(seen)
    .flatMap(({ entry, timeCreated }) => (entry.kind === 'seal' && timeCreated > from ? entry.items : []))
    .reduce(
      (sum, { request }) => sum + BigInt(request.value) + BigInt(request.gasLimit) * BigInt(request.maxFeePerGas),
      0n,
    );

/** wei that a window of so many seconds, which ends now, counts of these. */
const roomOf = (outlays: readonly Outlay[], seconds: number): bigint => {
  const own = { wei: 0n, units: new Map<string, bigint>(), key: 'own', at: NOW };
  return roomIn({ name: 'window', seconds, maxWei: '1' }, own, outlays, CHAIN).used;
};

const cases = fc.record({
  asked: requests.map(fieldsOf),
  made: generations,
  cut: fc.nat(14),
  later: fc.nat(14),
  ask: fc.nat(8),
});

const makeAt = (view: RegisterView, seq: bigint, since = 0): Checkpoint | undefined =>
  checkpointOf(view, { seq, lawHash: LAW, chain: CHAIN, since, spentSince: since });

/** The places at which a seal could have come with a checkpoint. */
const cuts = (seen: readonly Seen[]): readonly bigint[] =>
  [
    ...new Set(seen.flatMap(({ seq, entry }) => (entry !== 'junk' && entry.kind === 'seal' && seq > 0n ? [seq] : []))),
  ].sort();

interface Case {
  readonly seen: readonly Seen[];
  readonly asked: readonly Asked[];
  readonly checkpoint: Checkpoint;
  readonly about: Omit<About, 'sealed'>;
  readonly name: Name;
}

/** `since`: how far back the checkpoint reaches at least. */
const caseOf = ({ asked, made, cut, ask }: Of<typeof cases>, since: number): Case | undefined => {
  const seen = registerOf(asked, made);
  const places = cuts(seen);
  const seq = places[cut % Math.max(places.length, 1)];
  const checkpoint = seq === undefined ? undefined : makeAt(wholeView(seen), seq, since);
  if (checkpoint === undefined) return undefined;
  const name = NAMES[ask] ?? 'R1';
  return { seen, asked, checkpoint, name, about: aboutOf(name, asked) };
};

const aboutOf = (name: Name, asked: readonly Asked[]) => ({
  requests: [{ id: idOf(name), request: asks(name, asked[NAMES.indexOf(name as (typeof NAMES)[number])]) }],
  ids: new Set<string>(),
});

const askedOf = ({ name, asked }: Case): Asked => asked[(NAMES as readonly Name[]).indexOf(name)] ?? {};

test('threat 108: decides as the entries do, wherever it is cut', () => {
  let covered = 0;
  fc.assert(
    fc.property(cases, (given) => {
      const one = caseOf(given, 0);
      if (one === undefined) return;
      const [by, all] = [viewBy(one.checkpoint, one.seen, one.about), wholeView(one.seen)];
      covered += by.entries.length < all.entries.length ? 1 : 0;
      expect(answers(by, one.name, askedOf(one))).toEqual(answers(all, one.name, askedOf(one)));
      expect(whole(by)).toEqual(whole(all));
    }),
    { numRuns: 2000 },
  );
  // Against vacuity: entries were left unread.
  expect(covered).toBeGreaterThan(500);
});

test('and as far back as it reaches, where what is older is in it no more', () => {
  let shorter = 0;
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 40 }), (given, hours) => {
      const one = caseOf(given, NOW - hours * HOUR);
      if (one === undefined) return;
      // A read of all entries ends at the same seal: no older one holds a higher nonce.
      const seen = one.seen.filter(({ seq }) => seq >= one.checkpoint.bottom);
      if (nextNonce(wholeView(seen), 0n) < nextNonce(wholeView(one.seen), 0n)) return;
      shorter += seen.length < one.seen.length ? 1 : 0;
      const [by, all] = [viewBy(one.checkpoint, one.seen, one.about), wholeView(seen)];
      expect(answers(by, one.name, askedOf(one))).toEqual(answers(all, one.name, askedOf(one)));
      expect(
        one.seen.filter(({ seq, timeCreated }) => seq < one.checkpoint.bottom && timeCreated >= one.checkpoint.since),
      ).toEqual([]);
    }),
    { numRuns: 2000 },
  );
  expect(shorter).toBeGreaterThan(100);
});

test('one that is made on another is the one that is made of all entries', () => {
  let chained = 0;
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 40 }), (given, hours) => {
      const since = NOW - hours * HOUR;
      const first = caseOf(given, 0);
      if (first === undefined) return;
      const later = cuts(first.seen).filter((seq) => seq > first.checkpoint.seq);
      const seq = later[given.later % Math.max(later.length, 1)];
      if (seq === undefined) return;
      chained++;
      const on = makeAt(viewBy(first.checkpoint, first.seen, first.about), seq, since);
      expect(on).toEqual(makeAt(wholeView(first.seen), seq, since));
    }),
    { numRuns: 2000 },
  );
  expect(chained).toBeGreaterThan(200);
});

test('its sums are never less than what a window must count, and at most an hour and what was replaced more', () => {
  let sums = 0;
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 60 }), (given, hours, spentHours) => {
      const seen = registerOf(given.asked, given.made);
      const seq = cuts(seen).at(-1);
      const spentSince = NOW - (hours + spentHours) * HOUR;
      const made =
        seq === undefined
          ? undefined
          : checkpointOf(wholeView(seen), { seq, lawHash: LAW, chain: CHAIN, since: NOW - hours * HOUR, spentSince });
      if (made === undefined) return;
      const name = NAMES[given.ask] ?? 'R1';
      const view = viewBy(made, seen, aboutOf(name, given.asked));
      const outlays = sealedOutlays(view, CHAIN);
      for (const seconds of [3600, spentHours * 3600]) {
        const from = NOW - seconds * 1000;
        const counted = roomOf(outlays, seconds);
        expect(counted).toBeGreaterThanOrEqual(truth(seen, from));
        expect(counted).toBeLessThanOrEqual(gross(seen, from - HOUR));
        sums += counted > 0n ? 1 : 0;
      }
    }),
    { numRuns: 2000 },
  );
  expect(sums).toBeGreaterThan(1000);
});
