import { afterRefusal, dueRung, refusedTooLong } from '#core/decide/fee-bump.ts';
import { readFact } from '#core/facts/store.ts';
import { rungFees } from '#core/transaction/fees.ts';
import { rawMatches } from '#core/transaction/transaction.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { signedObject } from '#schemas/names.ts';
import { isRequestId } from '#schemas/spellings.ts';

export interface Waiting {
  readonly fact: RequestFact;
  readonly nonce: bigint;
  /** The sealed hashes, lowest rung first. */
  readonly hashes: readonly string[];
  /** ms */
  readonly submittedAt: number;
  /** Transactions mined from the wallet. */
  readonly count: bigint;
}

/** Has the rung in the pool that is due now: the same bytes again, or the next higher ones. Throws where no node can be reached. */
export const rebroadcast = async (context: ChainContext, waiting: Waiting): Promise<void> => {
  const { fact, nonce, hashes, submittedAt, count } = waiting;
  const { id, request } = fact;
  const { log } = context;
  const signed = await readFact(context.storage, {
    kind: 'signed',
    bucket: context.buckets.signed,
    name: signedObject(id),
  });
  const rungs = signed?.fact.rungs ?? [];
  const fees = rungFees(request);
  if (rungs.length !== fees.length || !rungs.every((rung, n) => rung.hash === hashes[n] && rawMatches(rung)))
    return log.alarm('settle.bytes', {
      id,
      code: 'SEAL_MISMATCH',
      reason: 'the stored bytes are not those of its seal',
    });
  const chain = context.chains.of(request.chainId);
  const head = await chain.block('latest');
  const now = context.clock.now();
  const bumpMs = context.operations.bumpSeconds * 1000;
  // A claim that is too high bumps early, within the ceiling; one that is too low would never bump.
  const isNext = count >= nonce;
  // Of those behind a nonce that is stuck, nobody is told: that one's own alarm is enough.
  const tooLong = isNext && refusedTooLong(submittedAt, now, bumpMs);
  const due = dueRung({
    fees,
    submittedAt,
    now,
    bumpMs,
    baseFeePerGas: head?.baseFeePerGas,
    isNext,
  });
  for (const [n, rung] of rungs.entries()) {
    if (n < due) continue;
    try {
      log.info('settle.rung', { id, rung: n, hash: rung.hash, result: await chain.send(rung.raw) });
      return;
    } catch (error) {
      if (!isKeyturnError(error, 'RPC_REFUSED')) throw error;
      const next = afterRefusal(error.field, isRequestId(request.replaces));
      const fields = { id, rung: n, code: error.code, reason: error.field ?? '' };
      if (next === 'stuck' || (next === 'later' && tooLong)) log.alarm('settle.stuck', fields);
      else log.info('settle.rung', fields);
      if (next !== 'higher') return;
    }
  }
  log.alarm('settle.stuck', {
    id,
    code: 'RPC_REFUSED',
    reason: 'no rung pays enough: replace it with a higher ceiling',
  });
};
