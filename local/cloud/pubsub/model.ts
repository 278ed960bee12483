import { z } from 'zod';

/**
 * What the local Pub/Sub keeps, and the journal records that change it. Times and durations are ms, bytes base64, names full resource
 * names (`projects/P/topics/T`). Field by field as https://cloud.google.com/pubsub/docs/reference/rest describes the resources.
 */
export const DELETED_TOPIC = '_deleted-topic_';
export const DELETED_SCHEMA = '_deleted-schema_';

const labels = z.record(z.string(), z.string());

export const topicModel = z.strictObject({
  name: z.string(),
  labels,
  schemaSettings: z
    .strictObject({
      schema: z.string(),
      encoding: z.enum(['JSON', 'BINARY']),
      firstRevisionId: z.string().exactOptional(),
      lastRevisionId: z.string().exactOptional(),
    })
    .exactOptional(),
});

export const pushModel = z.strictObject({
  pushEndpoint: z.string(),
  attributes: labels,
  oidcToken: z.strictObject({ serviceAccountEmail: z.string(), audience: z.string().exactOptional() }).exactOptional(),
});

export const subscriptionModel = z.strictObject({
  name: z.string(),
  topic: z.string(),
  labels,
  filter: z.string(),
  pushConfig: pushModel.exactOptional(),
  ackDeadlineSeconds: z.number(),
  messageRetentionMs: z.number(),
  /** ms without activity after which the subscription is gone; null is never. */
  expirationTtlMs: z.number().nullable(),
  deadLetterPolicy: z.strictObject({ deadLetterTopic: z.string(), maxDeliveryAttempts: z.number() }).exactOptional(),
  retryPolicy: z.strictObject({ minimumBackoffMs: z.number(), maximumBackoffMs: z.number() }).exactOptional(),
});

export const schemaModel = z.strictObject({
  name: z.string(),
  type: z.literal('AVRO'),
  definition: z.string(),
  revisionId: z.string(),
  revisionCreateTime: z.number(),
});

export const messageModel = z.strictObject({
  messageId: z.string(),
  data: z.string(),
  attributes: z.record(z.string(), z.string()),
  publishTime: z.number(),
});

export type Topic = z.infer<typeof topicModel>;
export type PushConfig = z.infer<typeof pushModel>;
export type Subscription = z.infer<typeof subscriptionModel>;
export type Schema = z.infer<typeof schemaModel>;
export type Message = z.infer<typeof messageModel>;

export const recordModel = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('topic.put'), topic: topicModel }),
  z.strictObject({ op: z.literal('topic.delete'), name: z.string() }),
  z.strictObject({ op: z.literal('subscription.put'), subscription: subscriptionModel }),
  z.strictObject({ op: z.literal('subscription.delete'), name: z.string() }),
  z.strictObject({ op: z.literal('schema.commit'), schema: schemaModel }),
  z.strictObject({ op: z.literal('schema.delete'), name: z.string() }),
  z.strictObject({ op: z.literal('publish'), topic: z.string(), messages: z.array(messageModel) }),
  /** Gone from the backlog: acknowledged, or older than the retention. */
  z.strictObject({ op: z.literal('settle'), subscription: z.string(), ids: z.array(z.string()) }),
  /** One delivery each that came to nothing; `due` is when the next may start. */
  z.strictObject({
    op: z.literal('fail'),
    subscription: z.string(),
    failures: z.array(z.strictObject({ id: z.string(), due: z.number() })),
  }),
  /** Out of the source's backlog and into the dead-letter topic, in one step. */
  z.strictObject({
    op: z.literal('forward'),
    subscription: z.string(),
    id: z.string(),
    topic: z.string(),
    message: messageModel,
  }),
]);

export type PubSubRecord = z.infer<typeof recordModel>;

/** A message handed to a subscriber. `deliveryAttempt` only where dead lettering is on. */
export interface Received {
  readonly ackId: string;
  readonly message: Message;
  readonly deliveryAttempt?: number;
}
