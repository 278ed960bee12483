import { decideReplay, replayProgress, replayStart } from '#core/decide/replay.ts';
import { isNoFact, listAll, readFact } from '#core/facts/store.ts';
import type { Storage, StoredObject } from '#core/ports.ts';
import { canonicalBytes } from '#schemas/canonical.ts';
import type { Buckets } from '#schemas/names.ts';
import {
  RECEIPT_FOLDER,
  REPLAY_FOLDER,
  REPLAYED_FOLDER,
  replayedObject,
  replayObject,
  replayOf,
} from '#schemas/names.ts';
import type { ReplayedFact, ReplayFact } from '#schemas/replay.ts';

export interface Place {
  readonly storage: Storage;
  readonly buckets: Buckets;
}

/** A replay that somebody asked for. `generation` is that of the wish. */
export interface Started extends ReplayFact {
  readonly replay: string;
  readonly generation: string;
}

/** A replay that is not over. A wish that cannot be read has no days: reconcile refuses it. */
export interface OpenReplay {
  readonly replay: string;
  readonly since: string;
  readonly until: string;
  /** ms */
  readonly startedAt: number;
  readonly sent: number;
  readonly unsent: number;
  /** Receipts of these days that are there. */
  readonly receipts: number;
}

export interface EndedReplay extends ReplayedFact {
  /** ms */
  readonly endedAt: number;
}

/** Writes the wish. `random`: eight letters or digits that nobody used for these days. Throws what Storage throws. */
export const startReplay = async ({ storage, buckets }: Place, asked: ReplayFact, random: string): Promise<Started> => {
  const { since, until } = asked;
  const replay = `${since}-${until}-${random}`;
  const { object } = await storage.createOnce(buckets.work, replayObject(replay), canonicalBytes({ since, until }));
  return { ...asked, replay, generation: object.generation };
};

/** How many receipts of these days are there. One LIST for each thousand. */
export const receiptsIn = async ({ storage, buckets }: Place, asked: ReplayFact): Promise<number> => {
  const nothingYet = replayProgress({});
  const startOffset = replayStart(asked, nothingYet);
  let count = 0;
  let from: string | undefined;
  for (;;) {
    const next = from === undefined ? {} : { from };
    const page = await storage.list(buckets.results, RECEIPT_FOLDER, { startOffset, ...next });
    const names = page.objects.map(({ name }) => name);
    const { send, last } = decideReplay(asked, nothingYet, { names, whole: page.next === undefined }, names.length);
    count += send.length;
    if (last || page.next === undefined) return count;
    from = page.next;
  }
};

const openReplay = async (place: Place, object: StoredObject): Promise<OpenReplay | undefined> => {
  const { storage, buckets } = place;
  const replay = replayOf(object.name) ?? object.name.slice(REPLAY_FOLDER.length);
  const { sent, unsent } = replayProgress(object.metadata);
  const known = { replay, startedAt: object.timeCreated, sent, unsent };
  try {
    const wish = await readFact(storage, { kind: 'replay', bucket: buckets.work, name: object.name }, object);
    if (wish === undefined) return undefined;
    const { since, until } = wish.fact;
    return { ...known, since, until, receipts: await receiptsIn(place, wish.fact) };
  } catch (error) {
    if (!isNoFact(error)) throw error;
    return { ...known, since: '', until: '', receipts: 0 };
  }
};

/** Replays that are not over, the oldest first: in the order in which they are sent. */
export const openReplays = async (place: Place): Promise<readonly OpenReplay[]> => {
  const objects = await listAll(place.storage, place.buckets.work, REPLAY_FOLDER);
  const open: OpenReplay[] = [];
  for (const object of objects.toSorted((a, b) => a.timeCreated - b.timeCreated)) {
    const one = await openReplay(place, object);
    if (one !== undefined) open.push(one);
  }
  return open;
};

const endOf = async ({ storage, buckets }: Place, name: string): Promise<EndedReplay | undefined> => {
  try {
    const stored = await readFact(storage, { kind: 'replayed', bucket: buckets.work, name });
    return stored === undefined ? undefined : { ...stored.fact, endedAt: stored.object.timeCreated };
  } catch (error) {
    // Whoever may write there can leave such a thing; it is the end of nothing.
    if (isNoFact(error)) return undefined;
    throw error;
  }
};

/** The newest ends, at most `limit`. */
export const endedReplays = async (place: Place, limit: number): Promise<readonly EndedReplay[]> => {
  const objects = await listAll(place.storage, place.buckets.work, REPLAYED_FOLDER);
  const newest = objects.toSorted((a, b) => b.timeCreated - a.timeCreated).slice(0, limit);
  const ends = await Promise.all(newest.map(({ name }) => endOf(place, name)));
  return ends.filter((end) => end !== undefined);
};

export type ReplayState =
  | { readonly kind: 'open'; readonly sent: number; readonly unsent: number }
  | { readonly kind: 'ended'; readonly end: EndedReplay }
  /** Its wish was deleted, and nothing says how it ended. */
  | { readonly kind: 'stopped' };

/** How far one is. The wish is looked at first: it goes only after its end is written. */
export const replayState = async (place: Place, { replay, generation }: Started): Promise<ReplayState> => {
  const wish = await place.storage.stat(place.buckets.work, replayObject(replay));
  const end = await endOf(place, replayedObject(replay, generation));
  if (end !== undefined) return { kind: 'ended', end };
  if (wish === undefined) return { kind: 'stopped' };
  const { sent, unsent } = replayProgress(wish.metadata);
  return { kind: 'open', sent, unsent };
};
