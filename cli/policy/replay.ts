import { judgePolicy } from '#core/policy.ts';
import type { Verdict } from '#core/verdict.ts';
import { type Law, walletNamed } from '#schemas/config.ts';
import type { RequestFact } from '#schemas/facts.ts';

/** A law that has no such wallet judges nothing of it. */
export type Judged = Verdict | { readonly kind: 'no wallet' };

/** What a proposed law changes for one request. */
export type Change =
  | 'same'
  | 'other rule'
  | 'other approvals'
  | 'refused'
  | 'refused otherwise'
  | 'allowed'
  /** The law before, or the proposed one, has no such wallet of that address. */
  | 'not judged';

export interface Replayed {
  readonly id: string;
  readonly wallet: string;
  readonly request: RequestFact['request'];
  readonly before: Judged;
  readonly after: Judged;
  readonly change: Change;
}

const judged = ({ request, walletAddress }: RequestFact, law: Law): Judged => {
  const wallet = walletNamed(law, request.wallet);
  // Another key under the same name is another wallet: nothing that was asked of the one was asked of the other.
  return wallet?.address === walletAddress ? judgePolicy(request, wallet, law) : { kind: 'no wallet' };
};

const changeOf = (before: Judged, after: Judged): Change => {
  if (before.kind === 'no wallet' || after.kind === 'no wallet') return 'not judged';
  if (before.kind === 'allowed' && after.kind === 'allowed') {
    if (before.approvals !== after.approvals) return 'other approvals';
    return before.rule === after.rule ? 'same' : 'other rule';
  }
  if (before.kind === 'allowed') return 'refused';
  if (after.kind === 'allowed') return 'allowed';
  return before.rule === after.rule && before.code === after.code ? 'same' : 'refused otherwise';
};

/** One stored request under two laws. Its policy alone: what room a window had then is not replayed. */
export const replay = (fact: RequestFact, before: Law, after: Law): Replayed => {
  const [first, second] = [judged(fact, before), judged(fact, after)];
  const { id, request } = fact;
  return { id, wallet: request.wallet, request, before: first, after: second, change: changeOf(first, second) };
};
