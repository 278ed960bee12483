import { JsonRpcProvider, parseEther, toQuantity } from 'ethers';

const ENOUGH = parseEther('500');

/**
 * Gives the wallet the ether that it needs in a lab. It sets the balance, as a development chain allows. So nothing waits for a block, and
 * no poll of the chain outlives this. A kept wallet that has enough gets nothing.
 */
export const fundWallet = async (rpcUrl: string, address: string): Promise<void> => {
  const provider = new JsonRpcProvider(rpcUrl, undefined, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
  try {
    if ((await provider.getBalance(address)) >= ENOUGH) return;
    await provider.send('anvil_setBalance', [address, toQuantity(ENOUGH * 2n)]);
  } finally {
    provider.destroy();
  }
};
