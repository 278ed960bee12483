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

/** The same, with where it came from: what is needed to bury it. */
export interface Pushed extends PushMessage {
  /** `projects/<project>/subscriptions/<subscription>` */
  readonly subscription: string;
  /** RFC 3339; '' where Pub/Sub does not say it. */
  readonly publishTime: string;
}

const body = z.object({
  message: z.object({
    data: z.base64().optional(),
    attributes: z.record(z.string(), z.string()).optional(),
    messageId: z.string().min(1),
    publishTime: z.string().optional(),
  }),
  subscription: z.string().min(1),
  deliveryAttempt: z.number().int().optional(),
});

/**
 * The push request body (Pub/Sub "Receive messages by push": wrapped). Our own parser, because the framework's drops messages without data
 * and the delivery attempt. Throws MALFORMED on a shape it does not know: what is acknowledged unread is lost.
 */
export const parsePush = (value: unknown): Pushed => {
  const result = body.safeParse(value);
  if (!result.success)
    throw new KeyturnError(
      'MALFORMED',
      `not a Pub/Sub push body: ${result.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
    );
  const { message, subscription, deliveryAttempt } = result.data;
  return {
    data: Buffer.from(message.data ?? '', 'base64'),
    attributes: message.attributes ?? {},
    messageId: message.messageId,
    deliveryAttempt,
    subscription,
    publishTime: message.publishTime ?? '',
  };
};

/** The JSON body of one of our own events. Throws MALFORMED, with the names of the fields at fault and never their values. */
export const eventBody = <T>(message: PushMessage, schema: z.ZodType<T>): T => {
  const malformed = (why: string, cause?: unknown): never => {
    throw new KeyturnError('MALFORMED', `the event body is not what this step is fed with: ${why}`, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(message.data).toString('utf8'));
  } catch (cause) {
    return malformed('not JSON', cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  return malformed(result.error.issues.map(({ path }) => path.join('.') || 'not an object').join(', '));
};
