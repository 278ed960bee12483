import type { Wait } from '#core/facts/wait.ts';
import type { Limits } from '#core/register/limits.ts';
import { closeBelieved, closeLapsed, noncesOf, type RegisterView } from '#core/register/rules.ts';
import type { Code } from '#schemas/codes.ts';
import { CLOSED_OUTCOMES, type OutcomeFact, type OutcomeKind, type RequestFact } from '#schemas/facts.ts';
import { validUntilMs } from '#schemas/request.ts';
import { waitSentence } from '#schemas/waits.ts';

const KINDS: Partial<Record<Code, OutcomeKind>> = {
  NOT_APPROVED_IN_TIME: 'expired',
  NOT_SEALED_IN_TIME: 'expired',
  EXPIRED: 'expired',
  REJECTED: 'rejected',
  WITHDRAWN: 'withdrawn',
  RELAUNCHES_EXHAUSTED: 'failed',
};

/** The reason of a close that ends a wait: what the request waited for, in the words that people were told it with. */
export const endOfWait = (reason: string, wait: Wait | undefined): string =>
  wait === undefined ? reason : `${reason}. Last seen, ${wait.code}: ${waitSentence(wait.code, wait)}`;

/**
 * May an outcome that is stored be said again? It is a fact of some function. `view`: what can decide about the request. An end without a seal
 * needs a close that is believed, any other a seal. Where their time is over, the register cannot be asked any more.
 */
export const mayBeSaid = (
  { outcome }: OutcomeFact,
  { id, request }: RequestFact,
  view: RegisterView,
  limits: Limits,
): boolean => {
  const validUntil = validUntilMs(request);
  if (closeLapsed(view.at, validUntil, limits)) return true;
  if (!CLOSED_OUTCOMES.includes(outcome)) return noncesOf(id, view).size > 0;
  return closeBelieved(id, validUntil, view, limits) !== undefined;
};

/** What a believed close makes of a request. For any code that is not named here, a turn refused the request. */
export const outcomeOfClose = (
  { id, request }: RequestFact,
  { code, reason }: { readonly code: Code; readonly reason: string },
): OutcomeFact => ({
  id,
  wallet: request.wallet,
  outcome: KINDS[code] ?? 'refused',
  code,
  reason,
  transactionHash: '',
  blockNumber: '',
  receipt: '',
});
