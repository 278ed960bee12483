import type { Storage as Client } from '@google-cloud/storage';
import { z } from 'zod';
import { member } from '#core/error-fields.ts';
import type { StoredObject } from '#core/ports.ts';

/** One JSON call of Cloud Storage and what of its answer counts. */
export interface Answer {
  readonly body: unknown;
  /** ms: the `Date` header. Undefined where it is missing or unreadable. */
  readonly date: number | undefined;
}

export interface Asking {
  readonly method?: 'GET' | 'PATCH' | 'DELETE';
  readonly uri: string;
  readonly qs?: Readonly<Record<string, string | number | boolean>>;
  readonly json?: object;
}

/**
 * The client's own request call. It is authenticated like all others, but its callback hands over the response headers. It does not touch
 * the retry switch that the methods of File and Bucket share between concurrent calls.
 */
export const ask = (client: Client, { method = 'GET', uri, qs = {}, json }: Asking): Promise<Answer> =>
  new Promise((resolve, reject) => {
    client.request({ method, uri, qs, ...(json === undefined ? {} : { json }) }, (error, body, response) => {
      if (error) return reject(error);
      const date = Date.parse(String(member(response, 'headers', 'date')));
      resolve({ body, date: Number.isNaN(date) ? undefined : date });
    });
  });

export const objectUri = (bucket: string, name: string): string =>
  `/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;

const int64 = z.string().regex(/^[0-9]{1,20}$/);

/** https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
const resource = z.object({
  bucket: z.string(),
  name: z.string(),
  generation: int64,
  metageneration: int64,
  size: int64.transform(Number),
  timeCreated: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  timeDeleted: z.string().optional(),
  metadata: z.record(z.string(), z.string()).default({}),
  crc32c: z.string().optional(),
});

export interface Found {
  readonly object: StoredObject;
  readonly crc32c: string | undefined;
}

/** Checksums of the generations that this process was told of: a generation never changes. */
const checksums = new WeakMap<StoredObject, string>();

/** What `parseObject` made this object of; undefined where it was not made here, or came without a checksum. */
export const foundBefore = (object: StoredObject | undefined): Found | undefined => {
  const crc32c = object === undefined ? undefined : checksums.get(object);
  return object === undefined || crc32c === undefined ? undefined : { object, crc32c };
};

export const parseObject = (body: unknown): Found => {
  const { crc32c, timeDeleted, ...known } = resource.parse(body);
  const live = timeDeleted === undefined;
  if (crc32c === undefined) return { object: { ...known, live }, crc32c };
  const object = { ...known, live, crc32c };
  checksums.set(object, crc32c);
  return { object, crc32c };
};

export const parsePage = (body: unknown): { objects: readonly StoredObject[]; next: string | undefined } => {
  const page = z.object({ items: z.array(z.unknown()).default([]), nextPageToken: z.string().optional() }).parse(body);
  return { objects: page.items.map((item) => parseObject(item).object), next: page.nextPageToken };
};

/** https://cloud.google.com/storage/docs/json_api/v1/buckets#resource */
export const bucketResource = z.object({
  projectNumber: int64,
  retentionPolicy: z
    .object({ retentionPeriod: int64.transform(Number), isLocked: z.boolean().default(false) })
    .optional(),
  hierarchicalNamespace: z.object({ enabled: z.boolean().default(false) }).optional(),
});
