import { bytes, duration, int, message, text, textMap } from './fields.ts';
import type { SubscriptionDraft } from './subscription-draft.ts';

/** The messages of google.pubsub.v1 that callers send, cut down to the fields this server honours. */
export const pushShape = message({
  pushEndpoint: text,
  attributes: textMap,
  oidcToken: message({ serviceAccountEmail: text, audience: text }).optional(),
  /** The default form; `noWrapper` is refused by name. */
  pubsubWrapper: message({}).optional(),
});

export const topicShape = message({
  name: text,
  labels: textMap,
  schemaSettings: message({
    schema: text,
    encoding: text,
    firstRevisionId: text,
    lastRevisionId: text,
  }).optional(),
});

export const schemaShape = message({ name: text, type: text, definition: text });

export const draftShape = message({ data: bytes, attributes: textMap, orderingKey: text });

export const subscriptionShape = message({
  name: text,
  topic: text,
  labels: textMap,
  filter: text,
  pushConfig: pushShape.optional(),
  ackDeadlineSeconds: int,
  messageRetentionDuration: duration.optional(),
  expirationPolicy: message({ ttl: duration.optional() }).optional(),
  deadLetterPolicy: message({ deadLetterTopic: text, maxDeliveryAttempts: int }).optional(),
  retryPolicy: message({ minimumBackoff: duration.optional(), maximumBackoff: duration.optional() }).optional(),
}).transform(
  ({ messageRetentionDuration, expirationPolicy, retryPolicy, ...same }): SubscriptionDraft => ({
    ...same,
    messageRetentionMs: messageRetentionDuration,
    expirationPolicy: expirationPolicy && { ttlMs: expirationPolicy.ttl },
    retryPolicy: retryPolicy && {
      minimumBackoffMs: retryPolicy.minimumBackoff,
      maximumBackoffMs: retryPolicy.maximumBackoff,
    },
  }),
);
