import { errorFields } from '#core/error-fields.ts';
import { buriedAttributes } from '#schemas/dead-letters.ts';
import { topicsOf } from '#schemas/names.ts';
import type { Context } from './context.ts';
import type { Pushed } from './push.ts';

/**
 * Publishes a message that `step` gives up to the dead letters, as it was and with the reason beside it. Resolves when Pub/Sub has it: only
 * then may it be acknowledged. Throws what the publisher throws; Pub/Sub's own policy buries it then, without a reason.
 */
export const deadLetter = async (
  { publisher, law, log }: Pick<Context, 'publisher' | 'law' | 'log'>,
  step: string,
  { data, attributes, messageId, subscription, deliveryAttempt, publishTime }: Pushed,
  error: unknown,
): Promise<void> => {
  const { code, reason } = errorFields(error);
  const burial = {
    code: String(code),
    reason: String(reason),
    function: step,
    subscription: subscription.slice(subscription.lastIndexOf('/') + 1),
    messageId,
    attempt: deliveryAttempt ?? 0,
    published: publishTime,
  };
  await publisher.publish(topicsOf(law.name).deadLetters, { data, attributes: buriedAttributes(attributes, burial) });
  const { published: _, function: __, ...said } = burial;
  log.warn(`${step}.buried`, said);
};
