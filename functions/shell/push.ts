import { z } from 'zod';
import { KeyturnError } from '#schemas/codes.ts';

/** One Pub/Sub message as a push subscription delivers it. */
export interface PushMessage {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  /** Attempts so far, where the subscription has dead letters. */
  readonly deliveryAttempt: number | undefined;
}

const body = z.object({
  message: z.object({
    data: z.base64().optional(),
    attributes: z.record(z.string(), z.string()).optional(),
    messageId: z.string().min(1),
  }),
  subscription: z.string().min(1),
  deliveryAttempt: z.number().int().optional(),
});

/**
 * The push request body (Pub/Sub "Receive messages by push": wrapped). Our own parser, because the framework's drops messages without data
 * and the delivery attempt. Throws MALFORMED on a shape it does not know: what is acknowledged unread is lost.
 */
export const parsePush = (value: unknown): PushMessage => {
  const result = body.safeParse(value);
  if (!result.success)
    throw new KeyturnError(
      'MALFORMED',
      `not a Pub/Sub push body: ${result.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
    );
  const { message, deliveryAttempt } = result.data;
  return {
    data: Buffer.from(message.data ?? '', 'base64'),
    attributes: message.attributes ?? {},
    messageId: message.messageId,
    deliveryAttempt,
  };
};

/** The JSON body of one of our own events. Throws MALFORMED. */
export const eventBody = <T>(message: PushMessage, schema: z.ZodType<T>): T => {
  try {
    return schema.parse(JSON.parse(Buffer.from(message.data).toString('utf8')));
  } catch (cause) {
    throw new KeyturnError('MALFORMED', 'the event body is not what this step is fed with', { cause });
  }
};
