import { z } from 'zod';

/** What a store keeps and journals. Times are ms since the epoch, durations seconds; all of it is plain JSON. */

/** Fields of an object that a download sends as HTTP headers. */
export const HEADER_FIELDS = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
] as const;

export const storedObject = z.strictObject({
  bucket: z.string(),
  name: z.string(),
  /** µs since the epoch, made unique: the generation of Google's API. */
  generation: z.int(),
  metageneration: z.int(),
  created: z.number(),
  updated: z.number(),
  /** When it became noncurrent; null while it is live. */
  deleted: z.number().nullable(),
  size: z.int(),
  /** Base64 of the big-endian checksum. */
  crc32c: z.string(),
  /** Base64. */
  md5: z.string(),
  /** Keys are of HEADER_FIELDS. */
  headers: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
});

export const lifecycleRule = z.strictObject({
  age: z.int().nonnegative().nullable(),
  isLive: z.boolean().nullable(),
  daysSinceNoncurrentTime: z.int().nonnegative().nullable(),
  numNewerVersions: z.int().nonnegative().nullable(),
  matchesPrefix: z.array(z.string()).nullable(),
  matchesSuffix: z.array(z.string()).nullable(),
});

export const notificationConfig = z.strictObject({
  id: z.string(),
  /** projects/P/topics/T */
  topic: z.string(),
  /** Empty: every type. */
  eventTypes: z.array(z.string()),
  objectNamePrefix: z.string(),
  customAttributes: z.record(z.string(), z.string()),
  payloadFormat: z.enum(['JSON_API_V1', 'NONE']),
});

export const storedBucket = z.strictObject({
  name: z.string(),
  generation: z.int(),
  metageneration: z.int(),
  created: z.number(),
  updated: z.number(),
  location: z.string(),
  /** null: that of the world's project. */
  projectNumber: z.string().nullable().default(null),
  versioning: z.boolean(),
  retention: z.strictObject({ seconds: z.int(), effective: z.number(), locked: z.boolean() }).nullable(),
  lifecycle: z.array(lifecycleRule),
  publicAccessPrevention: z.enum(['inherited', 'enforced']),
  labels: z.record(z.string(), z.string()),
  notifications: z.array(notificationConfig),
  notificationsMade: z.int(),
});

/** One mutation, whole: what a kill leaves is either none or all of it. */
export const storageRecord = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bucket'), bucket: storedBucket }),
  z.strictObject({ kind: z.literal('bucketDeleted'), name: z.string() }),
  z.strictObject({
    kind: z.literal('insert'),
    object: storedObject,
    /** Base64. */
    bytes: z.string(),
    /** The live generation it replaces, and when that became noncurrent; null `archived`: it is gone. */
    replaced: z.strictObject({ generation: z.int(), archived: z.number().nullable() }).nullable(),
  }),
  z.strictObject({ kind: z.literal('patch'), object: storedObject }),
  z.strictObject({
    kind: z.literal('archive'),
    bucket: z.string(),
    name: z.string(),
    generation: z.int(),
    at: z.number(),
  }),
  z.strictObject({ kind: z.literal('remove'), bucket: z.string(), name: z.string(), generation: z.int() }),
]);

export type StoredObject = Readonly<z.infer<typeof storedObject>>;
export type StoredBucket = Readonly<z.infer<typeof storedBucket>>;
export type LifecycleRule = z.infer<typeof lifecycleRule>;
export type NotificationConfig = Readonly<z.infer<typeof notificationConfig>>;
export type StorageRecord = z.infer<typeof storageRecord>;
