import {
  badTries,
  deathsInARow,
  isOpen,
  type SeenTurn,
  type TurnMarks,
  type TurnState,
  turnState,
  turnsIn,
} from '#core/facts/turns.ts';
import type { StoredObject } from '#core/ports.ts';
import { OPERATIONS, objectOf } from '#test/support/given.ts';
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

table('turns: how many turns died with a request in hand', tries, [
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

table('turns: turns that died one after the other, whatever they had in hand', deaths, [
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

/** Turn n of wallet hot: twelve digits that count down, so that the newest lists first. */
const NAME = { 1: 'turns/hot/999999999998', 2: 'turns/hot/999999999997', 3: 'turns/hot/999999999996' };
const mark = (name: string, timeCreated: number, metadata = {}): StoredObject =>
  objectOf(name, { timeCreated, metadata });
const marks = (objects: readonly StoredObject[], _: 'read') => turnsIn(objects);

table<readonly StoredObject[], 'read', readonly TurnMarks[]>('turns: read from their marks', marks, [
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

const LIMITS = { bootLimitSeconds: 300, turnLimitSeconds: 3600 };
const state = (given: Partial<SeenTurn>, _: 'seen'): TurnState =>
  turnState({ turn: 1n, zone: 'zone-a', closed: false, age: 0, machine: 'absent', ...given }, LIMITS);

table<Partial<SeenTurn>, 'seen', TurnState>('turns: open, closed, or dead', state, [
  ['A turn that closed is closed, whatever became of its VM.', { closed: true, machine: 'alive' }, 'seen', 'closed'],
  ['A VM that runs is at work, however old the claim is.', { machine: 'alive', age: 600 * MINUTE }, 'seen', 'open'],
  ['A VM that stopped before its turn closed died.', { machine: 'stopped' }, 'seen', 'died'],
  ['A VM that is not there yet may still come.', { age: 5 * MINUTE - 1 }, 'seen', 'open'],
  ['From the boot limit on a VM that is not there never comes.', { age: 5 * MINUTE }, 'seen', 'died'],
  ['Who cannot see the VM cannot tell.', { machine: 'unseen', age: 65 * MINUTE - 1 }, 'seen', 'unknown'],
  ['Nobody need see it once no VM can live any more.', { machine: 'unseen', age: 65 * MINUTE }, 'seen', 'died'],
]);

const MACHINES = ['alive', 'stopped', 'absent'] as const;
table(
  'turns: open is one of the four states',
  (age: number, machine: (typeof MACHINES)[number]) =>
    isOpen({ turn: 1n, zone: 'zone-a', closed: false, age, machine }, { ...OPERATIONS, ...LIMITS }),
  [
    ['A VM that runs.', HOUR, 'alive', true],
    ['A VM that stopped.', 0, 'stopped', false],
    ['A VM that may come.', 0, 'absent', true],
    ['A VM that never came.', HOUR, 'absent', false],
  ],
);
