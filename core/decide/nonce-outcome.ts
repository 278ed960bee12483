import type { NonceUse } from '#core/ports.ts';
import { type RegisterView, sealItems } from '#core/register/rules.ts';
import type { SubmittedFact } from '#schemas/facts.ts';

/** What became of a nonce that a request holds, where no rung of the request has a receipt. */
export type NonceOutcome =
  /** Not used up, not final, or by ourselves after all. */
  | { readonly kind: 'open' }
  | { readonly kind: 'replaced'; readonly by: string; readonly use: NonceUse }
  | { readonly kind: 'superseded'; readonly use: NonceUse };

/**
 * Whose transaction used the nonce. Only one that can be named decides. Neither a count nor a missing receipt proves anything, since a
 * node's index may lag. A payment called superseded in error is made twice. `transactionHashes`: of what came out for this request. Two
 * requests can be sealed with one transaction, by machines that did not see each other. It is the one's whose bytes came out.
 */
export const nonceOutcome = (
  { id, transactionHashes }: Pick<SubmittedFact, 'id' | 'transactionHashes'>,
  use: NonceUse | undefined,
  finalBlock: bigint,
  view: RegisterView,
): NonceOutcome => {
  if (use === undefined || use.blockNumber > finalBlock) return { kind: 'open' };
  if (transactionHashes.includes(use.hash)) return { kind: 'open' };
  const sealed = sealItems(view).filter(({ rungs }) => rungs.includes(use.hash));
  if (sealed.length === 0) return { kind: 'superseded', use };
  const winner = sealed.find((item) => item.id !== id);
  return winner === undefined ? { kind: 'open' } : { kind: 'replaced', by: winner.id, use };
};
