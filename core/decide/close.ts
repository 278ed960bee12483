import type { Wait } from '#core/facts/wait.ts';
import type { Code } from '#schemas/codes.ts';
import type { OutcomeFact, OutcomeKind, RequestFact } from '#schemas/facts.ts';
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
