import {
  decideReplay,
  progressMetadata,
  type ReplayListing,
  type ReplayProgress,
  replayProgress,
  replayStart,
} from '#core/decide/replay.ts';
import { errorFields } from '#core/error-fields.ts';
import { announce, commitFact, isNoFact, readFact } from '#core/facts/store.ts';
import type { StoredObject } from '#core/ports.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import { type Code, isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { messageOf, replayedEvents } from '#schemas/events.ts';
import { parseFact } from '#schemas/facts.ts';
import { RECEIPT_FOLDER, REPLAY_FOLDER, replayedObject, replayOf } from '#schemas/names.ts';
import { REPLAYED_A_TICK, type ReplayFact } from '#schemas/replay.ts';

/** Wishes that a tick looks at. Whoever writes more than that holds up later ones, and nothing else. */
const MAX_WISHES = 100;
const MAX_RECEIPT_BYTES = 512 * 1024;
const CONCURRENCY = 8;

/** What of a tick a replay needs. */
export type ReplayContext = Pick<ReconcileContext, 'storage' | 'buckets' | 'publisher' | 'law' | 'log' | 'inHand'>;

/** An open replay, by its name. `object` is the wish. */
interface Open {
  readonly replay: string;
  readonly object: StoredObject;
}

/** What this tick may still send, for all replays together. */
interface Budget {
  left: number;
}

/** An object among the receipts that is none, or that the topic refuses. No later try can help. */
const isUnsendable = (error: unknown): error is KeyturnError =>
  isNoFact(error) || isKeyturnError(error, 'INVALID_ARGUMENT');

/** Names from `startOffset` on, at least `enough` where there are so many. */
const listFrom = async (
  { storage, buckets }: ReplayContext,
  startOffset: string,
  enough: number,
): Promise<ReplayListing> => {
  const names: string[] = [];
  let from: string | undefined;
  do {
    const next = from === undefined ? {} : { from };
    const page = await storage.list(buckets.results, RECEIPT_FOLDER, { startOffset, limit: enough, ...next });
    names.push(...page.objects.map(({ name }) => name));
    from = page.next;
  } while (from !== undefined && names.length < enough);
  return { names, whole: from === undefined };
};

/** Sends one stored receipt as it was sent first. Throws what cannot be sent at all (`isUnsendable`), and what Google throws. */
const sendAgain = async ({ storage, buckets, publisher, law }: ReplayContext, replay: string, name: string) => {
  const stored = await storage.read(buckets.results, name, { limit: MAX_RECEIPT_BYTES });
  if (stored === undefined) throw new KeyturnError('MALFORMED', 'it was listed and is not there');
  const events = replayedEvents(parseFact('receipt', stored.bytes), replay);
  // Whoever compares an event with the receipt finds the same bytes: another spelling, or another's event id, is not passed on.
  for (const event of events)
    if (!Buffer.from(stored.bytes).equals(messageOf(event, stored.object).data))
      throw new KeyturnError('MALFORMED', 'its bytes are not those of its event');
  await announce(publisher, law.name, stored.object, events);
};

/** How far it came, and what stopped it; undefined where nothing did. */
interface Sent {
  readonly progress: ReplayProgress;
  readonly fault: unknown;
}

/** Sends these, in order: `progress` never passes over one that failed for now. */
const sendAll = async (
  context: ReplayContext,
  replay: string,
  names: readonly string[],
  from: ReplayProgress,
): Promise<Sent> => {
  let progress = from;
  for (let n = 0; n < names.length; n += CONCURRENCY) {
    const group = names.slice(n, n + CONCURRENCY);
    const ends = await Promise.allSettled(group.map((name) => sendAgain(context, replay, name)));
    for (const [at, end] of ends.entries()) {
      const after = group[at] ?? '';
      if (end.status === 'fulfilled') progress = { ...progress, after, sent: progress.sent + 1 };
      else if (isUnsendable(end.reason)) {
        context.log.warn('reconcile.replay', { replay, object: after, ...errorFields(end.reason) });
        progress = { ...progress, after, unsent: progress.unsent + 1 };
      } else return { progress, fault: end.reason };
    }
  }
  return { progress, fault: undefined };
};

interface End {
  /** Undefined of a wish that is none. */
  readonly asked: ReplayFact | undefined;
  readonly progress: ReplayProgress;
  readonly code: Code | '';
  readonly reason: string;
}

/** Says what did not go well, writes down the end, and only then forgets the wish: whoever dies in between does it again. */
const endReplay = async ({ storage, buckets, log }: ReplayContext, { replay, object }: Open, end: End) => {
  const { asked, progress, code, reason } = end;
  const { sent, unsent } = progress;
  if (code !== '') log.alarm('reconcile.replay-failed', { replay, code, reason });
  await commitFact(
    storage,
    { kind: 'replayed', bucket: buckets.work, name: replayedObject(replay, object.generation) },
    {
      ...{ replay, since: asked?.since ?? '', until: asked?.until ?? '' },
      ...{ sent: `${sent}`, unsent: `${unsent}`, code, reason: reason.slice(0, 4096) },
    },
  );
  await storage.delete(buckets.work, object.name);
  log.info('reconcile.replayed', { replay, sent, unsent });
};

const unsentReason = (unsent: number): string => `${unsent} of its objects cannot be sent; the log names each`;

/** Goes on with one replay. */
const goOn = async (context: ReplayContext, open: Open, budget: Budget): Promise<void> => {
  const { storage, buckets, log } = context;
  const { replay, object } = open;
  const start = replayProgress(object.metadata);
  let asked: ReplayFact;
  try {
    const wish = await readFact(storage, { kind: 'replay', bucket: buckets.work, name: object.name }, object);
    // Somebody took it away: it stops.
    if (wish === undefined) return;
    asked = wish.fact;
  } catch (error) {
    if (!isUnsendable(error)) throw error;
    return endReplay(context, open, { asked: undefined, progress: start, code: error.code, reason: error.message });
  }
  // One more is the name that is done with, and one more tells that there are others.
  const listing = await listFrom(context, replayStart(asked, start), budget.left + 2);
  const { send, last } = decideReplay(asked, start, listing, budget.left);
  budget.left -= send.length;
  const { progress, fault } = await sendAll(context, replay, send, start);
  if (progress !== start) {
    const { sent, unsent } = progress;
    log.info('reconcile.replay', { replay, sent, unsent });
    await storage.setMetadata(buckets.work, object.name, progressMetadata(progress));
  }
  if (fault !== undefined) log.warn('reconcile.fault', { replay, ...errorFields(fault) });
  else if (last) {
    const { unsent } = progress;
    const how = unsent === 0 ? ({ code: '', reason: '' } as const) : { code: 'MALFORMED' as const };
    await endReplay(context, open, { reason: unsentReason(unsent), ...how, asked, progress });
  }
};

/** One wish. What is wrong with it holds up no other. */
const one = async (context: ReplayContext, object: StoredObject, budget: Budget): Promise<void> => {
  const { storage, buckets, log, inHand = new Set<string>() } = context;
  const replay = replayOf(object.name);
  // A tick of this process may still be at it.
  if (inHand.has(object.name)) return;
  inHand.add(object.name);
  try {
    if (replay !== undefined) return await goOn(context, { replay, object }, budget);
    const reason = `${JSON.stringify(object.name.slice(0, 128))} is no name of a replay; it was deleted`;
    log.alarm('reconcile.replay-failed', { replay: '', code: 'MALFORMED', reason });
    await storage.delete(buckets.work, object.name);
  } catch (error) {
    log.warn('reconcile.fault', { replay: replay ?? '', ...errorFields(error) });
  } finally {
    inHand.delete(object.name);
  }
};

/**
 * Sends stored receipts again, to topic receipts alone, for whoever lost them. There are at most 100 a tick for all wishes together, and the
 * oldest wish comes first. How far it is, a wish says in its metadata, after that was sent. Whoever dies in between sends some twice, and
 * passes over none.
 */
export const replayReceipts = async (context: ReplayContext): Promise<void> => {
  const { storage, buckets, log } = context;
  try {
    const { objects } = await storage.list(buckets.work, REPLAY_FOLDER, { limit: MAX_WISHES });
    const budget = { left: REPLAYED_A_TICK };
    for (const object of objects.toSorted((a, b) => a.timeCreated - b.timeCreated)) {
      if (budget.left <= 0) return;
      await one(context, object, budget);
    }
  } catch (error) {
    log.warn('reconcile.fault', { bucket: buckets.work, ...errorFields(error) });
  }
};
