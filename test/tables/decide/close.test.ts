import { outcomeOfClose } from '#core/decide/close.ts';
import type { Code } from '#schemas/codes.ts';
import { requestFact } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

const ASKED = requestFact();

interface Close {
  readonly code: Code;
  readonly reason: string;
}

const close = (fact: typeof ASKED, when: Close) => {
  const { id, ...outcome } = outcomeOfClose(fact, when);
  return id === fact.id ? outcome : 'the outcome of another request';
};

/** No chain decided it: no transaction, no block, no receipt. */
const ended = (outcome: string, { code, reason }: Close) => ({
  wallet: 'hot',
  outcome,
  code,
  reason,
  transactionHash: '',
  blockNumber: '',
  receipt: '',
});
const because = (code: Code): Close => ({ code, reason: `because of ${code}` });
const then = (code: Code, outcome: string) => [ASKED, because(code), ended(outcome, because(code))] as const;

table<typeof ASKED, Close, unknown>('close: what a believed close makes of a request', close, [
  ['Not approved before validUntil: expired.', ...then('NOT_APPROVED_IN_TIME', 'expired')],
  ['Approved, but not sealed before validUntil: expired.', ...then('NOT_SEALED_IN_TIME', 'expired')],
  ['A turn found validUntil in the past: expired.', ...then('EXPIRED', 'expired')],
  ['Too many co-signers rejected it: rejected.', ...then('REJECTED', 'rejected')],
  ['Its requester took it back: withdrawn.', ...then('WITHDRAWN', 'withdrawn')],
  ['Too many turns died over it: failed.', ...then('RELAUNCHES_EXHAUSTED', 'failed')],
  ['The policy denies it: refused.', ...then('POLICY_DENIED', 'refused')],
  ['Its nonce is sealed for another: refused.', ...then('NONCE_TAKEN', 'refused')],
  ['Its reference is used: refused.', ...then('REFERENCE_USED', 'refused')],
  ['What it replaces is not sealed at its nonce: refused.', ...then('REPLACES_UNKNOWN', 'refused')],
  ['A code that no turn gives today is a refusal too: anybody may write a close.', ...then('USAGE', 'refused')],
]);
