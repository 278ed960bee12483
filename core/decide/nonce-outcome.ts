import type { NonceUse } from '#core/ports.ts';
import { type RegisterView, sealItems, sealsOf } from '#core/register/rules.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import { isRequestId } from '#schemas/spellings.ts';

/** What became of a nonce that a request holds, where no rung of the request has a receipt. */
export type NonceOutcome =
  /** Not used up, not final, or by ourselves after all. */
  | { readonly kind: 'open' }
  | { readonly kind: 'replaced'; readonly by: string; readonly use: NonceUse }
  | { readonly kind: 'superseded'; readonly use: NonceUse };

/** What a look must show besides, before it can be said whose transaction used the nonce: the ids that are replaced, at any remove. */
export const missingAncestors = (id: string, look: RegisterView): ReadonlySet<string> => {
  const items = new Map(sealItems(look).map((item) => [item.id, item]));
  const unseen = new Set<string>();
  for (const { request } of items.values())
    if (isRequestId(request.replaces) && !items.has(request.replaces)) unseen.add(request.replaces);
  if (!items.has(id)) unseen.add(id);
  return unseen;
};

/** Hashes of all that the register shows sealed at this nonce for other ids: what may have been mined in this one's place. */
export const competingHashes = (id: string, nonce: bigint, look: RegisterView): readonly string[] =>
  sealItems(look).flatMap((item) => (item.id !== id && item.nonce === nonce ? item.rungs : []));

/** ms: when the first seal of an id was created; 0 where the look shows none. */
export const sealedAt = (id: string, look: RegisterView): number => {
  const times = sealsOf(id, look).map(({ listed }) => listed.timeCreated);
  return times.length === 0 ? 0 : Math.min(...times);
};

/**
 * Whose transaction used the nonce. Only one that can be named decides: neither a count nor a missing receipt proves anything, since a
 * node's index may lag, and a payment called superseded in error is made twice. `transactionHashes`: of what came out for this request. Two
 * requests can be sealed with one transaction, by machines that did not see each other. It is the one's whose bytes came out.
 */
export const nonceOutcome = (
  { id, transactionHashes }: Pick<SubmittedFact, 'id' | 'transactionHashes'>,
  use: NonceUse | undefined,
  finalBlock: bigint,
  look: RegisterView,
): NonceOutcome => {
  if (use === undefined || use.blockNumber > finalBlock) return { kind: 'open' };
  if (transactionHashes.includes(use.hash)) return { kind: 'open' };
  const sealed = sealItems(look).filter(({ rungs }) => rungs.includes(use.hash));
  if (sealed.length === 0) return { kind: 'superseded', use };
  const winner = sealed.find((item) => item.id !== id);
  return winner === undefined ? { kind: 'open' } : { kind: 'replaced', by: winner.id, use };
};
