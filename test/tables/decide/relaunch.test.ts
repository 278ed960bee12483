import {
  ALARMING_DEATHS,
  MAX_DEATHS,
  MAX_TRIES,
  pausesFrom,
  relaunchAt,
  SUSPECT_TRIES,
} from '#core/decide/relaunch.ts';
import type { TurnMarks } from '#core/facts/turns.ts';
import { table } from '#test/support/table.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

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

interface Since {
  /** ms: when the request was approved. */
  readonly from: number;
}

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

const limit = (name: 'suspect' | 'given up' | 'told' | 'deaths', _: 'turns') =>
  ({ suspect: SUSPECT_TRIES, 'given up': MAX_TRIES, told: ALARMING_DEATHS, deaths: MAX_DEATHS })[name];

table('relaunch: how long it goes on', limit, [
  ['After two turns that died over it, a request goes last and alone.', 'suspect', 'turns', 2],
  ['After four it is given up.', 'given up', 'turns', 4],
  ['After three turns in a row that died over nothing, somebody is told.', 'told', 'turns', 3],
  ['After twelve turns in a row that died over nothing, what waits is given up.', 'deaths', 'turns', 12],
]);

/** ms: when it was approved, and when a turn last answered that it waits for a nonce which has moved since. */
interface Answered {
  readonly approvedAt: number;
  readonly answeredAt?: number;
}
const from = ({ approvedAt, answeredAt }: Answered, { now }: { readonly now: number }) =>
  pausesFrom(approvedAt, answeredAt, now);

table('relaunch: turns from when on make a pause', from, [
  ['No turn answered: all since the approval.', { approvedAt: 10 }, { now: 90 }, 10],
  [
    'What it waited for is over: those before the answer were not in vain.',
    { approvedAt: 10, answeredAt: 50 },
    { now: 90 },
    50,
  ],
  ['An answer from before the approval is not about it.', { approvedAt: 10, answeredAt: 5 }, { now: 90 }, 10],
  [
    'An answer from the future: somebody wrote it, and it counts as of now.',
    { approvedAt: 10, answeredAt: 500 },
    { now: 90 },
    90,
  ],
]);
