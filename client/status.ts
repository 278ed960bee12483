import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import { verifiedWalletOf } from '#core/facts/verified-wallet.ts';
import { isCode, KeyturnError } from '#schemas/codes.ts';
import type { Law } from '#schemas/config.ts';
import type { OutcomeFact } from '#schemas/facts.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Outcome, Status } from './api.ts';

const outcomeOf = ({ outcome, code, reason, transactionHash, blockNumber, receipt }: OutcomeFact): Outcome => ({
  outcome,
  code: isCode(code) ? code : '',
  reason,
  transactionHash,
  blockNumber,
  receipt,
});

/** Throws ID_MISMATCH where what is stored is not what the id stands for. */
export const statusOf = (facts: RequestFacts, law: Law): Status => {
  const { id } = facts;
  const state = stateOf(facts);
  if (state.stage === 'unknown') return { stage: 'unknown', id };
  if (state.request.id !== id || verifiedWalletOf(state.request, law) === undefined)
    throw new KeyturnError('ID_MISMATCH', `what is stored as request ${id} does not hash to that id`, { id });
  const stored = {
    id,
    request: state.request.request,
    acceptedAt: timeText(facts.request?.object.timeCreated ?? 0),
  };
  switch (state.stage) {
    case 'accepted':
      return { stage: 'accepted', ...stored };
    case 'approved':
      return { stage: 'approved', ...stored, approvedBy: state.approved.coSigners };
    case 'submitted': {
      const { approvedBy, nonce, transactionHashes } = state.submitted;
      return { stage: 'submitted', ...stored, approvedBy, nonce, transactionHashes };
    }
    case 'decided':
      return { stage: 'decided', ...stored, outcome: outcomeOf(state.outcome) };
    default:
      return state satisfies never;
  }
};
