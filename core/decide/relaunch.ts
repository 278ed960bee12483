import { turnOf } from '#schemas/names.ts';
import type { StoredObject } from '../ports.ts';

/** One turn of a wallet as its marks tell it. */
export interface TurnMarks {
  readonly turn: bigint;
  /** ms */
  readonly claimedAt: number;
  /** ms, or undefined while it is open, or for ever where its VM died. */
  readonly closedAt: number | undefined;
  /** Closed by launch, since its zone had no machine: no VM ever ran. */
  readonly exhausted: boolean;
  /** Ids that the turn worked on. */
  readonly tried: ReadonlySet<string>;
}

export const EXHAUSTED = { exhausted: 'true' } as const;
/** Turns that died over one request, before it goes last and alone, and before it is given up. */
export const SUSPECT_TRIES = 2;
export const MAX_TRIES = 4;
/** Turns that died one after the other, whatever they had in hand, before somebody is told, and before what waits for them is given up. */
export const ALARMING_DEATHS = 3;
export const MAX_DEATHS = 12;
const MAX_PAUSE_MS = 3_600_000;

/** Newest first. Marks of turns without a claim do not count. */
export const turnsIn = (objects: readonly StoredObject[]): readonly TurnMarks[] => {
  const turns = new Map<bigint, { claimedAt?: number; closedAt?: number; exhausted: boolean; tried: Set<string> }>();
  for (const { name, timeCreated, metadata } of objects) {
    const mark = turnOf(name);
    if (mark === undefined) continue;
    const turn = turns.get(mark.turn) ?? { exhausted: false, tried: new Set<string>() };
    turns.set(mark.turn, turn);
    if (mark.kind === 'claim') turn.claimedAt = timeCreated;
    else if (mark.kind === 'tried') turn.tried.add(mark.id);
    else {
      turn.closedAt = timeCreated;
      turn.exhausted = metadata.exhausted !== undefined;
    }
  }
  return [...turns]
    .flatMap(([turn, { claimedAt, closedAt, exhausted, tried }]) =>
      claimedAt === undefined ? [] : [{ turn, claimedAt, closedAt, exhausted, tried }],
    )
    .sort((a, b) => (a.turn < b.turn ? 1 : -1));
};

/** How many turns died while they had this request in hand. A turn that ended in order blames nobody. `alive`: turns not to count. */
export const badTries = (id: string, turns: readonly TurnMarks[], alive: bigint | undefined): number =>
  turns.filter(({ turn, closedAt, tried }) => closedAt === undefined && turn !== alive && tried.has(id)).length;

const since = (turns: readonly TurnMarks[], from: number): readonly TurnMarks[] =>
  turns.filter(({ claimedAt, exhausted }) => !exhausted && claimedAt >= from);

/**
 * Turns in a row, up to the newest, that died since `from` (ms): refused by attestation, by the register's lock, at boot. Most never had any
 * request in hand, so that no request is to blame. `alive`: a turn not to count.
 */
export const deathsInARow = (turns: readonly TurnMarks[], from: number, alive: bigint | undefined): number => {
  const ended = since(turns, from).filter(({ turn }) => turn !== alive);
  const firstInOrder = ended.findIndex(({ closedAt }) => closedAt !== undefined);
  return firstInOrder === -1 ? ended.length : firstInOrder;
};

/**
 * ms, the earliest time of another launch for a request approved at `from`. Each turn that ended without sealing it, in order or dead,
 * doubles the pause, from `pollMs` up to an hour, so that what cannot be sealed now (an unfunded wallet, a disabled key, an image that
 * nobody accepts) boots few machines until `validUntil`.
 */
export const relaunchAt = (turns: readonly TurnMarks[], from: number, pollMs: number): number => {
  const ended = since(turns, from);
  const last = ended.reduce((latest, { claimedAt, closedAt }) => Math.max(latest, closedAt ?? claimedAt), 0);
  return ended.length === 0 ? from : last + Math.min(MAX_PAUSE_MS, pollMs * 2 ** Math.min(ended.length - 1, 20));
};
