import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { NotificationConfig, StoredBucket, StoredObject } from './model.ts';
import { objectResource } from './resources.ts';

/** https://cloud.google.com/storage/docs/pubsub-notifications */
export const EVENT_TYPES = ['OBJECT_FINALIZE', 'OBJECT_METADATA_UPDATE', 'OBJECT_DELETE', 'OBJECT_ARCHIVE'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface NotificationSettings {
  /** `projects/P/topics/T`, with or without `//pubsub.googleapis.com/` before it. */
  readonly topic: string;
  readonly eventTypes?: readonly string[] | undefined;
  readonly objectNamePrefix?: string | undefined;
  readonly customAttributes?: Readonly<Record<string, string>> | undefined;
  readonly payloadFormat?: string | undefined;
}

/** Throws INVALID_ARGUMENT, naming the field. */
export const notificationOf = (id: string, settings: NotificationSettings): NotificationConfig => {
  const topic = /^(?:\/\/pubsub\.googleapis\.com\/)?(projects\/[^/]+\/topics\/[^/]+)$/.exec(settings.topic)?.[1];
  if (topic === undefined)
    throw new CloudError('INVALID_ARGUMENT', `Invalid Google Cloud Pub/Sub topic: '${settings.topic}'`);
  const eventTypes = [...(settings.eventTypes ?? [])];
  const unknownType = eventTypes.find((type) => !EVENT_TYPES.some((known) => known === type));
  if (unknownType !== undefined) throw new CloudError('INVALID_ARGUMENT', `Invalid event type: ${unknownType}`);
  const payloadFormat = settings.payloadFormat ?? 'JSON_API_V1';
  if (payloadFormat !== 'JSON_API_V1' && payloadFormat !== 'NONE')
    throw new CloudError('INVALID_ARGUMENT', `Invalid payload format: ${payloadFormat}`);
  return {
    id,
    topic,
    eventTypes,
    objectNamePrefix: settings.objectNamePrefix ?? '',
    customAttributes: { ...settings.customAttributes },
    payloadFormat,
  };
};

export interface Notice {
  readonly topic: string;
  readonly data: Buffer;
  readonly attributes: Record<string, string>;
}

/** What each of the bucket's configurations sends about one event, at `now` (ms). */
export const noticesOf = (
  bucket: StoredBucket,
  object: StoredObject,
  eventType: EventType,
  now: number,
  more: Readonly<Record<string, string>> = {},
): Notice[] =>
  bucket.notifications
    .filter(
      (config) =>
        (config.eventTypes.length === 0 || config.eventTypes.includes(eventType)) &&
        object.name.startsWith(config.objectNamePrefix),
    )
    .map((config) => ({
      topic: config.topic,
      data:
        config.payloadFormat === 'NONE'
          ? Buffer.alloc(0)
          : Buffer.from(JSON.stringify(objectResource(object, bucket), null, 2)),
      attributes: {
        ...config.customAttributes,
        notificationConfig: `projects/_/buckets/${bucket.name}/notificationConfigs/${config.id}`,
        eventType,
        payloadFormat: config.payloadFormat,
        bucketId: bucket.name,
        objectId: object.name,
        objectGeneration: String(object.generation),
        eventTime: new Date(now).toISOString(),
        ...more,
      },
    }));
