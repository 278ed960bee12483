import { type Law, type Policy, type PolicyWindow, tokensOn, type Wallet } from '#schemas/config.ts';
import { requesterOf } from '#schemas/digest.ts';
import { skeletonOf } from '#schemas/look-alike.ts';
import { bucketsOf } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { isSigner } from '#schemas/spellings.ts';
import { type Token, tokenNamed } from '#schemas/tokens.ts';
import { type CallNode, callTree } from './calls/call-tree.ts';
import { counted } from './calls/moves.ts';
import { hasDestination } from './policy-call.ts';
import { type Case, judgeRules } from './policy-rules.ts';
import { amountFor, mostOf, spendOf } from './transaction/spend.ts';
import { type Denial, deny, money, tokenMoney, type Verdict } from './verdict.ts';

export type { Denial, Verdict } from './verdict.ts';

/** A name that nobody signs for must not make people believe that a co-signer asks. */
const judgeName = (requester: string, { coSigners }: Pick<Law, 'coSigners'>): Denial | undefined => {
  const meant = coSigners.find(({ name }) => skeletonOf(name) === skeletonOf(requester));
  if (meant === undefined) return undefined;
  const reason = `${requester} spells the name of co-signer ${meant.name}: who signs no request goes by another name`;
  return deny('POLICY_DENIED', 'requester', 'coSigners', reason);
};

/** Whether a requester whose signature was seen is one of those who may ask. */
export const judgeListed = ({ requester }: TransactionRequest, { name, policy }: Wallet): Denial | undefined =>
  policy.requesters === undefined || policy.requesters.includes(requester)
    ? undefined
    : deny('POLICY_DENIED', 'requester', 'requesters', `${requester} is not among the requesters of ${name}`);

/**
 * Whether who asks may ask. A signature that is given is checked even where none is demanded: a wrong one is never passed over. A requester
 * that is an address always signs. The signature is not part of the id. So an unsigned copy, published first, would own the request and the
 * right to withdraw it.
 */
export const judgeRequester = (
  request: TransactionRequest,
  wallet: Wallet,
  law: Pick<Law, 'name' | 'coSigners'>,
): Denial | undefined => {
  const { requester, requesterSignature } = request;
  const { policy } = wallet;
  if (requesterSignature === '') {
    if (policy.requesterSignature === 'optional' && !isSigner(requester)) return judgeName(requester, law);
    const reason =
      policy.requesterSignature === 'optional'
        ? `requester ${requester} is an address: only what it has signed may be asked for in its name`
        : `wallet ${wallet.name} takes only requests that the requester has signed`;
    return deny('BAD_SIGNATURE', 'requesterSignature', 'requesterSignature', reason);
  }
  const signer = requesterOf(request, wallet.address, bucketsOf(law.name).register);
  if (signer === undefined || signer !== requester) {
    const reason =
      signer === undefined
        ? 'is no signature over this request'
        : `was made by ${signer}, not by requester ${requester}`;
    return deny('BAD_SIGNATURE', 'requesterSignature', 'requesterSignature', reason);
  }
  return judgeListed(request, wallet);
};

/** Above these amounts the chain alone must guarantee once. */
export const judgeNonce = ({ request, wallet: { policy }, chain }: Case, tree: CallNode): Denial | undefined => {
  if (request.nonce !== '') return undefined;
  const { pinNonceAboveWei, pinNonceAboveTokens = [] } = policy;
  const ask = (rule: string, most: string, given: string): Denial =>
    deny('NONCE_REQUIRED', 'nonce', rule, `must be given for a value above ${most}; this one is ${given}`);
  if (pinNonceAboveWei !== undefined && tree.moves > BigInt(pinNonceAboveWei))
    return ask('pinNonceAboveWei', money(BigInt(pinNonceAboveWei)), money(tree.moves));
  for (const pinned of pinNonceAboveTokens) {
    const token = tokenNamed(pinned, chain);
    const amount = token === undefined ? undefined : tree.units.get(token.address);
    if (token !== undefined && amount !== undefined && counted(amount) > BigInt(pinned.units))
      return ask('pinNonceAboveTokens', tokenMoney(BigInt(pinned.units), token), tokenMoney(counted(amount), token));
  }
  return undefined;
};

/** What a request takes of one window at most: wei, or units of `token`. */
export interface WindowAmount {
  readonly window: PolicyWindow;
  /** Undefined where the window counts wei, or a token of another chain, of which this request takes nothing. */
  readonly token: Token | undefined;
  readonly amount: bigint;
  readonly most: bigint;
}

export const windowAmounts = ({ request, wallet: { policy }, chain }: Case): readonly WindowAmount[] => {
  const spend = spendOf(request, chain);
  return policy.windows.map((window) => {
    const { chainId = '', token = '' } = window;
    const amount = amountFor(window, spend, chain);
    return { window, token: tokenNamed({ chainId, token }, chain), amount, most: mostOf(window) };
  });
};

/** More than a whole window admits can never be sealed; whether there is room for the rest, the register tells the workload. */
export const judgeWindows = (one: Case): Denial | undefined => {
  const tooSmall = windowAmounts(one).find(({ amount, most }) => amount > most);
  if (tooSmall === undefined) return undefined;
  const {
    window: { name },
    token,
    amount,
    most,
  } = tooSmall;
  return token === undefined
    ? deny(
        'POLICY_DENIED',
        'value',
        name,
        `value and fee ceiling, ${money(amount)}, exceed all that window ${name} admits, ${money(most)}`,
      )
    : deny(
        'POLICY_DENIED',
        'data',
        name,
        `${tokenMoney(amount, token)} exceeds all that window ${name} admits, ${tokenMoney(most, token)}`,
      );
};

/** Steps 2 and 3 of `judgePolicy`: what is asked for, whoever asks. */
export const judgeAsked = (request: TransactionRequest, wallet: Wallet, law: Pick<Law, 'chains'>): Verdict => {
  const one: Case = { request, wallet, chain: tokensOn(law, request.chainId) };
  const tree = callTree(request, one.chain.tokens);
  const verdict = judgeRules(tree, one);
  if (verdict.kind === 'denied') return verdict;
  return judgeWindows(one) ?? judgeNonce(one, tree) ?? verdict;
};

/**
 * Whether the wallet's policy allows a request; the same at intake and in the workload, where it counts. In this order:
 * 1. the requester: a missing (where demanded) or wrong signature, then whether the signer is among `requesters`; a name without signature
 *    must not spell that of a co-signer;
 * 2. the call, and then each call within it, by itself. Deny rules first: one that fits denies, whatever allows. Then allow rules: the
 *    first in the law's order whose destination, call, maxValueWei, maxFeeWei and tokens all hold decides, also about how many approvals are
 *    needed. So the law lists the particular before the general and the small tier before the large. None: denied, naming the rule that came
 *    nearest (same destination) and each of its limits that was exceeded, else `default`;
 * 3. an allowed request must fit into each window by itself, and one that moves or allows more than is pinned must name its nonce.
 * What is not the one canonical encoding of its arguments, or is a delegatecall, no rule allows. Chain, validity, reference and nonce order are
 * not the policy's.
 */
export const judgePolicy = (
  request: TransactionRequest,
  wallet: Wallet,
  law: Pick<Law, 'name' | 'chains' | 'coSigners'>,
): Verdict => {
  const stranger = judgeRequester(request, wallet, law);
  return stranger ?? judgeAsked(request, wallet, law);
};

/** wei: the largest fee ceiling of the rules that allow this destination; undefined where one of them has none. */
export const mostFeeWei = (request: TransactionRequest, { rules }: Policy): bigint | undefined => {
  const caps = rules
    .filter((rule) => rule.effect === 'allow' && hasDestination(rule, request))
    .map(({ maxFeeWei }) => maxFeeWei);
  return caps.includes(undefined) ? undefined : caps.reduce<bigint>((most, cap) => larger(most, BigInt(cap ?? 0)), 0n);
};

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
