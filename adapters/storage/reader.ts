import type { AuthClient } from 'google-auth-library';
import { crc32cBase64 } from '#adapters/calls/crc32c.ts';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';
import type { Storage } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { objectUri, parseObject, parsePage } from './request.ts';

/** What a dApp does with Cloud Storage: it reads facts, and writes nothing. */
export type StorageReader = Pick<Storage, 'stat' | 'read' | 'list'>;

const GOOGLE = 'https://storage.googleapis.com';
const MAX_OBJECT_BYTES = 16 * 1024 * 1024;

const absent = (error: unknown): undefined => {
  if (!isKeyturnError(error, 'NOT_FOUND')) throw error;
};

/** The body up to `limit` bytes and no further, whatever the answer says of its length. */
const bytesOf = async (response: Response, limit: number): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) throw new KeyturnError('TOO_LARGE', `storage: more than ${limit} bytes`);
  }
  return Buffer.concat(chunks);
};

/** Bodies of JSON answers, also of refusals: a page of a listing holds a thousand objects. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const json = async (response: Response): Promise<unknown> =>
  JSON.parse(new TextDecoder().decode(await bytesOf(response, MAX_ANSWER_BYTES)));

/**
 * Cloud Storage by its JSON API (https://cloud.google.com/storage/docs/json_api/v1) and nothing but `fetch`, for who may only read and has no
 * client of it. `endpoint`: a lab's url. Throws what the whole port does.
 */
export const readerPort = (
  options: { readonly authClient: AuthClient; readonly endpoint?: string | undefined },
  call: Caller = callerOn(),
): StorageReader => {
  const ask = async (path: string, qs: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> => {
    const url = new URL(`/storage/v1${path}`, options.endpoint ?? GOOGLE);
    url.search = new URLSearchParams(qs).toString();
    const headers = await options.authClient.getRequestHeaders(url.href);
    const response = await fetch(url, { headers, signal, redirect: 'error' });
    if (response.ok) return response;
    const data: unknown = await json(response).catch(() => undefined);
    throw Object.assign(new Error(`HTTP ${response.status}`), { response: { status: response.status, data } });
  };
  const on = <T>(what: string, resource: string, run: (signal: AbortSignal) => Promise<T>) =>
    call({ service: 'storage', call: what, resource: `gs://${resource}` }, REPEATABLE, run);
  const find = (bucket: string, name: string, generation?: string) =>
    on('get', `${bucket}/${name}`, async (signal) =>
      parseObject(
        await json(await ask(objectUri(bucket, name), generation === undefined ? {} : { generation }, signal)),
      ),
    ).catch(absent);
  return {
    stat: async (bucket, name) => (await find(bucket, name))?.object,
    read: async (bucket, name, { generation, limit = MAX_OBJECT_BYTES } = {}) => {
      const found = await find(bucket, name, generation);
      if (found === undefined) return undefined;
      const { object, crc32c } = found;
      const at = `${bucket}/${name}`;
      if (object.size > limit)
        throw new KeyturnError('TOO_LARGE', `storage: read gs://${at}: ${object.size} bytes, more than ${limit}`);
      return on('read', at, async (signal) => {
        const qs = { alt: 'media', generation: object.generation };
        const bytes = await bytesOf(await ask(objectUri(bucket, name), qs, signal), limit);
        if (bytes.length !== object.size || crc32cBase64(bytes) !== crc32c)
          throw new KeyturnError('CHECKSUM_MISMATCH', `storage: read gs://${at}: damaged on the way`);
        return { object, bytes };
      }).catch(absent);
    },
    list: (bucket, prefix, { versions = false, from, startOffset, limit } = {}) =>
      on('list', `${bucket}/${prefix}`, async (signal) => {
        const began = performance.now();
        const response = await ask(
          `/b/${encodeURIComponent(bucket)}/o`,
          {
            prefix,
            ...(versions ? { versions: 'true' } : {}),
            ...(from === undefined ? {} : { pageToken: from }),
            ...(startOffset === undefined ? {} : { startOffset }),
            ...(limit === undefined ? {} : { maxResults: `${limit}` }),
          },
          signal,
        );
        const date = Date.parse(response.headers.get('date') ?? '');
        if (Number.isNaN(date))
          throw new KeyturnError('UNAVAILABLE', `storage: list gs://${bucket}/${prefix}: the answer has no date`);
        // The listing is older than the stamp on its answer, by at most the time that the call took.
        return { ...parsePage(await json(response)), at: date - Math.ceil(performance.now() - began) };
      }),
  };
};
