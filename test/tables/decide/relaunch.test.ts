import {
  ALARMING_DEATHS,
  badTries,
  deathsInARow,
  MAX_DEATHS,
  MAX_TRIES,
  relaunchAt,
  SUSPECT_TRIES,
  type TurnMarks,
  turnsIn,
} from '#core/decide/relaunch.ts';
import type { StoredObject } from '#core/ports.ts';
import { objectOf } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

/** One turn, all times in ms: closed or not (it died, or is open), and what it had in hand. */
type Turn = Partial<Omit<TurnMarks, 'turn' | 'tried'>> & { readonly tried?: readonly string[] };

/** Newest first, numbered so that the oldest is turn 1. */
const turns = (list: readonly Turn[]): readonly TurnMarks[] =>
  list.map(({ tried = [], ...turn }, n) => ({
    turn: BigInt(list.length - n),
    ...{ claimedAt: 0, closedAt: undefined, exhausted: false },
    ...turn,
    tried: new Set(tried),
  }));

const tries = (list: readonly Turn[], { alive }: { readonly alive?: bigint }) => badTries(A, turns(list), alive);

table('relaunch: how many turns died with a request in hand', tries, [
  ['No turn at all: none.', [], {}, 0],
  ['A turn that died with it: one.', [{ tried: [A] }], {}, 1],
  ['A turn that died with another in hand: none.', [{ tried: [B] }], {}, 0],
  ['A turn that died with nothing in hand: none.', [{}], {}, 0],
  ['A turn that ended in order blames nobody.', [{ tried: [A], closedAt: HOUR }], {}, 0],
  ['The turn that is at work has not died of it.', [{ tried: [A] }, { tried: [A] }], { alive: 2n }, 1],
  ['Each that died counts, with others in hand or not.', [{ tried: [A, B] }, { closedAt: 1 }, { tried: [A] }], {}, 2],
]);

interface Since {
  /** ms: when the request was approved. */
  readonly from: number;
  readonly alive?: bigint;
}
const deaths = (list: readonly Turn[], { from, alive }: Since) => deathsInARow(turns(list), from, alive);

table('relaunch: turns that died one after the other, whatever they had in hand', deaths, [
  ['No turn: none.', [], { from: 0 }, 0],
  ['Each turn that never closed: one.', [{ claimedAt: 3 }, { claimedAt: 2 }, { claimedAt: 1 }], { from: 0 }, 3],
  [
    'One that ended in order ends the row.',
    [{ claimedAt: 3 }, { claimedAt: 2, closedAt: 2 }, { claimedAt: 1 }],
    { from: 0 },
    1,
  ],
  [
    'Where the newest ended in order, the row is over.',
    [{ claimedAt: 2, closedAt: 9 }, { claimedAt: 1 }],
    { from: 0 },
    0,
  ],
  [
    'The turn that is at work is neither dead nor in order.',
    [{ claimedAt: 2 }, { claimedAt: 1 }],
    { from: 0, alive: 2n },
    1,
  ],
  [
    'A turn from before the approval has nothing to do with it.',
    [{ claimedAt: 20 }, { claimedAt: 9 }],
    { from: 10 },
    1,
  ],
  ['A turn that was claimed with the approval counts.', [{ claimedAt: 10 }], { from: 10 }, 1],
  [
    'A zone without a machine is no death, and no end in order.',
    [{ claimedAt: 3 }, { claimedAt: 2, closedAt: 2, exhausted: true }, { claimedAt: 1 }],
    { from: 0 },
    2,
  ],
]);

const POLL = 15 * SECOND;
const next = (list: readonly Turn[], { from }: Since) => relaunchAt(turns(list), from, POLL);
const dead = (...claimedAt: readonly number[]): readonly Turn[] => claimedAt.map((at) => ({ claimedAt: at }));

table('relaunch: a pause that doubles with each turn that did not seal it', next, [
  ['Before the first turn there is no pause.', [], { from: 7 }, 7],
  [
    'After one turn: a poll after its end.',
    [{ claimedAt: MINUTE, closedAt: 2 * MINUTE }],
    { from: 0 },
    2 * MINUTE + 15 * SECOND,
  ],
  ['Of a turn that died only the claim is known.', dead(MINUTE), { from: 0 }, MINUTE + 15 * SECOND],
  ['After two: two polls.', dead(2 * MINUTE, MINUTE), { from: 0 }, 2 * MINUTE + 30 * SECOND],
  ['After three: four polls.', dead(3 * MINUTE, 2 * MINUTE, MINUTE), { from: 0 }, 4 * MINUTE],
  [
    'It counts from the latest end, which need not be that of the newest turn.',
    [{ claimedAt: 2 * MINUTE }, { claimedAt: MINUTE, closedAt: 9 * MINUTE }],
    { from: 0 },
    9 * MINUTE + 30 * SECOND,
  ],
  ['The eighth pause is 32 minutes.', dead(8, 7, 6, 5, 4, 3, 2, 1), { from: 0 }, 8 + 32 * MINUTE],
  ['No pause is longer than an hour.', dead(9, 8, 7, 6, 5, 4, 3, 2, 1), { from: 0 }, 9 + HOUR],
  [
    'A thousand turns: an hour, and no overflow.',
    dead(...Array.from({ length: 1000 }, (_, n) => 1000 - n)),
    { from: 0 },
    1000 + HOUR,
  ],
  ['A turn from before the approval makes no pause.', dead(10), { from: 11 }, 11],
  [
    'A zone without a machine makes no pause: the next zone is tried.',
    [{ claimedAt: 10, closedAt: 10, exhausted: true }],
    { from: 0 },
    0,
  ],
]);

/** Turn n of wallet hot: twelve digits that count down, so that the newest lists first. */
const NAME = { 1: 'turns/hot/999999999998', 2: 'turns/hot/999999999997', 3: 'turns/hot/999999999996' };
const mark = (name: string, timeCreated: number, metadata = {}): StoredObject =>
  objectOf(name, { timeCreated, metadata });
const marks = (objects: readonly StoredObject[], _: 'read') => turnsIn(objects);

table<readonly StoredObject[], 'read', readonly TurnMarks[]>('relaunch: turns from their marks', marks, [
  ['No mark: no turn.', [], 'read', []],
  [
    'A claim is a turn.',
    [mark(NAME[1], 5)],
    'read',
    [{ turn: 1n, claimedAt: 5, closedAt: undefined, exhausted: false, tried: new Set() }],
  ],
  [
    'What is named closed and tried belongs to its claim, in whatever order it is listed.',
    [
      mark(`${NAME[1]}.tried-${A}`, 6),
      mark(`${NAME[1]}.closed`, 9),
      mark(NAME[1], 5),
      mark(`${NAME[1]}.tried-${B}`, 7),
    ],
    'read',
    [{ turn: 1n, claimedAt: 5, closedAt: 9, exhausted: false, tried: new Set([A, B]) }],
  ],
  [
    'A close that launch wrote says that the zone had no machine.',
    [mark(NAME[1], 5), mark(`${NAME[1]}.closed`, 9, { exhausted: 'true' })],
    'read',
    [{ turn: 1n, claimedAt: 5, closedAt: 9, exhausted: true, tried: new Set() }],
  ],
  [
    'A mark without a claim is no turn: whoever can start machines can make it.',
    [mark(`${NAME[2]}.tried-${A}`, 6), mark(`${NAME[3]}.closed`, 6)],
    'read',
    [],
  ],
  [
    'A name that is no mark counts for nothing.',
    [mark('turns/hot/7', 1), mark('turns/hot/999999999998.lost', 1)],
    'read',
    [],
  ],
  [
    'The newest turn comes first.',
    [mark(NAME[1], 1), mark(NAME[3], 3), mark(NAME[2], 2)],
    'read',
    [3n, 2n, 1n].map((turn) => ({
      turn,
      claimedAt: Number(turn),
      closedAt: undefined,
      exhausted: false,
      tried: new Set(),
    })),
  ],
]);

const limit = (name: 'suspect' | 'given up' | 'told' | 'deaths', _: 'turns') =>
  ({ suspect: SUSPECT_TRIES, 'given up': MAX_TRIES, told: ALARMING_DEATHS, deaths: MAX_DEATHS })[name];

table('relaunch: how long it goes on', limit, [
  ['After two turns that died over it, a request goes last and alone.', 'suspect', 'turns', 2],
  ['After four it is given up.', 'given up', 'turns', 4],
  ['After three turns in a row that died over nothing, somebody is told.', 'told', 'turns', 3],
  ['After twelve turns in a row that died over nothing, what waits is given up.', 'deaths', 'turns', 12],
]);
