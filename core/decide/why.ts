import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import type { TurnState } from '#core/facts/turns.ts';
import { type FoundWait, type NotedWaits, newestWait, type Wait } from '#core/facts/wait.ts';
import type { OutcomeFact } from '#schemas/facts.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import type { WaitAbout } from '#schemas/wait-about.ts';
import type { WaitCode } from '#schemas/waits.ts';

/** A part that this reader may not see, or that did not answer, is `unseen` and why. */
export type Seen<T> = { readonly value: T } | { readonly unseen: string };

/** What a reader sees of a request. Parts that its stage does not need may be unseen. */
export interface SeenRequest {
  readonly facts: RequestFacts;
  /** Approvals that are there, that are needed, and that are there or may still come. */
  readonly approvals: Seen<{ readonly have: number; readonly need: number; readonly possible: number }>;
  /** Of the open mark. */
  readonly noted: Seen<NotedWaits>;
  /** Facts `waiting`; `at`: ms, when each was created. */
  readonly announced: Seen<readonly Wait[]>;
  readonly isPaused: Seen<boolean>;
  /** A stop stands that this request does not lift. */
  readonly isStopped: Seen<boolean>;
  readonly isRegisterSound: Seen<boolean>;
  /** The newest turn of the wallet. `claimedAt`: ms. */
  readonly turn: Seen<SeenTurn | undefined>;
  /** The block of the mined rung; undefined: none is mined. */
  readonly minedIn: Seen<bigint | undefined>;
}

export interface SeenTurn {
  readonly turn: bigint;
  readonly state: TurnState;
  readonly claimedAt: number;
  /** Turns in a row, up to this one, that died. */
  readonly deaths: number;
}

/** How it is known: seen now, noted in the open mark, or announced some time ago. Assumed: nothing that says more can be seen. */
export type KnownBy = 'seen' | 'noted' | 'announced' | 'assumed';

export type Why =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'decided'; readonly outcome: OutcomeFact }
  | {
      readonly kind: 'waits';
      readonly code: WaitCode;
      readonly about: WaitAbout;
      readonly by: KnownBy;
      /** ms: when it was noted or announced */
      readonly at: number | undefined;
    };

const seenIn = <T>(part: Seen<T>): T | undefined => ('value' in part ? part.value : undefined);

const now = (code: WaitCode, about: WaitAbout = {}): Why => ({ kind: 'waits', code, about, by: 'seen', at: undefined });
const assumed = (code: WaitCode): Why => ({ kind: 'waits', code, about: {}, by: 'assumed', at: undefined });
const known = ({ code, at, ...about }: Wait, by: KnownBy): Why => ({ kind: 'waits', code, about, by, at });

const ended = (request: TransactionRequest, { withdrawn }: RequestFacts, at: number): boolean =>
  withdrawn !== undefined || validUntilMs(request) <= at;

/** Codes of a request whose approvals are missing. Of an approved one they mean what a turn found, and of a sealed one nothing. */
const BEFORE_APPROVAL: readonly WaitCode[] = ['NOT_ENOUGH_SHARES', 'SHARE_UNREACHABLE', 'DELAYED', 'VOTE_UNREACHABLE'];
/** Codes that time alone does not end: they come before all that can be seen from outside. */
const FOR_A_PERSON: readonly FoundWait['code'][] = [
  'SEAL_STUCK',
  'SEAL_VETOED',
  'SEAL_MISMATCH',
  'TAMPERED',
  'MINED_MISMATCH',
  'ID_MISMATCH',
];

/** The newest that was announced in its stage, for whoever may not see the mark. */
const announcedIn = ({ announced, facts: { submitted, approved } }: SeenRequest): Why | undefined => {
  const since = (submitted ?? approved)?.object.timeCreated ?? 0;
  const waits = (seenIn(announced) ?? []).filter(({ at }) => at >= since).toSorted((a, b) => b.at - a.at);
  return waits[0] === undefined ? undefined : known(waits[0], 'announced');
};

/** Enough approved, and what was noted or announced says that its delay goes on, or that a place is not seen. */
const delayOfAccepted = (seen: SeenRequest, at: number): Why | undefined => {
  const isOn = ({ code, numbers }: Wait): boolean =>
    code === 'VOTE_UNREACHABLE' || (code === 'DELAYED' && Number(numbers?.until ?? 0n) * 1000 > at);
  const held = seenIn(seen.noted)?.held;
  if (held !== undefined) return isOn(held) ? known(held, 'noted') : undefined;
  const told = (seenIn(seen.announced) ?? []).toSorted((a, b) => b.at - a.at)[0];
  return told !== undefined && isOn(told) ? known(told, 'announced') : undefined;
};

const whyAccepted = (seen: SeenRequest, request: TransactionRequest, at: number): Why => {
  if (ended(request, seen.facts, at)) return now('CLOSE_DUE');
  const approvals = seenIn(seen.approvals);
  if (approvals === undefined) {
    const noted = seenIn(seen.noted)?.held;
    if (noted !== undefined && BEFORE_APPROVAL.includes(noted.code)) return known(noted, 'noted');
    return announcedIn(seen) ?? assumed('NOT_ENOUGH_SHARES');
  }
  const { have, need, possible } = approvals;
  if (possible < need) return now('CLOSE_DUE');
  if (have >= need) return delayOfAccepted(seen, at) ?? now('TURN_DUE');
  return now('NOT_ENOUGH_SHARES', { numbers: { have: BigInt(have), need: BigInt(need) } });
};

/** What was noted, and what is seen now says that it is over. */
const isOver = ({ code }: Wait, { isPaused, isStopped, turn }: SeenRequest): boolean => {
  const state = seenIn(turn)?.state;
  switch (code) {
    case 'PAUSED':
      return seenIn(isPaused) === false;
    case 'WALLET_STOPPED':
      return seenIn(isStopped) === false;
    case 'TURN_OPEN':
      return state === 'closed' || state === 'died';
    case 'NO_CAPACITY':
    case 'TURN_DIED':
      return state === 'open';
    default:
      return false;
  }
};

const notedOf = (seen: SeenRequest): Wait | undefined => {
  const { wait, held } = seenIn(seen.noted) ?? { wait: undefined, held: undefined };
  const standing = (one: Wait | undefined) => (one === undefined || isOver(one, seen) ? undefined : one);
  return newestWait({ wait: standing(wait), held: standing(held) }, true);
};

/** Noted in the second of the claim or later; marks hold whole seconds. */
const isNewer = (noted: Wait, { claimedAt }: SeenTurn): boolean => noted.at >= Math.floor(claimedAt / 1000) * 1000;

const whyOfTurn = ({ turn, state, deaths }: SeenTurn): Why | undefined => {
  switch (state) {
    case 'open':
    case 'unknown':
      return now('TURN_OPEN', { numbers: { turn } });
    case 'died':
      return now('TURN_DIED', { numbers: { deaths: BigInt(deaths) } });
    case 'closed':
      return undefined;
    /* v8 ignore next -- every state is above @preserve */
    default:
      return state satisfies never;
  }
};

/** A wait for a nonce is told with the nonce that the request names. */
const withOwnNonce = (noted: Wait, { nonce }: TransactionRequest): Wait =>
  noted.code === 'NONCE_AHEAD' && nonce !== ''
    ? { ...noted, numbers: { ...noted.numbers, ownNonce: BigInt(nonce) } }
    : noted;

const whyApproved = (seen: SeenRequest, request: TransactionRequest, at: number): Why => {
  const newest = notedOf(seen);
  const noted = newest === undefined ? undefined : withOwnNonce(newest, request);
  if (noted !== undefined && FOR_A_PERSON.includes(noted.code)) return known(noted, 'noted');
  if (ended(request, seen.facts, at)) return now('CLOSE_DUE');
  if (seenIn(seen.isPaused) === true) return now('PAUSED');
  if (seenIn(seen.isStopped) === true) return now('WALLET_STOPPED');
  if (seenIn(seen.isRegisterSound) === false) return now('REGISTER_UNLOCKED');
  const turn = seenIn(seen.turn);
  if (noted !== undefined && (turn === undefined || isNewer(noted, turn))) return known(noted, 'noted');
  const ofTurn = turn === undefined ? undefined : whyOfTurn(turn);
  if (ofTurn !== undefined) return ofTurn;
  if (noted !== undefined) return known(noted, 'noted');
  if ('value' in seen.noted) return now('TURN_DUE');
  return announcedIn(seen) ?? assumed('TURN_DUE');
};

const whySubmitted = (seen: SeenRequest): Why => {
  const noted = seenIn(seen.noted)?.held;
  if (noted !== undefined && FOR_A_PERSON.includes(noted.code)) return known(noted, 'noted');
  const isNotedFinality = noted?.code === 'NOT_FINAL';
  const block = seenIn(seen.minedIn);
  if (block !== undefined && !isNotedFinality) return now('NOT_FINAL');
  if (noted !== undefined && !(isNotedFinality && 'value' in seen.minedIn && block === undefined))
    return known(noted, 'noted');
  if ('value' in seen.minedIn) return now('NOT_MINED');
  return announcedIn(seen) ?? assumed('NOT_MINED');
};

/** What a request waits for, or how it ended. `at`: ms, now. */
export const whyOf = (seen: SeenRequest, at: number): Why => {
  const state = stateOf(seen.facts);
  switch (state.stage) {
    case 'unknown':
      return { kind: 'unknown' };
    case 'decided':
      return { kind: 'decided', outcome: state.outcome };
    case 'accepted':
      return whyAccepted(seen, state.request.request, at);
    case 'approved':
      return whyApproved(seen, state.request.request, at);
    case 'submitted':
      return whySubmitted(seen);
    /* v8 ignore next -- every stage is above @preserve */
    default:
      return state satisfies never;
  }
};
