import { closeBytes, evidenceNonce, MAX_BATCH_ITEMS, MAX_ENTRY_BYTES, sealBytes } from '#core/register/entry.ts';
import { isClosed, planBatch } from '#core/register/plan.ts';
import { appendEntry } from '#core/register/read.ts';
import { nextSeq, noncesOf, type RegisterView } from '#core/register/rules.ts';
import type { SignedBatch } from '#core/register/sealing.ts';
import { requestProblem } from '#core/request-rules.ts';
import { type Code, KeyturnError } from '#schemas/codes.ts';
import { sealObject } from '#schemas/names.ts';
import { timeMs } from '#schemas/spellings.ts';
import { completeAll } from './complete.ts';
import { holdAboveGap, refuseUnderpriced } from './gaps.ts';
import { type Candidate, type Lane, registerViewOf } from './lane.ts';
import { holdOverWindow, holdStopped, holdUnfunded } from './payable.ts';
import { isUnopposed, type Released, release } from './release.ts';
import { signApproved } from './sign.ts';
import { issuedAt } from './trusted-time.ts';

const MAX_TRIES = 8;
/** Ids in one close: well below what readers take. */
const MAX_CLOSES = 500;

interface Closing {
  readonly id: string;
  readonly code: Code;
  readonly reason: string;
}

/** Ids that shall never be sealed. Whether that became true, reconcile finds out before it says so. */
const close = async (lane: Lane, current: RegisterView, items: readonly Closing[]): Promise<void> => {
  const written = await appendEntry(lane.context.storage, lane.register, nextSeq(current), closeBytes(items));
  for (const { id, code, reason } of items) lane.context.log.info('turn.close', { id, code, reason, written });
};

/** What this image's law says against each. A validity that is too long for now passes: closed so early, a close would not outlive it. */
const judged = ({ context }: Lane, fresh: readonly Candidate[]) => {
  const sound: Candidate[] = [];
  const refused: Closing[] = [];
  for (const candidate of fresh) {
    const problem = requestProblem(candidate.request, context.law, context.clock.now());
    const { id, fact } = candidate;
    if (problem === undefined) sound.push(candidate);
    else if (problem.code === 'VALIDITY_TOO_LONG') context.log.warn('turn.wait', { id, code: problem.code });
    else {
      if (fact.lawHash !== context.lawHash)
        context.log.alarm('turn.law', { id, code: 'LAW_MISMATCH', theirs: fact.lawHash, ours: context.lawHash });
      refused.push({ id, code: problem.code, reason: `${problem.field}: ${problem.reason}`.slice(0, 500) });
    }
  }
  return { sound, refused };
};

/** Evidence first, then the one create that commits. False: another turn took the place; nothing is kept. */
const commit = async (lane: Lane, batch: SignedBatch): Promise<boolean> => {
  const { context, register } = lane;
  const { content, signature } = batch;
  const evidence = await context.attestation.token({
    audience: 'keyturn/v1/seal',
    nonce: evidenceNonce(content, signature),
    type: 'PKI',
  });
  const latest = Math.max(issuedAt(evidence), context.clock.now());
  const expired = content.items.find(({ request }) => (timeMs(request.validUntil) ?? 0) <= latest);
  if (expired !== undefined) {
    context.log.warn('turn.wait', { id: expired.id, code: 'EXPIRED' });
    return false;
  }
  const bytes = sealBytes(content, signature, evidence);
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new KeyturnError('TOO_LARGE', `a seal of ${bytes.length} bytes would be junk to its readers`);
  return appendEntry(context.storage, register, content.seq, bytes);
};

/** Looks again, over all generations, and lets go only of what nothing there opposes. */
const releaseBatch = async (
  lane: Lane,
  { content, bytes }: SignedBatch,
  candidates: readonly Candidate[],
): Promise<void> => {
  const { context, register } = lane;
  const entry = sealObject(register.chainId, register.address, content.seq);
  const again = await registerViewOf(lane, candidates);
  const unopposed: Released[] = [];
  for (const item of content.items) {
    const rungs = bytes.get(item.id);
    if (rungs === undefined || !isUnopposed(context, { item, entry }, again)) {
      // Not at once again: what keeps it in now would most likely make of the next entry one more that nobody takes away.
      lane.backoff.delay(item.id);
      continue;
    }
    context.log.info('turn.sealed', { id: item.id, entry, nonce: item.nonce.toString() });
    unopposed.push({ item, entry, rungs });
  }
  await release(context, unopposed);
};

/** Who is signed for next: everyone the chain lets through, or, once only suspects are left, one of them alone. */
const nextBatch = (lane: Lane, ready: readonly Candidate[]): readonly Candidate[] => {
  const trusted = ready.filter(({ id }) => !lane.backoff.isQuarantined(id));
  return trusted.length > 0 ? trusted : ready.slice(0, 1);
};

/** `not-now`: another lane has something in hand that does not go with this batch. `taken`: another turn won the place. */
const sealBatch = async (
  lane: Lane,
  batch: readonly Candidate[],
  current: RegisterView,
  candidates: readonly Candidate[],
): Promise<'sealed' | 'unsigned' | 'taken' | 'not-now'> => {
  const leave = lane.gate.enter(batch.some(({ id }) => lane.backoff.isQuarantined(id)));
  if (leave === undefined) return 'not-now';
  try {
    for (const { id } of batch) lane.changedIds.add(id);
    const signed = await signApproved(lane, batch, current);
    if (signed === undefined) return 'unsigned';
    if (!(await commit(lane, signed))) return 'taken';
    await releaseBatch(lane, signed, candidates);
    return 'sealed';
  } finally {
    leave();
  }
};

/** Completes what is no suspect, closes, seals a batch, looks again, releases. True if anything moved. */
const sealNext = async (lane: Lane, candidates: readonly Candidate[]): Promise<boolean> => {
  const { context, backoff } = lane;
  let moved = false;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const awake = backoff.order(candidates);
    if (awake.length === 0) return moved;
    const current = await registerViewOf(lane, candidates);
    const sealed = awake.filter(({ id }) => noncesOf(id, current).size > 0);
    if (tries === 0) {
      const trusted = sealed.filter(({ id }) => !backoff.isQuarantined(id));
      moved = await completeAll(lane, trusted, current);
    }
    const fresh = awake.filter(
      (each) => !sealed.includes(each) && !isClosed(each.id, current) && each.facts.withdrawn === undefined,
    );
    const { sound: allowed, refused } = judged(lane, await holdStopped(lane, fresh));
    const { sound, refused: outbid } = await refuseUnderpriced(
      lane,
      await holdAboveGap(lane, allowed, candidates, current),
      current,
    );
    const plan = planBatch(sound, current, lane.startNonce, MAX_BATCH_ITEMS);
    for (const { id, code } of plan.wait) context.log.info('turn.wait', { id, code });
    const closes = [...refused, ...plan.close, ...outbid].slice(0, MAX_CLOSES);
    if (closes.length > 0) {
      await close(lane, current, closes);
      moved = true;
      continue;
    }
    if (plan.seal.length === 0) return moved;
    const planned = sound.filter(({ id }) => plan.seal.some((each) => each.id === id));
    const batch = nextBatch(lane, holdOverWindow(lane, await holdUnfunded(lane, planned, current), current));
    if (batch.length === 0) {
      // Held up one by one: those behind them may go on. No node answered: nobody may.
      if (planned.some(({ id }) => !backoff.isDelayed(id))) return moved;
      continue;
    }
    const result = await sealBatch(lane, batch, current, candidates);
    if (result === 'sealed') return true;
    if (result === 'not-now') return moved;
    // Whoever could not be signed for steps aside, so that those behind get their turn.
    if (result === 'unsigned') continue;
    // Turns that collide have different numbers, so they do not collide again at once.
    await context.clock.sleep(20 + ((Number(context.turn) * 67 + tries * 41) % 180), context.signal);
  }
  context.log.warn('turn.wait', { code: 'CONTENDED', chainId: lane.register.chainId });
  return moved;
};

/** Machines died over it while it was in hand, and it is sealed: it goes last, alone, and only where nothing else is left to do. */
const completeSuspect = async (lane: Lane, candidates: readonly Candidate[]): Promise<boolean> => {
  const suspects = lane.backoff.order(candidates).filter(({ id }) => lane.backoff.isQuarantined(id));
  if (suspects.length === 0) return false;
  const current = await registerViewOf(lane, candidates);
  const [first] = suspects.filter(({ id }) => noncesOf(id, current).size > 0);
  return first !== undefined && completeAll(lane, [first], current, true);
};

/** One pass over a lane. True if anything moved. */
export const workLane = async (lane: Lane, candidates: readonly Candidate[]): Promise<boolean> =>
  (await sealNext(lane, candidates)) || completeSuspect(lane, candidates);
