import type { Received, Schema, Subscription, Topic } from './model.ts';

/** How a wire form spells times and durations (both ms). Bytes are base64 in either: grpc's loader takes that too. */
export interface Encode {
  readonly time: (ms: number) => unknown;
  readonly duration: (ms: number) => unknown;
}

const parts = (ms: number): { seconds: string; nanos: number } => ({
  seconds: String(Math.floor(ms / 1000)),
  nanos: (ms % 1000) * 1e6,
});

export const grpcEncode: Encode = { time: parts, duration: parts };
export const restEncode: Encode = {
  time: (ms) => new Date(ms).toISOString(),
  duration: (ms) => `${ms / 1000}s`,
};

export const printTopic = ({ name, labels, schemaSettings }: Topic): object => ({
  name,
  ...(Object.keys(labels).length === 0 ? {} : { labels }),
  ...(schemaSettings === undefined ? {} : { schemaSettings }),
  state: 'ACTIVE',
});

export const printSubscription = (encode: Encode, subscription: Subscription): object => {
  const { retryPolicy, messageRetentionMs, expirationTtlMs, labels, filter, pushConfig, ...same } = subscription;
  return {
    ...same,
    pushConfig: pushConfig ?? {},
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(filter === '' ? {} : { filter }),
    messageRetentionDuration: encode.duration(messageRetentionMs),
    expirationPolicy: expirationTtlMs === null ? {} : { ttl: encode.duration(expirationTtlMs) },
    ...(retryPolicy === undefined
      ? {}
      : {
          retryPolicy: {
            minimumBackoff: encode.duration(retryPolicy.minimumBackoffMs),
            maximumBackoff: encode.duration(retryPolicy.maximumBackoffMs),
          },
        }),
    state: 'ACTIVE',
  };
};

export const printSchema = (encode: Encode, schema: Schema, view: string): object => {
  const { definition, revisionCreateTime, ...rest } = schema;
  const basic = { ...rest, revisionCreateTime: encode.time(revisionCreateTime) };
  return view === 'BASIC' ? basic : { ...basic, definition };
};

export const printReceived = (encode: Encode, { ackId, message, deliveryAttempt }: Received): object => ({
  ackId,
  message: { ...message, publishTime: encode.time(message.publishTime) },
  ...(deliveryAttempt === undefined ? {} : { deliveryAttempt }),
});
