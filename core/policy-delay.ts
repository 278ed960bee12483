import { type Law, tokensOn, type Wallet } from '#schemas/config.ts';
import type { PolicyDelay } from '#schemas/delays.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { type ChainTokens, tokenNamed } from '#schemas/tokens.ts';
import { allCalls, type CallNode, callTree } from './calls/call-tree.ts';
import { counted } from './calls/moves.ts';
import { readCall } from './policy-call.ts';

/** Whether it moves or allows what nobody can value: a call that cannot be decoded, or a token that the law does not name. */
const isUnvalued = (tree: CallNode, { policy }: Wallet, { tokens }: ChainTokens): boolean =>
  allCalls(tree).some((node) => readCall(node, policy.rules).content.kind === 'unknown') ||
  [...tree.units].some(([address, amount]) => counted(amount) > 0n && tokens.every((one) => one.address !== address));

const isAbove = (
  { aboveWei, chainId = '', token = '', aboveUnits }: PolicyDelay,
  tree: CallNode,
  chain: ChainTokens,
) => {
  if (aboveWei !== undefined) return tree.moves > BigInt(aboveWei);
  const named = tokenNamed({ chainId, token }, chain);
  const amount = named === undefined ? undefined : tree.units.get(named.address);
  return amount !== undefined && counted(amount) > BigInt(aboveUnits ?? '0');
};

/**
 * ms that pass between the approvals and the seal; 0: no delay. The longest that applies. What a call may move *or allow* counts, calls
 * within calls too; what nobody can value has the longest of the policy. It does not ask whether the policy allows the request.
 */
export const delayOf = (request: TransactionRequest, wallet: Wallet, law: Pick<Law, 'chains'>): number => {
  const { delays = [] } = wallet.policy;
  if (delays.length === 0) return 0;
  const chain = tokensOn(law, request.chainId);
  const tree = callTree(request, chain.tokens);
  const applying = isUnvalued(tree, wallet, chain) ? delays : delays.filter((one) => isAbove(one, tree, chain));
  return applying.reduce((longest, { seconds }) => Math.max(longest, seconds * 1000), 0);
};
