import { z } from 'zod';
import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { Checksums } from './checksums.ts';
import { HEADER_FIELDS, type StoredObject } from './model.ts';
import type { Preconditions } from './preconditions.ts';

type Header = (typeof HEADER_FIELDS)[number];

/** Fields of an object that its writer sets. */
export type ObjectFields = { readonly [field in Header]?: string | undefined } & {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
};

/** null takes a field, or a key of the metadata, away. */
export type ObjectPatch = { readonly [field in Header]?: string | null | undefined } & {
  readonly metadata?: Readonly<Record<string, string | null>> | null | undefined;
};

export type InsertOptions = ObjectFields &
  Checksums & {
    readonly preconditions?: Preconditions | undefined;
    /** Called once the object is in, even if the answer is then lost: an upload session remembers that it is done. */
    readonly onStored?: ((object: StoredObject) => void) | undefined;
  };

/** Which generation (none: the live one), and under which conditions. */
export interface Which {
  readonly generation?: number | undefined;
  readonly preconditions?: Preconditions | undefined;
}

export const withoutNulls = <T>(fields: Readonly<Record<string, T | null | undefined>>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === null || value === undefined ? [] : [[key, value]])),
  );

export const headersOf = (fields: ObjectPatch): Record<string, string | null | undefined> =>
  Object.fromEntries(HEADER_FIELDS.flatMap((field) => (field in fields ? [[field, fields[field]]] : [])));

/** Throws INVALID_ARGUMENT beyond the 8 KiB that Cloud Storage takes, keys and values together. */
export const requireMetadataSize = (metadata: Readonly<Record<string, string>>): void => {
  if (Object.entries(metadata).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0) > 8192)
    throw new CloudError('INVALID_ARGUMENT', 'The total size of custom metadata must not exceed 8 KiB.');
};

const text = z.string().nullish();
const objectBody = z.looseObject({
  name: z.string().optional(),
  bucket: z.string().optional(),
  contentType: text,
  cacheControl: text,
  contentDisposition: text,
  contentEncoding: text,
  contentLanguage: text,
  crc32c: z.string().optional(),
  md5Hash: z.string().optional(),
  storageClass: z.string().optional(),
  metadata: z.record(z.string(), z.string().nullable()).nullish(),
});

/** What the service computes itself and takes no notice of in a body (a resource read before, sent back whole). */
const OUTPUT_ONLY = new Set(
  `kind id selfLink mediaLink etag generation metageneration size timeCreated updated timeDeleted timeFinalized
  timeStorageClassUpdated retentionExpirationTime`.split(/\s+/),
);

export interface ObjectBody extends ObjectPatch {
  readonly name?: string | undefined;
  readonly crc32c?: string | undefined;
  readonly md5?: string | undefined;
}

/** An object resource sent by a client to `bucket`. Throws INVALID_ARGUMENT, and UNIMPLEMENTED on a field that would be lost. */
export const parseObjectBody = (body: unknown, bucket: string): ObjectBody => {
  const parsed = objectBody.safeParse(body);
  if (!parsed.success)
    throw new CloudError('INVALID_ARGUMENT', `Invalid object resource: ${z.prettifyError(parsed.error)}`);
  for (const field of Object.keys(parsed.data))
    if (!(field in objectBody.shape) && !OUTPUT_ONLY.has(field)) throw unimplemented(`storage: object field ${field}`);
  const { bucket: named, storageClass, md5Hash, ...fields } = parsed.data;
  if (named !== undefined && named !== bucket)
    throw new CloudError('INVALID_ARGUMENT', `Value '${named}' in content does not agree with value '${bucket}'.`);
  if (storageClass !== undefined && storageClass !== 'STANDARD')
    throw unimplemented(`storage: storage class ${storageClass}`);
  return { ...fields, md5: md5Hash };
};

/** The same, for a new object, which has nothing to take away. */
export const newObjectFields = (body: ObjectBody): ObjectFields => ({
  ...withoutNulls(headersOf(body)),
  metadata: withoutNulls(body.metadata ?? {}),
});
