import { errorFields } from '#core/error-fields.ts';
import { MAX_BATCH_ITEMS } from '#core/register/entry.ts';
import { planBatch } from '#core/register/plan.ts';
import type { RegisterView } from '#core/register/rules.ts';
import { type Approved, type SignedBatch, signBatch } from '#core/register/sealing.ts';
import type { SigningSession } from '#core/signing/signer.ts';
import { tokensOn } from '#schemas/config.ts';
import { turnTriedObject } from '#schemas/names.ts';
import { checkpointDue } from './checkpoint.ts';
import { FIRST_MS, gatherBatch, REQUEST_DEADLINE_MS } from './gather-batch.ts';
import type { Candidate, Lane } from './lane.ts';
import { noteWaits } from './waits.ts';

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

interface Gathered {
  readonly session: SigningSession;
  /** Over which the session would have come to its end, if it did. */
  readonly ids: readonly string[];
  readonly approved: readonly Approved[];
}

/** Shares of these, in a session of their own. It never rejects. */
const gatherBeside = async (
  lane: Lane,
  slow: readonly Candidate[],
  session: SigningSession,
): Promise<readonly Approved[]> => {
  const ids = slow.map(({ id }) => id);
  const [{ approved, slow: still }] = await Promise.all([
    gatherBatch(lane, slow, session, REQUEST_DEADLINE_MS),
    noteWaits(
      lane,
      ids.map((id) => ({ id, code: 'SHARE_UNREACHABLE' })),
    ),
  ]);
  for (const { id } of still) lane.backoff.delay(id);
  if (session.fault() !== undefined) for (const id of ids) lane.backoff.quarantine(id);
  return approved;
};

/** Opened again, beside the lane. No more than one group at a time: others come after it, without blame. */
const openBeside = (lane: Lane, slow: readonly Candidate[]): void => {
  if (slow.length === 0) return;
  const { context, backoff } = lane;
  const ids = slow.map(({ id }) => id);
  for (const id of ids)
    context.log.info('turn.wait', { id, code: 'SHARE_UNREACHABLE', reason: 'a release key is slow: others go first' });
  const leave = lane.slow.isBusy ? undefined : lane.gate.enter(false);
  if (leave === undefined) for (const id of ids) backoff.delay(id);
  else {
    const session = context.signer.begin();
    lane.slow.open(ids, session, gatherBeside(lane, slow, session).finally(leave));
  }
};

/** What was opened beside the lane stands first, as a batch of its own: a session is one batch's. */
const gatherFor = async (lane: Lane, candidates: readonly Candidate[], session: SigningSession): Promise<Gathered> => {
  const ids = candidates.map(({ id }) => id);
  const ready = lane.slow.take(ids);
  if (ready !== undefined) {
    session.end();
    return { ...ready, ids: ready.approved.map(({ id }) => id) };
  }
  const isAlone = ids.some((id) => lane.backoff.isQuarantined(id));
  const firstMs = isAlone ? REQUEST_DEADLINE_MS : FIRST_MS;
  const { approved, slow } = await gatherBatch(lane, candidates, session, firstMs);
  // What is worked on alone has the whole machine: nothing is opened beside it.
  if (isAlone) for (const { id } of slow) lane.backoff.delay(id);
  else openBeside(lane, slow);
  return { session, ids, approved };
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
  let session = context.signer.begin();
  let asked = candidates.map(({ id }) => id);
  let gathered: readonly string[] = [];
  try {
    const found = await gatherFor(lane, candidates, session);
    session = found.session;
    asked = [...found.ids];
    gathered = found.approved.map(({ id }) => id);
    const fault = session.fault();
    if (fault !== undefined) throw fault;
    const { seal: planned } = planBatch(found.approved, current, lane.startNonce, MAX_BATCH_ITEMS);
    if (planned.length === 0) return undefined;
    const chain = tokensOn(context.law, lane.register.chainId);
    const checkpoint = checkpointDue(lane, current);
    const at = { view: current, log: lane.register, lawHash: context.lawHash, chain, checkpoint };
    const signed = await signBatch(planned, at, context.wallet, session);
    if (checkpoint !== undefined && signed.checkpoint === undefined)
      context.log.warn('turn.checkpoint', { code: 'TOO_LARGE', chainId: lane.register.chainId });
    return signed;
  } catch (error) {
    // Nobody knows over which request a session came to its end.
    const suspects = session.fault() === undefined ? gathered : asked;
    for (const id of suspects) {
      backoff.quarantine(id);
      if (suspects.length === 1 && !backoff.isDelayed(id)) backoff.delay(id);
    }
    context.log.alarm('turn.fault', { id: suspects.join(','), ...errorFields(error) });
    return undefined;
  } finally {
    session.end();
  }
};
