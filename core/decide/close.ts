import type { Code } from '#schemas/codes.ts';
import type { OutcomeFact, OutcomeKind, RequestFact } from '#schemas/facts.ts';

const KINDS: Partial<Record<Code, OutcomeKind>> = {
  NOT_APPROVED_IN_TIME: 'expired',
  NOT_SEALED_IN_TIME: 'expired',
  EXPIRED: 'expired',
  REJECTED: 'rejected',
  WITHDRAWN: 'withdrawn',
  RELAUNCHES_EXHAUSTED: 'failed',
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
