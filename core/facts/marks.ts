import type { Storage, StoredObject } from '#core/ports.ts';
import { openObject, openOf } from '#schemas/names.ts';
import { timeMs, timeText } from '#schemas/spellings.ts';
import { isWaitCode, type WaitCode } from '#schemas/waits.ts';
import { readTrouble, type Trouble, troubleText } from './trouble.ts';
import { newestWait, readWait, type Wait, waitText } from './wait.ts';

/** How far an open request has come, as a hint: the facts decide, the mark only says when to read them. */
export const STAGES = ['received', 'accepted', 'approved', 'submitted', 'decided'] as const;
export type Stage = (typeof STAGES)[number];

/** The open mark of a request: `open/<wallet>/<id>`, raw message inside, stage, due time, requester and newest wait as metadata. */
export interface Mark {
  readonly wallet: string;
  readonly id: string;
  /** How far the facts are *announced* as well: whoever sets it has published before. */
  readonly stage: Stage;
  /** ms; a missing or unreadable due time means now (0). */
  readonly due: number;
  /** "" where the mark does not say. */
  readonly requester: string;
  /** Why the newest turn could not seal it; undefined where none said so. */
  readonly wait: Wait | undefined;
  /** What another step learned last of why it waits: launch, settlement, reconcile, collect. Told to people; nothing hangs on it. */
  readonly held: Wait | undefined;
  /** Waits that were announced. */
  readonly told: readonly WaitCode[];
  /** That reconcile failed at it the last time, and since when alike. */
  readonly trouble: Trouble | undefined;
  /** ms */
  readonly createdAt: number;
  /** Changes whenever somebody patches it. */
  readonly metageneration: string;
}

export const markOf = (object: StoredObject): Mark | undefined => {
  const open = openOf(object.name);
  if (open === undefined) return undefined;
  const { metadata, metageneration, timeCreated: createdAt } = object;
  const stage = STAGES.find((each) => each === metadata.stage) ?? 'received';
  return {
    ...open,
    stage,
    due: timeMs(metadata.due ?? '') ?? 0,
    requester: metadata.requester ?? '',
    wait: readWait(metadata.wait),
    held: readWait(metadata.held),
    told: (metadata.told ?? '').split(',').filter(isWaitCode),
    trouble: readTrouble(metadata.trouble),
    createdAt,
    metageneration,
  };
};

/** What a turn noted of it last is still to be announced. Reconcile then does so at its next tick. */
export const isWaitUntold = (mark: Mark): boolean =>
  mark.stage === 'approved' &&
  mark.wait !== undefined &&
  newestWait(mark, true) === mark.wait &&
  !mark.told.includes(mark.wait.code);

/** Whose mark it is: what every writer of a mark knows of its request. */
export interface Whose {
  readonly wallet: string;
  readonly requester: string;
}

export const markMetadata = (
  stage: Stage,
  due: number,
  { requester }: Pick<Whose, 'requester'>,
): Readonly<Record<string, string>> => ({ stage, due: timeText(due), requester });

/** What a step writes into a mark. */
export interface MarkPatch {
  readonly stage: Stage;
  /** ms */
  readonly due: number;
  /** Why it waits now; null: for nothing more. Left out, what stands there stays, unless the request is submitted. */
  readonly held?: Wait | null | undefined;
  /** Waits that were announced. Left out, what stands there stays. */
  readonly told?: readonly WaitCode[] | undefined;
}

/** Which mark. With `metageneration`: only while nobody has patched it since. */
export interface Marked {
  readonly whose: Whose;
  readonly id: string;
  readonly metageneration?: string | undefined;
}

/** When a request is due that is given so many seconds (ms). No later than `validUntil`, when a close is owed. */
export const dueWithin = (seconds: number, now: number, validUntil: number): number =>
  Math.max(now + 1000, Math.min(now + seconds * 1000, validUntil));

const heldText = (held: Wait | null | undefined, stage: Stage): Readonly<Record<string, string | null>> => {
  if (held === undefined) return stage === 'submitted' ? { held: null } : {};
  return { held: held === null ? null : waitText(held) };
};

/**
 * Updates the hint. The wait that a turn noted stays until the bytes are out. False where the mark is gone: its request is decided, or an
 * operator took it away. False also where somebody patched it since it had that `metageneration`.
 */
export const patchMark = async (
  storage: Storage,
  work: string,
  { whose, id, metageneration }: Marked,
  { stage, due, held, told }: MarkPatch,
): Promise<boolean> =>
  storage.setMetadata(
    work,
    openObject(whose.wallet, id),
    {
      ...markMetadata(stage, due, whose),
      ...(stage === 'submitted' ? { wait: null } : {}),
      ...heldText(held, stage),
      ...(told === undefined ? {} : { told: told.join() }),
    },
    metageneration,
  );

/**
 * Notes why a turn could not seal it, in place of what an earlier one noted. The due time stays: where that changes, a turn reads facts
 * again. False as `patchMark`.
 */
export const noteWait = async (
  storage: Storage,
  work: string,
  { wallet, id }: Pick<Mark, 'wallet' | 'id'>,
  wait: Wait,
): Promise<boolean> => storage.setMetadata(work, openObject(wallet, id), { wait: waitText(wait) });

/** Notes why another step could not go on with it. False as `patchMark`. */
export const noteHeld = async (
  storage: Storage,
  work: string,
  { wallet, id }: Pick<Mark, 'wallet' | 'id'>,
  held: Wait,
): Promise<boolean> => storage.setMetadata(work, openObject(wallet, id), { held: waitText(held) });

/** Notes which waits were announced. False as `patchMark`. */
export const noteTold = async (
  storage: Storage,
  work: string,
  { wallet, id }: Pick<Mark, 'wallet' | 'id'>,
  told: readonly WaitCode[],
): Promise<boolean> => storage.setMetadata(work, openObject(wallet, id), { told: told.join() });

/** Notes that reconcile fails at it, or, without a trouble, that it no longer does. False as `patchMark`. */
export const noteTrouble = async (
  storage: Storage,
  work: string,
  { wallet, id }: Pick<Mark, 'wallet' | 'id'>,
  trouble: Trouble | undefined,
): Promise<boolean> =>
  storage.setMetadata(work, openObject(wallet, id), { trouble: trouble === undefined ? null : troubleText(trouble) });
