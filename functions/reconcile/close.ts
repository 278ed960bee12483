import { outcomeOfClose } from '#core/decide/close.ts';
import { commitFact } from '#core/facts/store.ts';
import { appendEntry } from '#core/register/append.ts';
import { closeBytes } from '#core/register/entry.ts';
import { limitsOf } from '#core/register/limits.ts';
import { closeBelieved, closeCounts, closeStands, nextSeq, noncesOf, type RegisterView } from '#core/register/rules.ts';
import { tellLife } from '#functions/telemetry/life.ts';
import type { Code } from '#schemas/codes.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { outcomeObject } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { logOf, type Tick } from './tick.ts';

const MAX_TRIES = 8;

export interface Why {
  readonly code: Code;
  readonly reason: string;
}

/** Stores the outcome that a view justifies. */
export const believeClose = async ({ context }: Tick, fact: RequestFact, view: RegisterView): Promise<boolean> => {
  const believed = closeBelieved(fact.id, validUntilMs(fact.request), view, limitsOf(context.law));
  if (believed === undefined) return false;
  const { storage, buckets } = context;
  const { created } = await commitFact(
    storage,
    { kind: 'outcome', bucket: buckets.results, name: outcomeObject(fact.id) },
    outcomeOfClose(fact, believed),
  );
  if (created) await tellLife(context, fact.id);
  return true;
};

/**
 * Ends a request that the chain shall not decide. Writes a close unless one is there that counts, then reads. Only a view that shows no
 * seal of the id makes the close true, whoever won which create. `sealed`: too late to close, the chain decides. `unsure`: others kept winning
 * the place, or it is so long ago that nothing can be believed any more; the next tick tries again.
 */
export const closeRequest = async (
  tick: Tick,
  fact: RequestFact,
  why: Why,
): Promise<'closed' | 'sealed' | 'unsure'> => {
  const { context } = tick;
  let written = false;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const view = await tick.freshView(fact);
    if (noncesOf(fact.id, view).size > 0) return 'sealed';
    if (await believeClose(tick, fact, view)) return 'closed';
    const validUntil = validUntilMs(fact.request);
    const limits = limitsOf(context.law);
    // Entries stay for as long as the register keeps them: one that stands already is waited for, not written once more at each tick.
    if (written || closeStands(fact.id, validUntil, view, limits) || !closeCounts(view.at, validUntil, limits)) break;
    const reason = why.reason.slice(0, 500);
    const bytes = closeBytes([{ id: fact.id, code: why.code, reason }]);
    written = await appendEntry(context.storage, logOf(context, fact), nextSeq(view), bytes);
  }
  context.log.alarm('reconcile.unsure', { id: fact.id, code: 'CONTENDED' });
  return 'unsure';
};
