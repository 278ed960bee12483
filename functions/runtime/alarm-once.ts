import { toldObject } from '#schemas/names.ts';
import type { Context } from './context.ts';

/**
 * Alarms once for each request and reason. A look that ends as the one before tells nobody anything new, and would hide what is new among
 * its copies. The alarm comes before the note of it: whoever dies in between alarms twice, never not at all.
 */
export const alarmOnce = async (
  { storage, buckets, log }: Context,
  id: string,
  reason: string,
  alarm: () => void,
): Promise<void> => {
  const name = toldObject(id, reason);
  if ((await storage.stat(buckets.work, name)) !== undefined) {
    log.info('settle.again', { id, reason });
    return;
  }
  alarm();
  await storage.createOnce(buckets.work, name, new Uint8Array());
};
