import { FetchRequest, formatEther, JsonRpcProvider, parseEther, toQuantity } from 'ethers';
import { z } from 'zod';

const ENOUGH = parseEther('500');
/** ms of one call. */
const ANSWER_MS = 10_000;

/** How development nodes give money by decree, by what they call themselves. No other node is asked for any. */
const DECREES: readonly (readonly [RegExp, string])[] = [
  [/^anvil\//, 'anvil_setBalance'],
  [/^HardhatNetwork\//, 'hardhat_setBalance'],
  [/^Ganache\//, 'evm_setAccountBalance'],
];

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .transform(BigInt);

const providerAt = (url: string): JsonRpcProvider => {
  const request = new FetchRequest(url);
  request.timeout = ANSWER_MS;
  return new JsonRpcProvider(request, undefined, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
};

const decreeOf = async (provider: JsonRpcProvider): Promise<string | undefined> => {
  const said: unknown = await provider.send('web3_clientVersion', []).catch(() => '');
  const name = z.string().catch('').parse(said);
  return DECREES.find(([pattern]) => pattern.test(name))?.[1];
};

/**
 * Gives the wallet the ether that it needs in a lab. It sets the balance, as development nodes allow, so that nothing waits for a block. A
 * wallet that has enough gets nothing. Resolves to what a person should know: that this node gives none, and what the wallet has.
 */
export const fundWallet = async (rpcUrl: string, address: string): Promise<string | undefined> => {
  const provider = providerAt(rpcUrl);
  try {
    const said: unknown = await provider.send('eth_getBalance', [address, 'latest']);
    const balance = quantity.parse(said);
    if (balance >= ENOUGH) return undefined;
    const decree = await decreeOf(provider);
    if (decree === undefined)
      return `this node gives no money: the wallet ${address} has ${formatEther(balance)} ETH. Send it test ether; its key shares lie in plain files.`;
    await provider.send(decree, [address, toQuantity(ENOUGH * 2n)]);
    return undefined;
  } finally {
    provider.destroy();
  }
};
