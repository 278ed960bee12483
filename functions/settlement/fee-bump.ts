import { afterRefusal, decideFeeBump, type FeeBump, type Stored, type Waiting } from '#core/decide/fee-bump.ts';
import { refusalWait } from '#core/decide/settlement-wait.ts';
import { readFact } from '#core/facts/store.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import type { SignedRung } from '#core/transaction/transaction.ts';
import { alarmOnce } from '#functions/runtime/alarm-once.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { signedObject } from '#schemas/names.ts';
import { isRequestId } from '#schemas/spellings.ts';

const load = async ({ storage, buckets, chains }: ChainContext, { id, request }: RequestFact): Promise<Stored> => {
  const [signed, head] = await Promise.all([
    readFact(storage, { kind: 'signed', bucket: buckets.signed, name: signedObject(id) }),
    chains.of(request.chainId).block('latest'),
  ]);
  return { rungs: signed?.fact.rungs ?? [], baseFeePerGas: head?.baseFeePerGas };
};

/** Sends the due rung, and the next one where a node takes no less. What it waits for, where no node took any. */
const send = async (
  context: ChainContext,
  { id, request }: RequestFact,
  rungs: readonly SignedRung[],
  { due, tooLong }: Extract<FeeBump, { readonly kind: 'send' }>,
): Promise<FoundWait | undefined> => {
  const { chains, log } = context;
  const chain = chains.of(request.chainId);
  for (const [n, rung] of rungs.entries()) {
    if (n < due) continue;
    try {
      log.info('settle.rung', { id, rung: n, hash: rung.hash, result: await chain.send(rung.raw) });
      return undefined;
    } catch (error) {
      if (!isKeyturnError(error, 'RPC_REFUSED')) throw error;
      const next = afterRefusal(error.field, isRequestId(request.replaces));
      const fields = { id, rung: n, code: error.code, reason: error.field ?? '' };
      if (next === 'stuck' || (next === 'later' && tooLong))
        await alarmOnce(context, id, `stuck-${fields.reason}`, () => log.alarm('settle.stuck', fields));
      else log.info('settle.rung', fields);
      if (next !== 'higher') return refusalWait(error.field);
    }
  }
  const reason = 'no rung pays enough: replace it with a higher ceiling';
  await alarmOnce(context, id, 'stuck-ceiling', () => log.alarm('settle.stuck', { id, code: 'RPC_REFUSED', reason }));
  return { code: 'FEE_TOO_LOW' };
};

/** Only where that is why: a node may ask for more than the base fee. */
const feeNumbers = (
  { maxFeePerGas }: RequestFact['request'],
  { baseFeePerGas }: Stored,
): Pick<FoundWait, 'numbers'> => {
  const ceiling = BigInt(maxFeePerGas);
  return baseFeePerGas === undefined || baseFeePerGas <= ceiling
    ? {}
    : { numbers: { baseFeeWei: baseFeePerGas, ceilingWei: ceiling } };
};

/**
 * Has the rung in the pool that is due now: the same bytes again, or the next higher ones. What it waits for, where it is in none. Throws
 * where no node can be reached.
 */
export const rebroadcast = async (
  context: ChainContext,
  fact: RequestFact,
  waiting: Omit<Waiting, 'request'>,
): Promise<FoundWait | undefined> => {
  const stored = await load(context, fact);
  const times = { now: context.clock.now(), bumpMs: context.operations.bumpSeconds * 1000 };
  const bump = decideFeeBump({ ...waiting, request: fact.request }, stored, times);
  if (bump.kind === 'send') {
    const refused = await send(context, fact, stored.rungs, bump);
    return refused?.code === 'FEE_TOO_LOW' ? { ...refused, ...feeNumbers(fact.request, stored) } : refused;
  }
  const reason = 'the stored bytes are not those of its seal';
  await alarmOnce(context, fact.id, 'SEAL_MISMATCH', () =>
    context.log.alarm('settle.bytes', { id: fact.id, code: 'SEAL_MISMATCH', reason }),
  );
  return { code: 'SEAL_MISMATCH' };
};
