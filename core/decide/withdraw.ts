import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import { mayWithdraw, type Withdrawal } from '#core/facts/withdrawal.ts';
import type { RefusalFact } from '#schemas/facts.ts';
import { act, type Decision, ignore } from '../decision.ts';
import { type RawMessage, refusalOf } from './intake.ts';

/** Whether a withdrawal is taken down. It decides nothing yet: reconcile closes, and the register says whether that came in time. */
export const decideWithdraw = (
  message: RawMessage,
  withdrawal: Withdrawal,
  facts: RequestFacts,
  { registerBucket, lawHash }: { readonly registerBucket: string; readonly lawHash: string },
): Decision<Withdrawal, RefusalFact> => {
  const refuse = (code: 'WITHDRAW_UNKNOWN' | 'WITHDRAW_LATE', reason: string) => ({
    kind: 'refuse' as const,
    refusal: refusalOf(message, lawHash, { code, field: 'replaces', reason, existingId: withdrawal.id }),
  });
  const state = stateOf(facts);
  // One answer for "none such" and "not yours": a withdrawal attempt must not show whether a request exists.
  if (state.stage === 'unknown' || !mayWithdraw(withdrawal, state.request, registerBucket))
    return refuse('WITHDRAW_UNKNOWN', 'names no request of this requester');
  if (state.stage === 'decided' && state.outcome.outcome === 'withdrawn') return ignore('withdrawn already');
  if (state.stage === 'decided' || state.stage === 'submitted')
    return refuse('WITHDRAW_LATE', `the request is ${state.stage} already`);
  return act(withdrawal);
};
