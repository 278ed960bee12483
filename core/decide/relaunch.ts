import { type TurnMarks, turnsSince } from '../facts/turns.ts';

/** Turns that died over one request, before it goes last and alone, and before it is given up. */
export const SUSPECT_TRIES = 2;
export const MAX_TRIES = 4;
/** Turns that died one after the other, with any work in hand. The first limit tells a person; the second gives up what waits. */
export const ALARMING_DEATHS = 3;
export const MAX_DEATHS = 12;
/** Turns to read marks of: those whose deaths may count, and one that may be alive. */
export const ENOUGH_TURNS = MAX_DEATHS + 1;
const MAX_PAUSE_MS = 3_600_000;

/**
 * ms: from when on turns make a pause. Where a turn answered that the request waits for a nonce that has moved since (`answeredAt`), only
 * later turns count. What the mark says never counts beyond `now`, nor before the approval.
 */
export const pausesFrom = (approvedAt: number, answeredAt: number | undefined, now: number): number =>
  Math.max(approvedAt, Math.min(answeredAt ?? approvedAt, now));

/**
 * ms, the earliest time of another launch for a request approved at `from`. Each turn that ended without sealing it, in order or dead,
 * doubles the pause, from `pollMs` up to an hour. So a request that cannot be sealed now boots few machines until `validUntil`. Examples:
 * an unfunded wallet, a disabled key, an image that no co-signer accepts.
 */
export const relaunchAt = (turns: readonly TurnMarks[], from: number, pollMs: number): number => {
  const ended = turnsSince(turns, from);
  const last = ended.reduce((latest, { claimedAt, closedAt }) => Math.max(latest, closedAt ?? claimedAt), 0);
  return ended.length === 0 ? from : last + Math.min(MAX_PAUSE_MS, pollMs * 2 ** Math.min(ended.length - 1, 20));
};
