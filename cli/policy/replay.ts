import { judgePolicy } from '#core/policy.ts';
import type { Verdict } from '#core/verdict.ts';
import { type Law, walletNamed } from '#schemas/config.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { fullWindows, type SealedUnder } from './replay-windows.ts';

/** A law that has no such wallet judges nothing of it. */
export type Judged = Verdict | { readonly kind: 'no wallet' };

/** What a proposed law changes for one request. */
export type Change =
  | 'same'
  | 'other rule'
  | 'other approvals'
  | 'refused'
  | 'refused otherwise'
  /** It was sealed, and would have found no room in a window then. */
  | 'waits'
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
  /** The window of the proposed law that had no room for it when it was sealed. Undefined too where it was never sealed. */
  readonly window: string | undefined;
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

/** A stored request, the law before, and the proposed one. `sealed`: undefined where its bytes never came out. */
export interface Stored {
  readonly fact: RequestFact;
  readonly laws: { readonly before: Law; readonly after: Law };
  readonly sealed: SealedUnder['sealed'] | undefined;
}

/** Whom each law allows, and which of them found no room in its windows: only what a law allows takes room under it. */
const fullUnder = (all: readonly Stored[], which: 'before' | 'after'): ReadonlyMap<string, string> =>
  fullWindows(
    all.flatMap(({ fact, laws, sealed }) =>
      sealed !== undefined && judged(fact, laws[which]).kind === 'allowed' ? [{ fact, law: laws[which], sealed }] : [],
    ),
  );

/**
 * Stored requests under two laws. A request that was sealed is judged by the room of the windows too, each law beside those that it allows. One
 * that waits under both laws alike does not change.
 */
export const replay = (all: readonly Stored[]): readonly Replayed[] => {
  const [fullBefore, fullAfter] = [fullUnder(all, 'before'), fullUnder(all, 'after')];
  return all.map(({ fact, laws }) => {
    const [before, after] = [judged(fact, laws.before), judged(fact, laws.after)];
    const { id, request } = fact;
    const window = fullAfter.get(id);
    const waits = before.kind === 'allowed' && window !== undefined && !fullBefore.has(id);
    return {
      id,
      wallet: request.wallet,
      request,
      before,
      after,
      change: waits ? 'waits' : changeOf(before, after),
      window,
    };
  });
};
