import { announce, commitFact } from '#core/facts-store.ts';
import { firstRung, rungFees } from '#core/fees.ts';
import { limitsOf } from '#core/limits.ts';
import { patchMark } from '#core/marks.ts';
import { type Look, mayRelease, oppositionTo } from '#core/register.ts';
import type { SealItem } from '#core/register-entry.ts';
import type { SignedRung } from '#core/transaction.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { submittedEvents } from '#schemas/events.ts';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { timeMs } from '#schemas/spellings.ts';
import type { TurnContext } from './context.ts';

/** One sealed request and the entry that holds it. */
export interface Sealed {
  readonly item: SealItem;
  readonly entry: string;
}

/**
 * The second look's question, in full: does anything in the register, in any generation, oppose this? Only then may bytes leave memory.
 * Also false beyond the horizon, when what opposed it may have lapsed.
 */
export const isUnopposed = (context: TurnContext, { item, entry }: Sealed, look: Look): boolean => {
  const opposition = oppositionTo(item, look);
  if (opposition !== undefined) {
    context.log.alarm('turn.tampered', {
      id: item.id,
      code: 'TAMPERED',
      entry,
      by: opposition.by,
      other: opposition.id,
    });
    return false;
  }
  if (!mayRelease(look, timeMs(item.request.validUntil) ?? 0, limitsOf(context.law))) {
    context.log.warn('turn.wait', {
      id: item.id,
      code: 'EXPIRED',
      reason: 'beyond the horizon within which a seal may be completed',
    });
    return false;
  }
  return true;
};

/** Sends the cheapest rung that can be mined now. Best effort: once the bytes are stored, reconcile sends them as well. */
const broadcast = async (context: TurnContext, { item }: Sealed, rungs: readonly SignedRung[]): Promise<void> => {
  try {
    const chain = context.chains.of(item.request.chainId);
    const head = await chain.block('latest');
    const rung = rungs[firstRung(rungFees(item.request), head?.baseFeePerGas)];
    if (rung !== undefined)
      context.log.info('turn.broadcast', { id: item.id, hash: rung.hash, result: await chain.send(rung.raw) });
  } catch (error) {
    context.log.warn('turn.broadcast', {
      id: item.id,
      code: isKeyturnError(error) ? error.code : 'UNAVAILABLE',
      reason: isKeyturnError(error) ? error.message : '',
    });
  }
};

export const submit = async (context: TurnContext, sealed: Sealed): Promise<void> => {
  const { item, entry } = sealed;
  const { id, request } = item;
  const stored = await commitFact(context.storage, 'submitted', context.buckets.results, submittedObject(id), {
    id,
    wallet: context.wallet.name,
    chainId: request.chainId,
    from: context.wallet.address,
    nonce: item.nonce.toString(),
    transactionHashes: [...item.rungs],
    approvedBy: item.approvals.map(({ coSigner }) => coSigner),
    seal: entry,
  });
  await patchMark(
    context.storage,
    context.buckets.work,
    request.wallet,
    id,
    'submitted',
    context.clock.now() + context.operations.pollSeconds * 1000,
  );
  await announce(context.publisher, context.law.name, stored.object, submittedEvents(stored.fact, request));
};

/** Stores the bytes, sends them, says so. Only for what `isUnopposed` let through. Throws SEAL_MISMATCH where other bytes lie there. */
export const release = async (context: TurnContext, sealed: Sealed, rungs: readonly SignedRung[]): Promise<void> => {
  const { id } = sealed.item;
  const stored = await commitFact(context.storage, 'signed', context.buckets.signed, signedObject(id), {
    id,
    wallet: context.wallet.name,
    rungs: [...rungs],
  });
  if (stored.fact.rungs.map(({ hash }) => hash).join() !== sealed.item.rungs.join())
    throw new KeyturnError('SEAL_MISMATCH', `the stored bytes of ${id} are not those of its seal`);
  await broadcast(context, sealed, stored.fact.rungs);
  await submit(context, sealed);
};
