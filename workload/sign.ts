import { planBatch } from '#core/plan.ts';
import type { Look } from '#core/register.ts';
import { LARGEST_BATCH } from '#core/register-entry.ts';
import { type Approved, type SignedBatch, signBatch } from '#core/sealing.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { turnTriedObject } from '#schemas/names.ts';
import { within } from './aside.ts';
import { gather, wipeShares } from './gather.ts';
import { alone, type Candidate, type Lane } from './lane.ts';

/** ms for one request's shares: a release key that hangs must not hang the wallet. */
export const REQUEST_DEADLINE = 90_000;

/** Written before a request is touched: if this machine dies now, the next turns know over whom. */
export const markTried = async ({ context, tried }: Lane, ids: readonly string[]): Promise<void> => {
  const { storage, buckets, wallet, turn } = context;
  await Promise.all(
    ids.map(async (id) => {
      if (tried.has(id)) return;
      await storage.createOnce(buckets.work, turnTriedObject(wallet.name, turn, id), new Uint8Array());
      tried.add(id);
    }),
  );
};

/** Enough good shares of one request in time, or nothing, and then the request steps aside. The caller wipes them. */
export const gatherInTime = async (
  lane: Lane,
  { id, facts, fact }: Candidate,
  completing = false,
): Promise<Approved | undefined> => {
  const { context } = lane;
  let approved: Approved | undefined;
  await alone(lane, id, async () => {
    const work = gather(context, facts, fact, completing);
    const found = await within(context.clock, REQUEST_DEADLINE, work, wipeShares);
    if (found === undefined)
      context.log.alarm('turn.late', { id, code: 'DEADLINE', reason: 'its shares took too long' });
    approved = found?.result;
    if (approved === undefined) lane.aside.put(id);
    return approved !== undefined;
  });
  return approved;
};

/**
 * Gathers and signs one batch. Shares and bytes live here only; the shares are wiped before anything is awaited again. A batch that
 * cannot be signed is tried one by one: whichever of them is to blame, the others are not kept waiting by it.
 */
export const signApproved = async (
  lane: Lane,
  candidates: readonly Candidate[],
  current: Look,
): Promise<SignedBatch | undefined> => {
  const { context, aside } = lane;
  await markTried(
    lane,
    candidates.map(({ id }) => id),
  );
  const gathered = (await Promise.all(candidates.map((each) => gatherInTime(lane, each)))).filter(
    (each) => each !== undefined,
  );
  try {
    const { seal: planned } = planBatch(gathered, current, lane.startNonce, LARGEST_BATCH);
    return planned.length === 0
      ? undefined
      : signBatch(planned, current, lane.log, context.lawHash, context.wallet, context.scheme);
  } catch (error) {
    for (const { id } of gathered) {
      aside.suspect(id);
      if (gathered.length === 1) aside.put(id);
    }
    const ids = gathered.map(({ id }) => id).join(',');
    const code = isKeyturnError(error) ? error.code : 'UNAVAILABLE';
    context.log.alarm('turn.fault', { id: ids, code, reason: isKeyturnError(error) ? error.message : 'unexpected' });
    return undefined;
  } finally {
    for (const approved of gathered) wipeShares(approved);
  }
};
