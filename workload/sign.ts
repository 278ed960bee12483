import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { errorFields } from '#core/error-fields.ts';
import { MAX_BATCH_ITEMS } from '#core/register/entry.ts';
import { planBatch } from '#core/register/plan.ts';
import type { RegisterView } from '#core/register/rules.ts';
import { type Approved, type SignedBatch, signBatch } from '#core/register/sealing.ts';
import { tokensOn } from '#schemas/config.ts';
import { turnTriedObject } from '#schemas/names.ts';
import { gather, wipeShares } from './gather.ts';
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

/** Enough good shares of one request in time, or nothing, and then the request steps aside. The caller wipes them. */
export const gatherInTime = async (
  lane: Lane,
  candidate: Candidate,
  completing = false,
): Promise<Approved | undefined> => {
  const { context } = lane;
  const { id } = candidate;
  let approved: Approved | undefined;
  await isolateFault(lane, id, async () => {
    const work = () => gather(lane, candidate, completing);
    const found = await withTimeLimit(context.clock, REQUEST_DEADLINE_MS, work, wipeShares);
    if (found === undefined) {
      context.log.alarm('turn.late', { id, code: 'DEADLINE', reason: 'its shares took too long' });
      await noteWaits(lane, [{ id, code: 'SHARE_UNREACHABLE' }]);
    }
    approved = found?.result;
    if (approved === undefined) lane.backoff.delay(id);
    return approved !== undefined;
  });
  return approved;
};

/**
 * Gathers and signs one batch. Shares and bytes live here only; the shares are wiped before anything is awaited again. A batch that cannot
 * be signed is tried one by one, so that the one to blame does not keep the others waiting.
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
  const gathered = (await Promise.all(candidates.map((each) => gatherInTime(lane, each)))).filter(
    (each) => each !== undefined,
  );
  try {
    const { seal: planned } = planBatch(gathered, current, lane.startNonce, MAX_BATCH_ITEMS);
    return planned.length === 0
      ? undefined
      : signBatch(
          planned,
          {
            ...{ view: current, log: lane.register, lawHash: context.lawHash },
            chain: tokensOn(context.law, lane.register.chainId),
          },
          context.wallet,
          context.scheme,
        );
  } catch (error) {
    for (const { id } of gathered) {
      backoff.quarantine(id);
      if (gathered.length === 1) backoff.delay(id);
    }
    const ids = gathered.map(({ id }) => id).join(',');
    context.log.alarm('turn.fault', { id: ids, ...errorFields(error) });
    return undefined;
  } finally {
    for (const approved of gathered) wipeShares(approved);
  }
};
