import type { Settlement } from '#core/decide/finalize.ts';
import type { Decision, Waiting } from '#core/decision.ts';
import type { SettlementFacts } from '#core/facts/chain-facts.ts';
import { liftStops } from '#core/facts/stops.ts';
import { announce, commitFact } from '#core/facts/store.ts';
import { alarmOnce } from '#functions/runtime/alarm-once.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { tellLife } from '#functions/telemetry/life.ts';
import { walletNamed } from '#schemas/config.ts';
import { outcomeEvents, receiptEvents } from '#schemas/events.ts';
import type { RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { openObject, outcomeObject, stoppedObject, submittedObject } from '#schemas/names.ts';

import { forget, keep } from './memory.ts';

/** What only an attack, a node that lies or a register that loses entries brings about reaches a person. */
const tell = async (context: ChainContext, id: string, { code, reason }: Waiting): Promise<void> => {
  const { log } = context;
  const once = (alarm: () => void) => alarmOnce(context, id, code, alarm);
  if (code === 'MINED_MISMATCH') await once(() => log.alarm('settle.mismatch', { id, code, reason }));
  if (code === 'ID_MISMATCH') await once(() => log.alarm('settle.unsealed', { id, code, reason }));
  if (code === 'SEAL_STUCK') await once(() => log.alarm('settle.unsure', { id, code, reason }));
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
const settle = async (
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
  if (receipt === undefined) await forget(context, id);
  await storage.delete(work, openObject(request.request.wallet, id));
  if (outcome.created) await tellLife(context, id);
};

/** One request, as it was loaded and judged. `submitted`: as it was read, where it was. */
export interface Judged {
  readonly request: RequestFact;
  readonly submitted: SubmittedFact | undefined;
  readonly facts: SettlementFacts;
  readonly decision: Decision<Settlement>;
}

/** Keeps what was found, raises alarms, and settles what is decided. */
export const commitSettlement = async (
  context: ChainContext,
  { request, submitted, facts, decision }: Judged,
): Promise<'settled' | 'open'> => {
  await keep(context, request.id, facts);
  if (decision.kind === 'wait') await tell(context, request.id, decision);
  if (decision.kind !== 'act') return 'open';
  await settle(context, request, decision.act, submitted);
  return 'settled';
};
