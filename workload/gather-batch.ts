import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import type { Approved } from '#core/register/sealing.ts';
import { SharePlaces } from '#core/shares/places.ts';
import type { SigningSession } from '#core/signing/signer.ts';
import { gather } from './gather.ts';
import { type Candidate, isolateFault, type Lane } from './lane.ts';
import { noteWaits } from './waits.ts';

/** ms for one request's shares: a release key that hangs must not hang the wallet. */
export const REQUEST_DEADLINE_MS = 90_000;

/** ms that a batch waits for its first complete request. Whatever else comes meanwhile waits as long. */
export const FIRST_MS = 1_500;

/** ms that complete requests wait for the others of their batch. */
export const PATIENCE_MS = 1_000;

/** Pages of one place that a batch waits for, one after the other. More than that is listed request by request, and all at once. */
const MAX_PAGES = 2;

interface Choice {
  /** For bytes that are sealed already. */
  readonly completing?: boolean;
  /** Nobody waits for it any more: what becomes of it counts for nothing. */
  readonly isLeft?: () => boolean;
  /** Where the votes of its batch are listed together. */
  readonly places?: SharePlaces | undefined;
}

/** Enough good shares of one request in time, or nothing, and then the request steps aside. They lie in the session. */
export const gatherInTime = async (
  lane: Lane,
  candidate: Candidate,
  session: SigningSession,
  { completing = false, isLeft = () => false, places }: Choice = {},
): Promise<Approved | undefined> => {
  const { context } = lane;
  const { id } = candidate;
  let approved: Approved | undefined;
  const work = async (): Promise<Approved | undefined> => {
    try {
      return await gather(lane, candidate, session, { completing, places });
    } catch (error) {
      if (isLeft()) return undefined;
      throw error;
    }
  };
  await isolateFault(lane, id, async () => {
    const found = await withTimeLimit(context.clock, REQUEST_DEADLINE_MS, work);
    if (isLeft()) return false;
    if (found === undefined) {
      context.log.alarm('turn.late', { id, code: 'DEADLINE', reason: 'its shares took too long' });
      await noteWaits(lane, [{ id, code: 'SHARE_UNREACHABLE' }]);
    }
    approved = found?.result;
    if (approved === undefined) lane.backoff.delay(id);
    return approved !== undefined;
  });
  if (approved === undefined) session.drop(id);
  return approved;
};

/**
 * Shares of a batch. Waits `firstMs` for the first request that is complete, and a little for the others. So a release key that is slow holds up
 * no request but its own. `slow`: what nobody waits for any more, in the order given, like `approved`.
 */
export const gatherBatch = async (
  lane: Lane,
  candidates: readonly Candidate[],
  session: SigningSession,
  firstMs: number,
): Promise<{ readonly approved: readonly Approved[]; readonly slow: readonly Candidate[] }> => {
  const { clock, law, shareStorage } = lane.context;
  // Of this moment, as a listing for each of them would be.
  const ids = new Set(candidates.map(({ id }) => id));
  const places = ids.size > 1 ? new SharePlaces(shareStorage, law, ids, MAX_PAGES) : undefined;
  const done = new Map<string, Approved | undefined>();
  const approved = () => candidates.flatMap(({ id }) => done.get(id) ?? []);
  let isOver = false;
  const first = Promise.withResolvers<void>();
  const all = Promise.all(
    candidates.map(async (each) => {
      const found = await gatherInTime(lane, each, session, { isLeft: () => isOver, places });
      if (isOver) return;
      done.set(each.id, found);
      if (found !== undefined) first.resolve();
    }),
  );
  await withTimeLimit(clock, firstMs, () => Promise.race([first.promise, all]));
  if (approved().length > 0 && done.size < candidates.length) await withTimeLimit(clock, PATIENCE_MS, () => all);
  isOver = true;
  const slow = candidates.filter(({ id }) => !done.has(id));
  for (const { id } of slow) session.drop(id);
  return { approved: approved(), slow };
};
