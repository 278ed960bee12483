import { isUse, type Mined, minedOf } from '#core/facts/chain-facts.ts';
import type { ChainClient, NonceUse } from '#core/ports.ts';
import type { SubmittedFact } from '#schemas/facts.ts';

/** The first of these transactions that has a receipt in a block of the chain as it is now. */
export const minedAmong = async (chain: ChainClient, hashes: readonly string[]): Promise<Mined | undefined> => {
  const receipts = await Promise.all(hashes.map((hash) => chain.receipt(hash)));
  const receipt = receipts.find((each) => each !== undefined);
  if (receipt === undefined) return undefined;
  return minedOf(receipt, await chain.block(receipt.blockNumber));
};

/**
 * Which of these transactions used the nonce. Who named them does not matter. One that is of another sender or nonce hides none of the
 * others. Receipt, transaction and block are what enough urls agree on. Nodes that keep no state keep these.
 */
export const useAmong = async (
  chain: ChainClient,
  at: Pick<SubmittedFact, 'from' | 'nonce'>,
  hashes: Iterable<string>,
): Promise<NonceUse | undefined> => {
  for (const hash of new Set(hashes)) {
    const mined = await minedAmong(chain, [hash]);
    if (mined !== undefined && isUse(await chain.transaction(hash), hash, at))
      return { hash, blockNumber: mined.block.number };
  }
  return undefined;
};
