import { errorFields } from '#core/error-fields.ts';
import { type Mark, noteTrouble } from '#core/facts/marks.ts';
import { afterFailure } from '#core/facts/trouble.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';

/** Reconcile failed at this request. Where it fails alike again and again, a person is told once, with the reason. */
export const noteFailure = async (
  { storage, buckets, clock, log }: ReconcileContext,
  mark: Mark,
  error: unknown,
): Promise<void> => {
  const { code = '', reason = '' } = errorFields(error);
  const { trouble, alarm } = afterFailure(mark.trouble, { code: `${code}`, reason: `${reason}` }, clock.now());
  if (alarm) log.alarm('reconcile.failing', { id: mark.id, code: trouble.code, reason: trouble.reason });
  if (trouble !== mark.trouble) await noteTrouble(storage, buckets.work, mark, trouble);
};
