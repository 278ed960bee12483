import type { ChainLaw } from '#schemas/config.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import type { ChainClient, NonceUse, TransactionLog } from '../ports.ts';
import { finalBlockOf, isUse, type Mined, minedOf } from './chain-facts.ts';

/** Reads of the chain that functions and commands share. Each asks as many urls as must agree, and judges nothing. */

/**
 * The highest block that counts as final; 0n where nothing is, or where the law does not name the chain. Read it before anything else: a
 * block that is final then cannot be undone by what is read after.
 */
export const readFinalBlock = async (chain: ChainClient, law: ChainLaw | undefined): Promise<bigint> => {
  if (law === undefined) return 0n;
  const block = await chain.block(law.finality.kind === 'finalized' ? 'finalized' : 'latest');
  return finalBlockOf(law, block?.number ?? 0n);
};

/**
 * The first of these transactions that has a receipt in a block of the chain as it is now. One after the other: of the rungs of one request, the
 * lowest was sent first and is nearly always the one.
 */
export const minedAmong = async (chain: ChainClient, hashes: readonly string[]): Promise<Mined | undefined> => {
  for (const hash of hashes) {
    const receipt = await chain.receipt(hash);
    if (receipt !== undefined) return minedOf(receipt, await chain.block(receipt.blockNumber));
  }
  return undefined;
};

/** What it logged; undefined where too few urls tell the same. One that was reverted logged nothing, and nobody is asked. */
export const readLogs = async (
  chain: ChainClient,
  { receipt }: Mined,
): Promise<readonly TransactionLog[] | undefined> =>
  receipt.success ? chain.logs(receipt.transactionHash, receipt.blockHash) : [];

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
