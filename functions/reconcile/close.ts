import { commitFact } from '#core/facts-store.ts';
import { limitsOf } from '#core/limits.ts';
import { closeBelieved, type Look, lookSince, nextSeq, noncesOf } from '#core/register.ts';
import { closeBytes, type LogId } from '#core/register-entry.ts';
import { appendEntry, type EntryCache, lookAt } from '#core/register-log.ts';
import type { Code } from '#schemas/codes.ts';
import type { OutcomeFact, OutcomeKind, RequestFact } from '#schemas/facts.ts';
import { outcomeObject } from '#schemas/names.ts';
import { timeMs } from '#schemas/spellings.ts';
import type { ReconcileContext } from '../shell/context.ts';

const TRIES = 8;

const outcomeOf = (code: Code): OutcomeKind => {
  if (code === 'NOT_APPROVED_IN_TIME') return 'expired';
  if (code === 'REJECTED') return 'rejected';
  return 'refused';
};

export const logOf = (context: ReconcileContext, { walletAddress, request }: RequestFact): LogId => ({
  chainId: request.chainId,
  address: walletAddress,
  registerBucket: context.buckets.register,
});

/** A look that can decide about this request. */
export const lookFor = (context: ReconcileContext, fact: RequestFact, cache: EntryCache): Promise<Look> => {
  const since = lookSince(timeMs(fact.request.validUntil) ?? 0, context.clock.now(), limitsOf(context.law));
  return lookAt(context.storage, logOf(context, fact), since, cache, context.log);
};

/**
 * Ends a request that the chain shall not decide. Writes a close unless one is there, then looks: only a look that shows no seal of the id
 * makes the close true, whoever won which create. `sealed`: too late to close, the chain decides.
 */
export const closeRequest = async (
  context: ReconcileContext,
  fact: RequestFact,
  why: { code: Code; reason: string },
): Promise<'closed' | 'sealed' | 'unsure'> => {
  const cache: EntryCache = new Map();
  const limits = limitsOf(context.law);
  const validUntil = timeMs(fact.request.validUntil) ?? 0;
  for (let tries = 0; tries < TRIES; tries++) {
    const look = await lookFor(context, fact, cache);
    if (noncesOf(fact.id, look).size > 0) return 'sealed';
    const believed = closeBelieved(fact.id, validUntil, look, limits);
    if (believed !== undefined) {
      await storeOutcome(context, fact, believed);
      return 'closed';
    }
    await appendEntry(context.storage, logOf(context, fact), nextSeq(look), closeBytes([{ id: fact.id, ...why }]));
  }
  context.log.alarm('reconcile.unsure', { id: fact.id, code: 'CONTENDED' });
  return 'unsure';
};

const storeOutcome = async (
  context: ReconcileContext,
  { id, request }: RequestFact,
  { code, reason }: { code: Code; reason: string },
): Promise<void> => {
  const outcome: OutcomeFact = {
    id,
    wallet: request.wallet,
    outcome: outcomeOf(code),
    code,
    reason,
    transactionHash: '',
    blockNumber: '',
    receipt: '',
  };
  await commitFact(context.storage, 'outcome', context.buckets.results, outcomeObject(id), outcome);
};
