import { type SeenRequest, type SeenTurn, type Why, whyOf } from '#core/decide/why.ts';
import type { Wait } from '#core/facts/wait.ts';
import type { WaitNumbers } from '#schemas/wait-about.ts';
import type { WaitCode } from '#schemas/waits.ts';
import { factsOf, type Story, time } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

/** A note or an announcement, `at` so many seconds. */
interface Noted {
  readonly code: WaitCode;
  readonly at?: number;
  readonly nextNonce?: bigint;
  readonly numbers?: WaitNumbers;
}

/** Left out: this reader may not see it. */
interface Given extends Story {
  readonly approvals?: readonly [have: number, need: number, possible: number];
  /** The open mark: what a turn and what another step noted. */
  readonly mark?: { readonly turn?: Noted; readonly step?: Noted };
  readonly announced?: readonly Noted[];
  readonly paused?: boolean;
  readonly stopped?: boolean;
  readonly register?: 'sound' | 'unlocked';
  readonly turn?: Partial<SeenTurn> | 'none';
  readonly mined?: bigint | 'no';
}

const HIDDEN = { unseen: 'PERMISSION_DENIED' };
const seen = <T, S>(value: T | undefined, as: (value: T) => S) => (value === undefined ? HIDDEN : { value: as(value) });
const wait = ({ code, at = 0, nextNonce, numbers }: Noted): Wait => ({
  code,
  at: at * 1000,
  nextNonce,
  ...(numbers === undefined ? {} : { numbers }),
});
const maybe = (noted: Noted | undefined) => (noted === undefined ? undefined : wait(noted));

/** Turn 3, claimed 100.9 s after the epoch. */
const TURN: SeenTurn = { turn: 3n, state: 'open', claimedAt: 100_900, deaths: 0 };

const seenOf = (given: Given): SeenRequest => ({
  facts: factsOf(given),
  approvals: seen(given.approvals, ([have, need, possible]) => ({ have, need, possible })),
  noted: seen(given.mark, ({ turn, step }) => ({ wait: maybe(turn), held: maybe(step) })),
  announced: seen(given.announced, (all) => all.map(wait)),
  isPaused: seen(given.paused, (paused) => paused),
  isStopped: seen(given.stopped, (stopped) => stopped),
  isRegisterSound: seen(given.register, (register) => register === 'sound'),
  turn: seen(given.turn, (turn) => (turn === 'none' ? undefined : { ...TURN, ...turn })),
  minedIn: seen(given.mined, (mined) => (mined === 'no' ? undefined : mined)),
});

interface Told {
  readonly code: WaitCode;
  readonly by: 'seen' | 'noted' | 'announced' | 'assumed';
  readonly numbers?: WaitNumbers;
}

const inShort = (why: Why): Told | 'unknown' | 'decided' => {
  if (why.kind !== 'waits') return why.kind;
  const { numbers } = why.about;
  return { code: why.code, by: why.by, ...(numbers === undefined ? {} : { numbers }) };
};
const why = (given: Given, { at }: { readonly at: string }) => inShort(whyOf(seenOf(given), time(at)));

const IN_TIME = { at: '2029-12-31T23:59:59Z' };
const TOO_LATE = { at: '2030-01-01T00:00:00Z' };
const told = (code: WaitCode, by: Told['by'], numbers?: WaitNumbers): Told => ({
  code,
  by,
  ...(numbers === undefined ? {} : { numbers }),
});

const ASKED: Given = { request: {} };
const APPROVED: Given = { request: {}, approved: ['alice', 'bob'] };
/** An approved request of an operator, who sees that nothing stands in its way. */
const OPEN: Given = { ...APPROVED, mark: {}, paused: false, stopped: false, register: 'sound', turn: 'none' };
const SENT: Given = { ...APPROVED, submitted: {} };

table<Given, { at: string }, Told | 'unknown' | 'decided'>('why: a request that is not approved', why, [
  ['Nothing is stored under its id.', {}, IN_TIME, 'unknown'],
  [
    'Approvals are counted where they can be seen.',
    { ...ASKED, approvals: [1, 2, 3] },
    IN_TIME,
    told('NOT_ENOUGH_SHARES', 'seen', { have: 1n, need: 2n }),
  ],
  ['With enough of them a turn is due.', { ...ASKED, approvals: [2, 2, 3] }, IN_TIME, told('TURN_DUE', 'seen')],
  [
    'With enough of them, and a delay that was noted and is not over.',
    { ...ASKED, approvals: [2, 2, 3], mark: { step: { code: 'DELAYED', numbers: { until: 1893456000n } } } },
    IN_TIME,
    told('DELAYED', 'noted', { until: 1893456000n }),
  ],
  [
    'When it is over a turn is due.',
    { ...ASKED, approvals: [2, 2, 3], mark: { step: { code: 'DELAYED', numbers: { until: 1893455998n } } } },
    IN_TIME,
    told('TURN_DUE', 'seen'),
  ],
  [
    'A delay without its end tells nothing.',
    { ...ASKED, approvals: [2, 2, 3], mark: { step: { code: 'DELAYED' } } },
    IN_TIME,
    told('TURN_DUE', 'seen'),
  ],
  [
    'A place that cannot be listed.',
    { ...ASKED, approvals: [2, 2, 3], mark: { step: { code: 'VOTE_UNREACHABLE' } } },
    IN_TIME,
    told('VOTE_UNREACHABLE', 'noted'),
  ],
  [
    'Who may not see the mark is told what was announced last.',
    {
      ...ASKED,
      approvals: [2, 2, 3],
      announced: [
        { code: 'NOT_ENOUGH_SHARES', at: 1 },
        { code: 'DELAYED', at: 2, numbers: { until: 1893456000n } },
      ],
    },
    IN_TIME,
    told('DELAYED', 'announced', { until: 1893456000n }),
  ],
  ['Too many rejections: it ends.', { ...ASKED, approvals: [1, 2, 1] }, IN_TIME, told('CLOSE_DUE', 'seen')],
  ['Its time is over.', { ...ASKED, approvals: [1, 2, 3] }, TOO_LATE, told('CLOSE_DUE', 'seen')],
  [
    'It is withdrawn, and the register does not say so yet.',
    { ...ASKED, approvals: [1, 2, 3], withdrawn: 'by its requester' },
    IN_TIME,
    told('CLOSE_DUE', 'seen'),
  ],
  [
    'Who may not list all shares reads the mark.',
    { ...ASKED, mark: { step: { code: 'NOT_ENOUGH_SHARES', numbers: { have: 0n, need: 2n } } } },
    IN_TIME,
    told('NOT_ENOUGH_SHARES', 'noted', { have: 0n, need: 2n }),
  ],
  [
    'Or what was announced.',
    { ...ASKED, announced: [{ code: 'SHARE_UNREACHABLE' }] },
    IN_TIME,
    told('SHARE_UNREACHABLE', 'announced'),
  ],
  [
    'A note of another stage says nothing of approvals.',
    { ...ASKED, mark: { step: { code: 'PAUSED' } } },
    IN_TIME,
    told('NOT_ENOUGH_SHARES', 'assumed'),
  ],
  ['Who sees nothing is told what is left.', ASKED, IN_TIME, told('NOT_ENOUGH_SHARES', 'assumed')],
]);

table<Given, { at: string }, Told | 'unknown' | 'decided'>('why: a request that is approved', why, [
  ['Nothing stands in its way: a turn is due.', OPEN, IN_TIME, told('TURN_DUE', 'seen')],
  ['A pause.', { ...OPEN, paused: true }, IN_TIME, told('PAUSED', 'seen')],
  ['A stop.', { ...OPEN, stopped: true }, IN_TIME, told('WALLET_STOPPED', 'seen')],
  ['A register that no turn accepts.', { ...OPEN, register: 'unlocked' }, IN_TIME, told('REGISTER_UNLOCKED', 'seen')],
  ['Its time is over: a pause changes nothing.', { ...OPEN, paused: true }, TOO_LATE, told('CLOSE_DUE', 'seen')],
  [
    'Sealed, and its bytes cannot come out: that is told also when its time is over.',
    { ...OPEN, mark: { step: { code: 'SEAL_STUCK' } } },
    TOO_LATE,
    told('SEAL_STUCK', 'noted'),
  ],
  [
    'Vetoed after the seal: no close can end it, and so neither does its time.',
    { ...OPEN, mark: { step: { code: 'SEAL_VETOED' } } },
    TOO_LATE,
    told('SEAL_VETOED', 'noted'),
  ],
  ['The turn at work.', { ...OPEN, turn: {} }, IN_TIME, told('TURN_OPEN', 'seen', { turn: 3n })],
  [
    'One whose machine cannot be seen may be at work.',
    { ...OPEN, turn: { state: 'unknown' } },
    IN_TIME,
    told('TURN_OPEN', 'seen', { turn: 3n }),
  ],
  [
    'What the turn at work noted says more.',
    { ...OPEN, turn: {}, mark: { turn: { code: 'BALANCE_LOW', at: 100 }, step: { code: 'TURN_OPEN', at: 99 } } },
    IN_TIME,
    told('BALANCE_LOW', 'noted'),
  ],
  [
    'What an earlier turn noted does not: this one looks again.',
    { ...OPEN, turn: {}, mark: { turn: { code: 'BALANCE_LOW', at: 99 } } },
    IN_TIME,
    told('TURN_OPEN', 'seen', { turn: 3n }),
  ],
  [
    'Where no turn is at work, it does.',
    { ...OPEN, turn: { state: 'closed' }, mark: { turn: { code: 'WINDOW_FULL', at: 99 } } },
    IN_TIME,
    told('WINDOW_FULL', 'noted'),
  ],
  [
    'Turns that died.',
    { ...OPEN, turn: { state: 'died', deaths: 2 } },
    IN_TIME,
    told('TURN_DIED', 'seen', { deaths: 2n }),
  ],
  [
    'A turn that ended in order: the next one is due.',
    { ...OPEN, turn: { state: 'closed' } },
    IN_TIME,
    told('TURN_DUE', 'seen'),
  ],
  [
    'Zones without room.',
    { ...OPEN, turn: { state: 'closed' }, mark: { step: { code: 'NO_CAPACITY', at: 120 } } },
    IN_TIME,
    told('NO_CAPACITY', 'noted'),
  ],
  [
    'A zone had room after all.',
    { ...OPEN, turn: {}, mark: { step: { code: 'NO_CAPACITY', at: 120 } } },
    IN_TIME,
    told('TURN_OPEN', 'seen', { turn: 3n }),
  ],
  [
    'A pause that was noted and is over.',
    { ...OPEN, mark: { turn: { code: 'WINDOW_FULL', at: 1 }, step: { code: 'PAUSED', at: 2 } } },
    IN_TIME,
    told('WINDOW_FULL', 'noted'),
  ],
  [
    'A pause that was noted, and that this reader cannot see.',
    { ...APPROVED, mark: { step: { code: 'PAUSED' } } },
    IN_TIME,
    told('PAUSED', 'noted'),
  ],
  [
    'A stop that was noted and is lifted.',
    { ...OPEN, mark: { step: { code: 'WALLET_STOPPED' } } },
    IN_TIME,
    told('TURN_DUE', 'seen'),
  ],
  [
    'A turn that was noted as open and has ended.',
    { ...OPEN, turn: { state: 'closed' }, mark: { step: { code: 'TURN_OPEN', at: 200 } } },
    IN_TIME,
    told('TURN_DUE', 'seen'),
  ],
  [
    'A turn that was noted as open and has died.',
    { ...OPEN, turn: { state: 'died', deaths: 1 }, mark: { step: { code: 'TURN_OPEN', at: 200 } } },
    IN_TIME,
    told('TURN_DIED', 'seen', { deaths: 1n }),
  ],
  [
    'Deaths that were noted, and a turn at work now.',
    { ...OPEN, turn: {}, mark: { step: { code: 'TURN_DIED', at: 200 } } },
    IN_TIME,
    told('TURN_OPEN', 'seen', { turn: 3n }),
  ],
  [
    'A wait for a nonce names its own.',
    { ...OPEN, request: { nonce: '9' }, mark: { turn: { code: 'NONCE_AHEAD', nextNonce: 2n } } },
    IN_TIME,
    told('NONCE_AHEAD', 'noted', { ownNonce: 9n }),
  ],
  [
    'Where it names none, there is none to tell.',
    { ...OPEN, mark: { turn: { code: 'NONCE_AHEAD', nextNonce: 2n } } },
    IN_TIME,
    told('NONCE_AHEAD', 'noted'),
  ],
  [
    'A dApp sees what was announced, the newest of it.',
    {
      ...APPROVED,
      announced: [
        { code: 'PAUSED', at: 5 },
        { code: 'BALANCE_LOW', at: 9 },
        { code: 'TURN_OPEN', at: 7 },
      ],
    },
    IN_TIME,
    told('BALANCE_LOW', 'announced'),
  ],
  ['A dApp to whom nothing was announced.', { ...APPROVED, announced: [] }, IN_TIME, told('TURN_DUE', 'assumed')],
  ['Who sees nothing at all.', APPROVED, IN_TIME, told('TURN_DUE', 'assumed')],
]);

table<Given, { at: string }, Told | 'unknown' | 'decided'>('why: a request that is submitted', why, [
  ['Its block is seen.', { ...SENT, mark: {}, mined: 5n }, TOO_LATE, told('NOT_FINAL', 'seen')],
  [
    'What settlement noted of that block says how far the chain is final.',
    { ...SENT, mined: 5n, mark: { step: { code: 'NOT_FINAL', numbers: { block: 5n, finalBlock: 3n } } } },
    TOO_LATE,
    told('NOT_FINAL', 'noted', { block: 5n, finalBlock: 3n }),
  ],
  [
    'A block that a reorganisation took away.',
    { ...SENT, mined: 'no', mark: { step: { code: 'NOT_FINAL' } } },
    TOO_LATE,
    told('NOT_MINED', 'seen'),
  ],
  [
    'A reader without a node goes by the note.',
    { ...SENT, mark: { step: { code: 'NOT_FINAL' } } },
    TOO_LATE,
    told('NOT_FINAL', 'noted'),
  ],
  [
    'An earlier nonce.',
    { ...SENT, mined: 'no', mark: { step: { code: 'EARLIER_NONCE', numbers: { ownNonce: 7n } } } },
    TOO_LATE,
    told('EARLIER_NONCE', 'noted', { ownNonce: 7n }),
  ],
  [
    'Something else was mined: whatever else is seen, a person is needed.',
    { ...SENT, mined: 5n, mark: { step: { code: 'MINED_MISMATCH' } } },
    TOO_LATE,
    told('MINED_MISMATCH', 'noted'),
  ],
  ['Sent, and nothing else is known.', { ...SENT, mark: {}, mined: 'no' }, TOO_LATE, told('NOT_MINED', 'seen')],
  [
    'A dApp without a node sees what was announced.',
    { ...SENT, announced: [{ code: 'FEE_TOO_LOW' }] },
    TOO_LATE,
    told('FEE_TOO_LOW', 'announced'),
  ],
  ['Who sees nothing.', SENT, TOO_LATE, told('NOT_MINED', 'assumed')],
  ['It is over.', { ...SENT, outcome: 'finalized' }, TOO_LATE, 'decided'],
]);
