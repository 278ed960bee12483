import { HDNodeWallet, JsonRpcProvider, parseEther } from 'ethers';
import { DEV_MNEMONIC } from '#local/host/anvil.ts';

const ENOUGH = parseEther('500');

/** Gives the wallet what it needs to play, from the development chain's own rich account. A kept wallet that has enough gets nothing. */
export const fundWallet = async (rpcUrl: string, address: string): Promise<void> => {
  const provider = new JsonRpcProvider(rpcUrl, undefined, {
    staticNetwork: true,
    cacheTimeout: -1,
    batchMaxCount: 1,
    pollingInterval: 100,
  });
  try {
    const balance = await provider.getBalance(address);
    if (balance >= ENOUGH) return;
    const rich = HDNodeWallet.fromPhrase(DEV_MNEMONIC).connect(provider);
    const sent = await rich.sendTransaction({ to: address, value: ENOUGH * 2n - balance });
    await sent.wait(1, 20_000);
  } finally {
    provider.destroy();
  }
};
