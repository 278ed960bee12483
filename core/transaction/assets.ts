import { allCalls, callTree } from '#core/calls/call-tree.ts';
import type { AssetAmount } from '#schemas/assets.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { ChainTokens } from '#schemas/tokens.ts';
import { spendOf } from './spend.ts';

/** Stands for any amount: more than this no contract can count. */
const ANY_AMOUNT = 2n ** 256n - 1n;
const units = (amount: bigint): string => (amount > ANY_AMOUNT ? ANY_AMOUNT : amount).toString();

/**
 * What a request can take out of the wallet at most, as a seal says it. The policy's caps and windows were judged by these numbers. A
 * contract that the law does not name counts as erc20. `no`: some call could not be decoded, or creates a contract, and may move more.
 */
export const assetsOf = (
  request: TransactionRequest,
  chain: ChainTokens,
): { readonly tokensJudged: 'no' | 'yes'; readonly assets: readonly AssetAmount[] } => {
  const { chainId } = request;
  const tree = callTree(request, chain.tokens);
  const standards = new Map(chain.tokens.map(({ address, standard }) => [address, standard]));
  const moved = [...tree.units].filter(([, { leaves, allows }]) => leaves > 0n || allows > 0n);
  return {
    tokensJudged: allCalls(tree).every(({ content: { kind } }) => kind === 'plain' || kind === 'known') ? 'yes' : 'no',
    assets: [
      {
        ...{ chainId, standard: 'native', address: '', tokenId: '' },
        ...{ leaves: units(spendOf(request, chain).wei), allows: '0' },
      },
      ...moved
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([address, { leaves, allows }]) => ({
          ...{ chainId, standard: standards.get(address) ?? 'erc20', address, tokenId: '' },
          ...{ leaves: units(leaves), allows: units(allows) },
        })),
    ],
  };
};
