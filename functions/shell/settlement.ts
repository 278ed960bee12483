import { type ChainFacts, decideFinalize, finalBlockOf, type Settlement } from '#core/decide/finalize.ts';
import type { Decision } from '#core/decision.ts';
import { announce, commitFact } from '#core/facts-store.ts';
import { patchMark } from '#core/marks.ts';
import type { Chain } from '#core/ports.ts';
import { chainOf } from '#schemas/config.ts';
import { outcomeEvents, receiptEvents } from '#schemas/events.ts';
import type { RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { openObject, outcomeObject } from '#schemas/names.ts';
import type { ChainContext } from './context.ts';

/** Looks up every rung. Reads the final block first: a block that is final then cannot be undone by what is read after. */
export const chainFacts = async (context: ChainContext, submitted: SubmittedFact): Promise<ChainFacts> => {
  const law = chainOf(context.law, submitted.chainId);
  const chain: Chain = context.chains.of(submitted.chainId);
  const [latest, finalized] = await Promise.all([
    chain.block('latest'),
    law?.finality.kind === 'finalized' ? chain.block('finalized') : undefined,
  ]);
  const finalBlock = law === undefined ? 0n : finalBlockOf(law, latest?.number ?? 0n, finalized?.number);
  const receipts = await Promise.all(submitted.transactionHashes.map((hash) => chain.receipt(hash)));
  const receipt = receipts.find((each) => each !== undefined);
  if (receipt === undefined) return { mined: undefined, finalBlock };
  const [transaction, block] = await Promise.all([
    chain.transaction(receipt.transactionHash),
    chain.block(receipt.blockNumber),
  ]);
  // A reorganisation between the calls: the receipt's block is no longer the one at its height.
  if (transaction === undefined || block === undefined || block.hash !== receipt.blockHash)
    return { mined: undefined, finalBlock };
  return { mined: { receipt, transaction, block }, finalBlock };
};

export const judgeSettlement = (
  context: ChainContext,
  request: RequestFact,
  submitted: SubmittedFact,
  facts: ChainFacts,
): Decision<Settlement> => decideFinalize(request, submitted, facts, context.buckets.results);

/** Receipt, outcome, announcements; the open mark goes last, so that reconcile sees whatever dies in between. */
export const settle = async (context: ChainContext, request: RequestFact, settlement: Settlement): Promise<void> => {
  const { results, work } = context.buckets;
  const { id } = request;
  const receipt = await commitFact(context.storage, 'receipt', results, settlement.receiptName, settlement.receipt);
  const outcome = await commitFact(context.storage, 'outcome', results, outcomeObject(id), settlement.outcome);
  await announce(context.publisher, context.law.name, receipt.object, receiptEvents(receipt.fact));
  await announce(context.publisher, context.law.name, outcome.object, outcomeEvents(outcome.fact, request.request));
  await context.storage.delete(work, openObject(request.request.wallet, id));
};

export const lookAgainLater = (context: ChainContext, request: RequestFact, now: number): Promise<void> =>
  patchMark(
    context.storage,
    context.buckets.work,
    request.request.wallet,
    request.id,
    'submitted',
    now + context.operations.pollSeconds * 1000,
  );
