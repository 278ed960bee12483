import { readFact } from '#core/facts/store.ts';
import { type RegisterView, sealsOf } from '#core/register/rules.ts';
import { signAgain } from '#core/register/sealing.ts';
import type { SignedRung } from '#core/transaction/transaction.ts';
import { signedObject } from '#schemas/names.ts';
import { gatherInTime } from './gather-batch.ts';
import { type Candidate, isolateFault, type Lane } from './lane.ts';
import { isConflictFree, judgedView, readAgain, release } from './release.ts';
import { markTried } from './sign.ts';
import { isOpposed } from './veto.ts';

/** Completions that came to nothing before a pass goes on without the rest: each may have taken as long as a key that hangs. */
const MAX_FAILURES = 2;

/**
 * Finishes what another life of this wallet sealed: same shares, same bytes, and the second read again. True where its bytes are out.
 * Throws SEAL_MISMATCH where the bytes are not those that were sealed.
 */
const complete = async (lane: Lane, candidate: Candidate, current: RegisterView): Promise<boolean> => {
  const { context } = lane;
  const { id } = candidate;
  const [found] = sealsOf(id, current);
  if (found === undefined) return false;
  const sealed = { item: found.item, entry: found.listed.name };
  if (!isConflictFree(context, sealed, await judgedView(lane, [candidate], [sealed], current))) {
    lane.backoff.delay(id);
    return false;
  }
  const signed = await readFact(context.storage, {
    kind: 'signed',
    bucket: context.buckets.signed,
    name: signedObject(id),
  });
  if (signed !== undefined) {
    await (await release(context, [{ ...sealed, rungs: signed.fact.rungs }])).out;
    return true;
  }
  if (await isOpposed(lane, found.item)) {
    lane.backoff.delay(id);
    return false;
  }
  await markTried(lane, [id]);
  const session = context.signer.begin();
  let rungs: readonly SignedRung[];
  try {
    const approved = await gatherInTime(lane, candidate, session, { completing: true });
    if (approved === undefined) return false;
    rungs = await signAgain(found.item, approved, context.wallet, session);
  } finally {
    session.end();
  }
  // The read before the decryption may be old by now.
  if (!isConflictFree(context, sealed, await readAgain(lane, [candidate], [sealed]))) return false;
  if (await isOpposed(lane, found.item)) return false;
  context.log.info('turn.complete', { id, entry: sealed.entry });
  await (await release(context, [{ ...sealed, rungs }])).out;
  return true;
};

/**
 * Completes these in order, and stops after two failures. Does nothing while the gate does not let this lane in. True if any was completed.
 */
export const completeAll = async (
  lane: Lane,
  sealed: readonly Candidate[],
  current: RegisterView,
  isSuspect = false,
): Promise<boolean> => {
  const leave = sealed.length === 0 ? undefined : lane.gate.enter(isSuspect);
  if (leave === undefined) return false;
  let moved = false;
  let failures = 0;
  try {
    await lane.outbox.allOut();
    for (const each of sealed) {
      if (failures >= MAX_FAILURES) break;
      lane.changedIds.add(each.id);
      if (await isolateFault(lane, each.id, () => complete(lane, each, current))) moved = true;
      else failures++;
    }
  } finally {
    leave();
  }
  return moved;
};
