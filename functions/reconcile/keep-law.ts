import { errorFields } from '#core/error-fields.ts';
import { keepLaw } from '#core/facts/kept-laws.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';

const DAY_MS = 86_400_000;

/**
 * Keeps the law of this deployment by its hash, once a day for each process. Reconcile does it because it may create facts anyway: nobody
 * gets a new right. What cannot be kept holds up nothing, since no payment depends on it.
 */
export const keepOwnLaw = async ({ lawHash, lawText, ...context }: ReconcileContext): Promise<void> => {
  const { storage, buckets, clock, log, lawKept } = context;
  const now = clock.now();
  if (lawKept === undefined || now - (lawKept.get(lawHash) ?? Number.NEGATIVE_INFINITY) < DAY_MS) return;
  try {
    const outcome = await keepLaw(storage, buckets.results, { lawHash, lawText });
    if (outcome === 'created') log.info('reconcile.law', { lawHash });
    if (outcome === 'taken') log.warn('reconcile.law', { lawHash, code: 'LAW_MISMATCH' });
    lawKept.set(lawHash, now);
  } catch (error) {
    log.warn('reconcile.fault', { lawHash, ...errorFields(error) });
  }
};
