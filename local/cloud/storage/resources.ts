import { lifecycleResource } from './lifecycle.ts';
import type { NotificationConfig, StoredBucket, StoredObject } from './model.ts';
import { retainedUntil } from './retention.ts';

/** Resources as the JSON API spells them (int64 as strings, times as RFC 3339). `base` is the address a reader can follow. */

const GOOGLE = 'https://storage.googleapis.com';
const time = (ms: number): string => new Date(ms).toISOString();

export const etagOf = (of: { readonly generation: number; readonly metageneration: number }): string =>
  Buffer.from(`${of.generation}/${of.metageneration}`).toString('base64');

export const objectResource = (object: StoredObject, bucket: StoredBucket, base = GOOGLE) => {
  const path = `b/${encodeURIComponent(object.bucket)}/o/${encodeURIComponent(object.name)}`;
  const retained = retainedUntil(bucket, object);
  return {
    kind: 'storage#object',
    id: `${object.bucket}/${object.name}/${object.generation}`,
    selfLink: `${base}/storage/v1/${path}`,
    mediaLink: `${base}/download/storage/v1/${path}?generation=${object.generation}&alt=media`,
    name: object.name,
    bucket: object.bucket,
    generation: String(object.generation),
    metageneration: String(object.metageneration),
    ...object.headers,
    storageClass: 'STANDARD',
    size: String(object.size),
    md5Hash: object.md5,
    crc32c: object.crc32c,
    etag: etagOf(object),
    timeCreated: time(object.created),
    updated: time(object.updated),
    timeStorageClassUpdated: time(object.created),
    timeFinalized: time(object.created),
    ...(object.deleted === null ? {} : { timeDeleted: time(object.deleted) }),
    ...(retained === null ? {} : { retentionExpirationTime: time(retained) }),
    ...(Object.keys(object.metadata).length === 0 ? {} : { metadata: object.metadata }),
  };
};

export const bucketResource = (bucket: StoredBucket, projectNumber: string, base = GOOGLE) => ({
  kind: 'storage#bucket',
  id: bucket.name,
  selfLink: `${base}/storage/v1/b/${bucket.name}`,
  name: bucket.name,
  projectNumber: bucket.projectNumber ?? projectNumber,
  generation: String(bucket.generation),
  metageneration: String(bucket.metageneration),
  etag: etagOf(bucket),
  timeCreated: time(bucket.created),
  updated: time(bucket.updated),
  location: bucket.location,
  locationType: ['US', 'EU', 'ASIA'].includes(bucket.location) ? 'multi-region' : 'region',
  storageClass: 'STANDARD',
  iamConfiguration: {
    uniformBucketLevelAccess: { enabled: true, lockedTime: time(bucket.created + 90 * 86_400_000) },
    publicAccessPrevention: bucket.publicAccessPrevention,
  },
  softDeletePolicy: { retentionDurationSeconds: '0' },
  ...(bucket.versioning ? { versioning: { enabled: true } } : {}),
  ...(bucket.retention === null
    ? {}
    : {
        retentionPolicy: {
          retentionPeriod: String(bucket.retention.seconds),
          effectiveTime: time(bucket.retention.effective),
          ...(bucket.retention.locked ? { isLocked: true } : {}),
        },
      }),
  ...(bucket.lifecycle.length === 0 ? {} : { lifecycle: { rule: bucket.lifecycle.map(lifecycleResource) } }),
  ...(Object.keys(bucket.labels).length === 0 ? {} : { labels: bucket.labels }),
});

export const notificationResource = (config: NotificationConfig, bucket: string, base = GOOGLE) => ({
  kind: 'storage#notification',
  id: config.id,
  selfLink: `${base}/storage/v1/b/${bucket}/notificationConfigs/${config.id}`,
  etag: config.id,
  topic: `//pubsub.googleapis.com/${config.topic}`,
  payload_format: config.payloadFormat,
  ...(config.eventTypes.length === 0 ? {} : { event_types: config.eventTypes }),
  ...(config.objectNamePrefix === '' ? {} : { object_name_prefix: config.objectNamePrefix }),
  ...(Object.keys(config.customAttributes).length === 0 ? {} : { custom_attributes: config.customAttributes }),
});
