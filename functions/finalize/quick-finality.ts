import { isQuick } from '#core/facts/chain-facts.ts';
import { minedAmong, readFinalBlock } from '#core/facts/read-chain.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { chainOf } from '#schemas/config.ts';
import type { SubmittedFact } from '#schemas/facts.ts';

/** ms that one call may wait for a quick chain to finish. */
const BUDGET_MS = 8000;
const FIRST_PAUSE_MS = 200;
/** What is final is seen within a second. */
const MAX_PAUSE_MS = 800;

/**
 * Waits until a rung lies in a final block, on a chain where that takes seconds. On any other chain it does not wait, since reconcile polls
 * again. Judges nothing: what it saw is loaded again. Until a rung is mined, only the wallet's count is asked for, and then only the newest block.
 */
export const awaitQuickFinality = async (
  { law, chains, clock }: ChainContext,
  { chainId, from, nonce, transactionHashes }: Pick<SubmittedFact, 'chainId' | 'from' | 'nonce' | 'transactionHashes'>,
): Promise<void> => {
  const chainLaw = chainOf(law, chainId);
  if (chainLaw === undefined || !isQuick(chainLaw)) return;
  const chain = chains.of(chainId);
  const until = clock.now() + BUDGET_MS;
  let minedIn: bigint | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(MAX_PAUSE_MS, 2 * pause)) {
    if (minedIn === undefined && (await chain.count(from, 'claimed')) > BigInt(nonce))
      minedIn = (await minedAmong(chain, transactionHashes))?.block.number;
    if (minedIn !== undefined && minedIn <= (await readFinalBlock(chain, chainLaw))) return;
    if (clock.now() + pause > until) return;
    await clock.sleep(pause);
  }
};
