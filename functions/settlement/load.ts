import type { ChainFacts, FoundSeal, Mined, SettlementFacts } from '#core/facts/chain-facts.ts';
import { keptLaw } from '#core/facts/kept-laws.ts';
import { minedAmong, readFinalBlock, readLogs } from '#core/facts/read-chain.ts';
import type { ChainClient } from '#core/ports.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { chainOf, type Law } from '#schemas/config.ts';
import type { RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { loadNonce, unusedAt } from './load-nonce.ts';
import { loadPredictions } from './load-predictions.ts';
import { loadSealed } from './load-seal.ts';

type SealedTransaction = Pick<SubmittedFact, 'id' | 'chainId' | 'from' | 'nonce' | 'transactionHashes'>;

/**
 * Everything the chain says of a sealed request. While no node claims that its nonce is used, nothing can be mined there, and nothing else is
 * asked. A count that is too low only delays: the next look asks again.
 */
export const loadChain = async (context: ChainContext, sealed: SealedTransaction): Promise<ChainFacts> => {
  const chain = context.chains.of(sealed.chainId);
  const law = chainOf(context.law, chain.chainId);
  const count = await chain.count(sealed.from, 'claimed');
  if (count <= BigInt(sealed.nonce))
    return { finalBlock: 0n, law, mined: undefined, nonce: unusedAt(count), logs: undefined, revertData: undefined };
  const finalBlock = await readFinalBlock(chain, law);
  const mined = await minedAmong(chain, sealed.transactionHashes);
  const nonce = mined === undefined ? await loadNonce(context, chain, sealed, { count, finalBlock }) : undefined;
  const isFailed = mined !== undefined && mined.block.number <= finalBlock && !mined.receipt.success;
  const revertData = isFailed
    ? await chain.revertData(mined.receipt.transactionHash).catch(() => undefined)
    : undefined;
  return { finalBlock, law, mined, nonce, logs: await finalLogs(chain, mined, finalBlock), revertData };
};

/** Asked for once: of what is final. A lost answer is thrown, since a receipt is written once and would stay without its transfers. */
const finalLogs = async (
  chain: ChainClient,
  mined: Mined | undefined,
  finalBlock: bigint,
): Promise<ChainFacts['logs']> =>
  mined === undefined || mined.block.number > finalBlock ? undefined : readLogs(chain, mined);

/** The law under which it was sealed: the one in force, or one that is kept. */
const lawOfSeal = async (
  { law, lawHash, storage, buckets }: ChainContext,
  seal: FoundSeal,
): Promise<Law | undefined> => (seal.lawHash === lawHash ? law : keptLaw(storage, buckets.results, seal.lawHash));

/** Law and predictions are read only for a receipt that can be written now. */
export const loadOfSeal = async (
  context: ChainContext,
  seal: FoundSeal,
  submitted: SubmittedFact,
): Promise<SettlementFacts> => {
  const chain = await loadChain(context, submitted);
  if (chain.logs === undefined) return { sealed: true, seal, chain, sealLaw: undefined, predictions: [] };
  const approvers = [...new Set(seal.item.approvals.map(({ coSigner }) => coSigner))];
  const [sealLaw, predictions] = await Promise.all([
    lawOfSeal(context, seal),
    loadPredictions(context, submitted.id, approvers),
  ]);
  return { sealed: true, seal, chain, sealLaw, predictions };
};

/** Everything that a submitted request is judged by. Throws what Storage and the chain throw. */
export const loadSettlement = async (
  context: ChainContext,
  request: RequestFact,
  submitted: SubmittedFact,
): Promise<SettlementFacts> => {
  const seal = await loadSealed(context, request, submitted);
  return seal === undefined ? { sealed: false } : loadOfSeal(context, seal, submitted);
};
