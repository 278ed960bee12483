import type { Operations } from '#schemas/config.ts';
import { turnOf } from '#schemas/names.ts';
import type { MachineState, StoredObject } from '../ports.ts';

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

/** The newest turn of a wallet. */
export interface NewestTurn {
  readonly turn: bigint;
  readonly zone: string;
  readonly closed: boolean;
  /** ms since its claim was created */
  readonly age: number;
  readonly machine: MachineState;
}

/** The same, where the caller may not be allowed to see machines. */
export interface SeenTurn extends Omit<NewestTurn, 'machine'> {
  readonly machine: MachineState | 'unseen';
}

/** `open`: at work, or being launched. `died`: it ended without closing. `unknown`: not closed, and nobody here can see its VM. */
export type TurnState = 'open' | 'closed' | 'died' | 'unknown';

/** The metadata of a `.closed` mark that launch wrote because no VM could be had. */
export const EXHAUSTED = { exhausted: 'true' } as const;

/**
 * Open = not closed, and its VM is running, or is not there yet and the claim is younger than the boot limit. A VM that stopped without
 * closing its turn died. Nothing waits for it. No VM outlives boot limit and turn limit together: Compute Engine ends it.
 */
export const turnState = (
  { closed, machine, age }: SeenTurn,
  { bootLimitSeconds, turnLimitSeconds }: Pick<Operations, 'bootLimitSeconds' | 'turnLimitSeconds'>,
): TurnState => {
  if (closed) return 'closed';
  switch (machine) {
    case 'alive':
      return 'open';
    case 'stopped':
      return 'died';
    case 'absent':
      return age < bootLimitSeconds * 1000 ? 'open' : 'died';
    case 'unseen':
      return age < (bootLimitSeconds + turnLimitSeconds) * 1000 ? 'unknown' : 'died';
    default:
      return machine satisfies never;
  }
};

/** Is it at work, or may it still begin? What such a turn has in hand it has not died of. */
export const isOpen = (turn: NewestTurn, operations: Operations): boolean => turnState(turn, operations) === 'open';

/** Newest first. Marks of turns without a claim do not count. Anyone who can start a VM can make it write them for any turn. */
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

/** Those claimed since `from` (ms) for which a zone had a machine. */
export const turnsSince = (turns: readonly TurnMarks[], from: number): readonly TurnMarks[] =>
  turns.filter(({ claimedAt, exhausted }) => !exhausted && claimedAt >= from);

/**
 * How many turns died while they had this request in hand. A turn that ended in order puts no blame on a request. `alive`: a turn not to
 * count.
 */
export const badTries = (id: string, turns: readonly TurnMarks[], alive: bigint | undefined): number =>
  turns.filter(({ turn, closedAt, tried }) => closedAt === undefined && turn !== alive && tried.has(id)).length;

/**
 * Turns in a row, up to the newest, that died since `from` (ms): refused by attestation, by the register's lock, at boot. Most never had any
 * request in hand, so that no request is to blame. `alive`: a turn not to count.
 */
export const deathsInARow = (turns: readonly TurnMarks[], from: number, alive: bigint | undefined): number => {
  const ended = turnsSince(turns, from).filter(({ turn }) => turn !== alive);
  const firstInOrder = ended.findIndex(({ closedAt }) => closedAt !== undefined);
  return firstInOrder === -1 ? ended.length : firstInOrder;
};
