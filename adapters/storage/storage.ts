import { Storage as Client } from '@google-cloud/storage';
import type { AuthClient } from 'google-auth-library';
import { crc32cBase64 } from '#adapters/calls/crc32c.ts';
import { type Caller, callerOn, type Limits, ONCE, REPEATABLE } from '#adapters/calls/deadline.ts';
import { isExists } from '#adapters/calls/error-facts.ts';
import type { Content, Storage } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { download, upload } from './bytes.ts';
import { ask, bucketResource, type Found, foundBefore, objectUri, parseObject, parsePage } from './request.ts';

const MAX_OBJECT_BYTES = 16 * 1024 * 1024;
/** Uploads and downloads move bytes: longer than a plain call. */
const BYTES: Limits = { attemptMs: 15_000, attempts: 3 };
const absent = (error: unknown): undefined => {
  if (!isKeyturnError(error, 'NOT_FOUND')) throw error;
};

/**
 * Cloud Storage by its JSON API (https://cloud.google.com/storage/docs/json_api/v1). `endpoint`: a lab's url.
 * Throws PERMISSION_DENIED, UNAUTHENTICATED, NOT_FOUND (no such bucket, where that is no answer), CHECKSUM_MISMATCH, TOO_LARGE,
 * UNAVAILABLE, DEADLINE.
 */
export const storagePort = (
  options: { readonly projectId: string; readonly authClient: AuthClient; readonly endpoint?: string | undefined },
  call: Caller = callerOn(),
): Storage => {
  const client = new Client({
    projectId: options.projectId,
    authClient: options.authClient,
    retryOptions: { autoRetry: false },
    ...(options.endpoint === undefined ? {} : { apiEndpoint: options.endpoint, useAuthWithCustomEndpoint: true }),
  });
  const on = <T>(what: string, resource: string, limits: Limits, run: (signal: AbortSignal) => Promise<T>) =>
    call({ service: 'storage', call: what, resource: `gs://${resource}` }, limits, run);

  const find = (bucket: string, name: string, generation?: string): Promise<Found | undefined> =>
    on('get', `${bucket}/${name}`, REPEATABLE, async () => {
      const { body } = await ask(client, {
        uri: objectUri(bucket, name),
        ...(generation === undefined ? {} : { qs: { generation } }),
      });
      return parseObject(body);
    }).catch(absent);

  const content = async (found: Found, limit: number): Promise<Content> => {
    const at = `${found.object.bucket}/${found.object.name}`;
    if (found.object.size > limit)
      throw new KeyturnError('TOO_LARGE', `storage: read gs://${at}: ${found.object.size} bytes, more than ${limit}`);
    const bytes = await on('read', at, BYTES, (signal) => download(client, found.object, signal));
    if (bytes.length !== found.object.size || crc32cBase64(bytes) !== found.crc32c)
      throw new KeyturnError('CHECKSUM_MISMATCH', `storage: read gs://${at}: damaged on the way`);
    return { object: found.object, bytes };
  };

  const patch = (
    bucket: string,
    name: string,
    metadata: Readonly<Record<string, string | null>>,
    metageneration: string | undefined,
  ) =>
    on('patch', `${bucket}/${name}`, REPEATABLE, async () => {
      const qs = metageneration === undefined ? {} : { ifMetagenerationMatch: metageneration };
      try {
        const { body } = await ask(client, { method: 'PATCH', uri: objectUri(bucket, name), qs, json: { metadata } });
        return parseObject(body).object;
      } catch (error) {
        // Somebody patched it since, or this very call did, and its answer was lost.
        if (metageneration === undefined || !isExists(error)) throw error;
        return undefined;
      }
    }).catch(absent);

  return {
    createOnce: async (bucket, name, bytes, metadata = {}) => {
      for (let n = 0; n < 3; n++) {
        let refused: unknown;
        const made = await on('create', `${bucket}/${name}`, BYTES, () =>
          upload(client, { bucket, name }, bytes, metadata),
        ).catch((error: unknown) => {
          // Without the right to delete, an existing name may answer 403 instead of 412.
          if (!isKeyturnError(error, 'PERMISSION_DENIED')) throw error;
          refused = error;
          return 'taken' as const;
        });
        if (made !== 'taken') return { created: true, object: made };
        const found = await find(bucket, name).catch((error: unknown) => {
          throw refused ?? error;
        });
        if (found !== undefined) return { created: false, object: found.object };
        if (refused !== undefined) throw refused;
      }
      throw new KeyturnError(
        'UNAVAILABLE',
        `storage: create gs://${bucket}/${name}: the name is alternately taken and free`,
      );
    },
    read: async (bucket, name, { generation, limit = MAX_OBJECT_BYTES, listed } = {}) => {
      const before = listed?.bucket === bucket && listed.name === name ? foundBefore(listed) : undefined;
      if (before !== undefined && (generation ?? before.object.generation) === before.object.generation)
        return content(before, limit).catch(absent);
      for (let n = 0; n < 3; n++) {
        const found = await find(bucket, name, generation);
        if (found === undefined) return undefined;
        // Gone between the two calls: where there is a newer one, that is the live one now.
        const whole = await content(found, limit).catch(absent);
        if (whole !== undefined) return whole;
      }
      throw new KeyturnError('UNAVAILABLE', `storage: read gs://${bucket}/${name}: it changes all the time`);
    },
    stat: async (bucket, name) => (await find(bucket, name))?.object,
    list: (bucket, prefix, { versions = false, from, startOffset, limit } = {}) =>
      on('list', `${bucket}/${prefix}`, REPEATABLE, async () => {
        const began = performance.now();
        const qs = {
          prefix,
          ...(versions ? { versions } : {}),
          ...(from === undefined ? {} : { pageToken: from }),
          ...(startOffset === undefined ? {} : { startOffset }),
          ...(limit === undefined ? {} : { maxResults: limit }),
        };
        const { body, date } = await ask(client, { uri: `/b/${encodeURIComponent(bucket)}/o`, qs });
        if (date === undefined)
          throw new KeyturnError('UNAVAILABLE', `storage: list gs://${bucket}/${prefix}: the answer has no date`);
        // The listing is older than the stamp on its answer, by at most the time that the call took.
        return { ...parsePage(body), at: date - Math.ceil(performance.now() - began) };
      }),
    // PATCH merges (https://cloud.google.com/storage/docs/json_api/v1/objects/patch).
    setMetadata: async (bucket, name, metadata, metageneration) =>
      (await patch(bucket, name, metadata, metageneration)) !== undefined,
    delete: (bucket, name) =>
      on('delete', `${bucket}/${name}`, ONCE, async () => {
        await ask(client, { method: 'DELETE', uri: objectUri(bucket, name) });
        return true;
      }).catch((error: unknown) => absent(error) ?? false),
    settings: (bucket) =>
      on('settings', bucket, REPEATABLE, async () => {
        const { body } = await ask(client, { uri: `/b/${encodeURIComponent(bucket)}` });
        const { projectNumber, retentionPolicy, hierarchicalNamespace } = bucketResource.parse(body);
        return {
          projectNumber,
          retentionSeconds: retentionPolicy?.retentionPeriod ?? 0,
          retentionLocked: retentionPolicy?.isLocked ?? false,
          hierarchicalNamespace: hierarchicalNamespace?.enabled ?? false,
        };
      }),
  };
};
