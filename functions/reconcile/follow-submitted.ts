import { decideFinalize } from '#core/decide/finalize.ts';
import { settlementWait } from '#core/decide/settlement-wait.ts';
import type { Stored } from '#core/facts/lifecycle.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import { commitSettlement } from '#functions/settlement/commit.ts';
import { rebroadcast } from '#functions/settlement/fee-bump.ts';
import { loadSettlement } from '#functions/settlement/load.ts';
import type { Tick } from './tick.ts';

/**
 * Submitted: settles it where it is final. Keeps the due rung in the pool where it is not mined, also after a reorg. Says what it waits
 * for, where it is not settled.
 */
export const followSubmitted = async (
  { context }: Tick,
  { fact }: Stored<'request'>,
  submitted: Stored<'submitted'>,
): Promise<'settled' | FoundWait | undefined> => {
  const facts = await loadSettlement(context, fact, submitted.fact);
  const decision = decideFinalize(fact, submitted.fact, facts, context.buckets.results);
  const end = await commitSettlement(context, { request: fact, submitted: submitted.fact, facts, decision });
  if (end === 'settled') return end;
  const nonce = BigInt(submitted.fact.nonce);
  const wait = decision.kind === 'wait' ? settlementWait(decision, facts, nonce) : undefined;
  if (facts.sealed && facts.chain.mined === undefined) {
    const refused = await rebroadcast(context, fact, {
      nonce,
      hashes: submitted.fact.transactionHashes,
      submittedAt: submitted.object.timeCreated,
      count: facts.chain.nonce?.count ?? 0n,
    });
    return wait?.code === 'NOT_MINED' ? (refused ?? wait) : wait;
  }
  return wait;
};
