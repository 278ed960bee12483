import { type ChainFacts, decideFinalize, finalBlockOf, type Settlement } from '#core/decide/finalize.ts';
import type { Decision } from '#core/decision.ts';
import { patchMark } from '#core/facts/marks.ts';
import { liftStops } from '#core/facts/stops.ts';
import { announce, commitFact } from '#core/facts/store.ts';
import type { ChainClient } from '#core/ports.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { chainOf, walletNamed } from '#schemas/config.ts';
import { outcomeEvents, receiptEvents } from '#schemas/events.ts';
import type { RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { openObject, outcomeObject, stoppedObject, submittedObject } from '#schemas/names.ts';
import { minedAmong } from './mined.ts';
import { loadNonceOutcome } from './nonce-outcome.ts';
import { forgetSearch } from './nonce-search.ts';

type Sealed = Pick<SubmittedFact, 'id' | 'chainId' | 'from' | 'nonce' | 'transactionHashes'>;

const OPEN = { kind: 'open' } as const;

/** Looks up every rung. Reads the final block first: a block that is final then cannot be undone by what is read after. */
export const chainFacts = async (context: ChainContext, sealed: Sealed): Promise<ChainFacts> => {
  const law = chainOf(context.law, sealed.chainId);
  const chain: ChainClient = context.chains.of(sealed.chainId);
  const [latest, finalized] = await Promise.all([
    chain.block('latest'),
    law?.finality.kind === 'finalized' ? chain.block('finalized') : undefined,
  ]);
  const finalBlock = law === undefined ? 0n : finalBlockOf(law, latest?.number ?? 0n, finalized?.number);
  const mined = await minedAmong(chain, sealed.transactionHashes);
  if (mined === undefined) {
    const count = await chain.count(sealed.from, 'claimed');
    const fate = await loadNonceOutcome(context, chain, sealed, count, finalBlock);
    return { mined, finalBlock, count, fate, revertData: undefined };
  }
  const isOver = mined.block.number <= finalBlock && !mined.receipt.success;
  const revertData = isOver ? await chain.revertData(mined.receipt.transactionHash).catch(() => undefined) : undefined;
  return { mined, finalBlock, count: undefined, fate: OPEN, revertData };
};

export const judgeSettlement = (
  context: ChainContext,
  request: RequestFact,
  submitted: SubmittedFact,
  facts: ChainFacts,
): Decision<Settlement> => {
  const decision = decideFinalize(request, submitted, facts, context.buckets.results);
  if (decision.kind === 'wait' && decision.code === 'MINED_MISMATCH')
    context.log.alarm('settle.mismatch', { id: request.id, code: decision.code, reason: decision.reason });
  return decision;
};

/** In a wallet that only keyturn uses, a foreign transaction means that the key is loose: no more launches until co-signers say so. */
const stopWallet = async (
  context: ChainContext,
  { id, request }: RequestFact,
  { transactionHash, nonce }: NonNullable<Settlement['foreign']>,
) => {
  const { wallet, chainId } = request;
  context.log.alarm('settle.foreign', { id, code: 'SUPERSEDED', wallet, chainId, hash: transactionHash });
  if (walletNamed(context.law, wallet)?.exclusive === false) return;
  const name = stoppedObject(wallet, chainId, BigInt(nonce), transactionHash);
  const stop = { id, wallet, chainId, nonce, transactionHash };
  await commitFact(context.storage, { kind: 'stopped', bucket: context.buckets.work, name }, stop);
};

/**
 * Receipt, outcome, announcements; the open mark goes last, so that reconcile sees whatever dies in between. `submitted`: as it was read,
 * where it was; whoever deleted it meanwhile would leave an outcome behind that names no nonce.
 */
export const settle = async (
  context: ChainContext,
  request: RequestFact,
  settlement: Settlement,
  submitted?: SubmittedFact,
): Promise<void> => {
  const { results, work } = context.buckets;
  const { publisher, storage, law } = context;
  const { id } = request;
  if (settlement.foreign !== undefined) await stopWallet(context, request, settlement.foreign);
  if (request.request.replaces === 'foreign') await liftStops(storage, work, { ...request.request, id });
  const receipt =
    settlement.receipt === undefined
      ? undefined
      : await commitFact(
          storage,
          { kind: 'receipt', bucket: results, name: settlement.receipt.name },
          settlement.receipt.fact,
        );
  if (submitted !== undefined && (await storage.stat(results, submittedObject(id))) === undefined)
    await commitFact(storage, { kind: 'submitted', bucket: results, name: submittedObject(id) }, submitted);
  const outcome = await commitFact(
    storage,
    { kind: 'outcome', bucket: results, name: outcomeObject(id) },
    settlement.outcome,
  );
  if (receipt !== undefined) await announce(publisher, law.name, receipt.object, receiptEvents(receipt.fact));
  await announce(publisher, law.name, outcome.object, outcomeEvents(outcome.fact, request.request));
  if (receipt === undefined) await forgetSearch(context, id);
  await storage.delete(work, openObject(request.request.wallet, id));
};

export const lookAgainLater = async (context: ChainContext, request: RequestFact, now: number): Promise<void> => {
  const due = now + context.operations.pollSeconds * 1000;
  await patchMark(context.storage, context.buckets.work, request.request, request.id, 'submitted', due);
};
