import { type Law, tokensOn, type Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { allCalls, callTree } from './calls/call-tree.ts';
import {
  judgeAsked,
  judgeListed,
  judgeNonce,
  judgePolicy,
  judgeRequester,
  type WindowAmount,
  windowAmounts,
} from './policy.ts';
import { type WeighedDelay, weighDelays } from './policy-delay.ts';
import { type Case, type WeighedCall, weighCall } from './policy-rules.ts';
import type { Denial, Verdict } from './verdict.ts';

/**
 * All that a policy says of a request, also where the verdict needs only the first of it. Each part is what the judging functions
 * themselves found, so that no explanation can differ from what is judged.
 */
export interface Explanation {
  readonly verdict: Verdict;
  /** Why the requester may not ask; undefined where they may. */
  readonly requester: Denial | undefined;
  /** The request's own call first, then each call within it. */
  readonly calls: readonly WeighedCall[];
  readonly windows: readonly WindowAmount[];
  /** Why it must name its nonce; undefined where it need not, or does. */
  readonly nonce: Denial | undefined;
  readonly delays: readonly WeighedDelay[];
  /** Co-signers who may veto where it has a delay: each holder, also one who may not approve it. */
  readonly mayVeto: readonly string[];
}

type JudgingLaw = Parameters<typeof judgePolicy>[2];

const caseOf = (request: TransactionRequest, wallet: Wallet, law: Pick<Law, 'chains'>): Case => ({
  request,
  wallet,
  chain: tokensOn(law, request.chainId),
});

export const explainPolicy = (request: TransactionRequest, wallet: Wallet, law: JudgingLaw): Explanation => {
  const one = caseOf(request, wallet, law);
  const tree = callTree(request, one.chain.tokens);
  return {
    verdict: judgePolicy(request, wallet, law),
    requester: judgeRequester(request, wallet, law),
    calls: allCalls(tree).map((node) => weighCall(node, one)),
    windows: windowAmounts(one),
    nonce: judgeNonce(one, tree),
    delays: weighDelays(request, wallet, law),
    mayVeto: wallet.holders.map(({ coSigner }) => coSigner),
  };
};

/** The verdict of a request that its requester is taken to have signed: of a case that is written before anybody signs. */
export const judgeSigned = (request: TransactionRequest, wallet: Wallet, law: Pick<Law, 'chains'>): Verdict =>
  judgeListed(request, wallet) ?? judgeAsked(request, wallet, law);
