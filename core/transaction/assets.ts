import type { AssetAmount } from '#schemas/assets.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { maxCost } from './fees.ts';

/**
 * What a request can take out of the wallet at most, as a seal says it. Calls of tokens are not judged yet, which the seal says too. `leaves`
 * of the coin is what a policy's windows count: value and the ceiling of the fee, in wei.
 */
export const assetsOf = (
  request: TransactionRequest,
): { readonly tokensJudged: 'no'; readonly assets: readonly AssetAmount[] } => ({
  tokensJudged: 'no',
  assets: [
    {
      chainId: request.chainId,
      standard: 'native',
      address: '',
      tokenId: '',
      leaves: maxCost(request).toString(),
      allows: '0',
    },
  ],
});
