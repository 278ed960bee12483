import { type Law, tokensOn, type Wallet } from '#schemas/config.ts';
import type { PolicyDelay } from '#schemas/delays.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { type ChainTokens, type Token, tokenNamed } from '#schemas/tokens.ts';
import { allCalls, type CallNode, callTree } from './calls/call-tree.ts';
import { counted } from './calls/moves.ts';
import { readCall } from './policy-call.ts';

/** Whether it moves or allows what nobody can value: a call that cannot be decoded, or a token that the law does not name. */
const isUnvalued = (tree: CallNode, { policy }: Wallet, { tokens }: ChainTokens): boolean =>
  allCalls(tree).some((node) => readCall(node, policy.rules).content.kind === 'unknown') ||
  [...tree.units].some(([address, amount]) => counted(amount) > 0n && tokens.every((one) => one.address !== address));

/** One delay of a policy, and why it applies to a request or not. */
export interface WeighedDelay {
  readonly delay: PolicyDelay;
  /** Undefined where the delay counts wei, or a token of another chain. */
  readonly token: Token | undefined;
  /** What the request moves or allows of it: wei, or units of the token. */
  readonly amount: bigint;
  readonly above: bigint;
  /** `unvalued`: nobody can say what the request moves, so every delay applies. */
  readonly says: 'above' | 'unvalued' | 'not above';
}

/** Every delay of the policy, in its order. What a call may move *or allow* counts, calls within calls too. */
export const weighDelays = (
  request: TransactionRequest,
  wallet: Wallet,
  law: Pick<Law, 'chains'>,
): readonly WeighedDelay[] => {
  const { delays = [] } = wallet.policy;
  if (delays.length === 0) return [];
  const chain = tokensOn(law, request.chainId);
  const tree = callTree(request, chain.tokens);
  const unvalued = isUnvalued(tree, wallet, chain);
  return delays.map((delay): WeighedDelay => {
    const { aboveWei, chainId = '', token: symbol = '', aboveUnits } = delay;
    const token = tokenNamed({ chainId, token: symbol }, chain);
    const units = token === undefined ? undefined : tree.units.get(token.address);
    const amount = aboveWei === undefined ? (units === undefined ? 0n : counted(units)) : tree.moves;
    const above = BigInt(aboveWei ?? aboveUnits ?? '0');
    return { delay, token, amount, above, says: amount > above ? 'above' : unvalued ? 'unvalued' : 'not above' };
  });
};

/** The delay that a request has: the longest of those that apply, the first of them where several are as long. */
export const longestDelay = (weighed: readonly WeighedDelay[]): PolicyDelay | undefined =>
  weighed
    .filter(({ says }) => says !== 'not above')
    .map(({ delay }) => delay)
    .reduce<PolicyDelay | undefined>(
      (longest, one) => (longest === undefined || one.seconds > longest.seconds ? one : longest),
      undefined,
    );

/**
 * ms that pass between the approvals and the seal; 0: no delay. The longest that applies; what nobody can value has the longest of the policy.
 * It does not ask whether the policy allows the request.
 */
export const delayOf = (request: TransactionRequest, wallet: Wallet, law: Pick<Law, 'chains'>): number =>
  (longestDelay(weighDelays(request, wallet, law))?.seconds ?? 0) * 1000;
