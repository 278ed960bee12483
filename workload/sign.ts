import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { errorFields } from '#core/error-fields.ts';
import { MAX_BATCH_ITEMS } from '#core/register/entry.ts';
import { planBatch } from '#core/register/plan.ts';
import type { RegisterView } from '#core/register/rules.ts';
import { type Approved, type SignedBatch, signBatch } from '#core/register/sealing.ts';
import type { SigningSession } from '#core/signing/signer.ts';
import { tokensOn } from '#schemas/config.ts';
import { turnTriedObject } from '#schemas/names.ts';
import { gather } from './gather.ts';
import { type Candidate, isolateFault, type Lane } from './lane.ts';
import { noteWaits } from './waits.ts';

/** ms for one request's shares: a release key that hangs must not hang the wallet. */
export const REQUEST_DEADLINE_MS = 90_000;

/** Written before a request is touched: if this machine dies now, the next turns know over whom. */
export const markTried = async ({ context, markedTried }: Lane, ids: readonly string[]): Promise<void> => {
  const { storage, buckets, wallet, turn } = context;
  await Promise.all(
    ids.map(async (id) => {
      if (markedTried.has(id)) return;
      await storage.createOnce(buckets.work, turnTriedObject(wallet.name, turn, id), new Uint8Array());
      markedTried.add(id);
    }),
  );
};

/** Enough good shares of one request in time, or nothing, and then the request steps aside. They lie in the session. */
export const gatherInTime = async (
  lane: Lane,
  candidate: Candidate,
  session: SigningSession,
  completing = false,
): Promise<Approved | undefined> => {
  const { context } = lane;
  const { id } = candidate;
  let approved: Approved | undefined;
  await isolateFault(lane, id, async () => {
    const work = () => gather(lane, candidate, session, completing);
    const found = await withTimeLimit(context.clock, REQUEST_DEADLINE_MS, work);
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
 * Gathers and signs one batch, in a session that ends with it. A batch that cannot be signed is tried one by one, so that the one to blame
 * does not keep the others waiting.
 */
export const signApproved = async (
  lane: Lane,
  candidates: readonly Candidate[],
  current: RegisterView,
): Promise<SignedBatch | undefined> => {
  const { context, backoff } = lane;
  await markTried(
    lane,
    candidates.map(({ id }) => id),
  );
  const session = context.signer.begin();
  let gathered: readonly Approved[] = [];
  try {
    const found = await Promise.all(candidates.map((each) => gatherInTime(lane, each, session)));
    gathered = found.filter((each) => each !== undefined);
    const fault = session.fault();
    if (fault !== undefined) throw fault;
    const { seal: planned } = planBatch(gathered, current, lane.startNonce, MAX_BATCH_ITEMS);
    if (planned.length === 0) return undefined;
    const chain = tokensOn(context.law, lane.register.chainId);
    const at = { view: current, log: lane.register, lawHash: context.lawHash, chain };
    return await signBatch(planned, at, context.wallet, session);
  } catch (error) {
    // Nobody knows over which request a session came to its end.
    const suspects = session.fault() === undefined ? gathered : candidates;
    for (const { id } of suspects) {
      backoff.quarantine(id);
      if (suspects.length === 1 && !backoff.isDelayed(id)) backoff.delay(id);
    }
    const ids = suspects.map(({ id }) => id).join(',');
    context.log.alarm('turn.fault', { id: ids, ...errorFields(error) });
    return undefined;
  } finally {
    session.end();
  }
};
