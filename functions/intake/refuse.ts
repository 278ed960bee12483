import { announce, commitFact } from '#core/facts/store.ts';
import type { Context } from '#functions/runtime/context.ts';
import { refusedEvents } from '#schemas/events.ts';
import type { RefusalFact } from '#schemas/facts.ts';
import { refusalObject } from '#schemas/names.ts';

/** One refusal per message and law: the same bytes, sent again, get the same refusal. */
export const refuse = async (context: Context, refusal: RefusalFact): Promise<void> => {
  const stored = await commitFact(
    context.storage,
    { kind: 'refusal', bucket: context.buckets.results, name: refusalObject(refusal.dataHash, refusal.lawHash) },
    refusal,
  );
  await announce(context.publisher, context.law.name, stored.object, refusedEvents(stored.fact));
  const { code, field, reason, messageId, existingId } = refusal;
  context.log.info('intake.refuse', { code, field, reason, messageId, existingId });
};
