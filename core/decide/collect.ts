import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import { verifiedWalletOf } from '#core/facts/verified-wallet.ts';
import { delayEnd, oppositionIn } from '#core/shares/delay.ts';
import { initiatorsOf } from '#core/shares/initiators.ts';
import type { ShareObjects } from '#core/shares/list.ts';
import { type ShareState, shareState } from '#core/shares/quorum.ts';
import type { Law, Wallet } from '#schemas/config.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { act, type Decision, ignore, wait } from '../decision.ts';
import { judgePolicy } from '../policy.ts';
import { delayOf } from '../policy-delay.ts';

/** What the shares present ask for. */
export type Collection =
  | { readonly kind: 'approve'; readonly coSigners: readonly string[] }
  /** Too few are left who may approve: a close is owed. `rejecters`: none, where the law alone leaves too few. */
  | { readonly kind: 'reject'; readonly rejecters: readonly string[] }
  /** Enough, but its delay is not over (`until`: ms), or a place cannot be listed in which a veto may lie. */
  | { readonly kind: 'delay'; readonly until: number; readonly unlisted: string | undefined }
  /** Counted, but not enough yet. */
  | { readonly kind: 'count'; readonly state: ShareState; readonly needed: number };

/** A request that the policy denies by now still counts shares: the turn refuses it, and its close ends it. */
export const sharesNeeded = (request: TransactionRequest, wallet: Wallet, law: Law): number => {
  const verdict = judgePolicy(request, wallet, law);
  return verdict.kind === 'allowed' ? verdict.approvals : wallet.threshold;
};

/** Whether the shares present make a turn due. Judges listings only: whether a share is good, the workload alone can tell. */
export const decideCollect = (
  facts: RequestFacts,
  shares: ShareObjects,
  law: Law,
  now: number,
): Decision<Collection> => {
  const state = stateOf(facts);
  if (state.stage === 'unknown') return wait('NO_REQUEST', 'shares came before the request');
  if (state.stage === 'decided') return ignore('the request is decided', 'SHARE_LATE');
  if (state.stage === 'submitted') return ignore('the request is sealed and submitted', 'SHARE_LATE');
  const wallet = verifiedWalletOf(state.request, law);
  if (wallet === undefined)
    return ignore('the stored request does not hash to its id, or its wallet is not in the law', 'ID_MISMATCH');
  const needed = sharesNeeded(state.request.request, wallet, law);
  const counted = shareState({
    wallet,
    needed,
    shares: shares.shares,
    rejections: new Set(shares.rejections.keys()),
    initiators: initiatorsOf(state.request.request, law),
    knownBad: facts.knownBad,
  });
  if (state.stage !== 'approved' && validUntilMs(state.request.request) <= now)
    return ignore('validUntil has passed', 'SHARE_LATE');
  if (counted.hopeless) return act({ kind: 'reject', rejecters: counted.rejecters });
  const delay = delayOf(state.request.request, wallet, law);
  // With a delay each co-signer may veto alone, from the first share on.
  if (delay > 0 && counted.rejecters.length > 0) return act({ kind: 'reject', rejecters: counted.rejecters });
  if (!counted.enough) return act({ kind: 'count', state: counted, needed });
  if (delay > 0) {
    const requestedAt = facts.request?.object.timeCreated;
    const until = delayEnd({ uploads: counted.uploads, needed, delay, requestedAt });
    const opposition = oppositionIn(shares);
    const unlisted = opposition.kind === 'unlisted' ? opposition.coSigner : undefined;
    if (until > now || unlisted !== undefined) return act({ kind: 'delay', until, unlisted });
  }
  return act({ kind: 'approve', coSigners: counted.countable });
};
