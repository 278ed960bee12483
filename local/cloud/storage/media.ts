import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { Reply } from '#local/cloud/runtime/http.ts';
import { etagOf } from './resources.ts';
import type { Kept } from './state.ts';

/** Inclusive bounds of an HTTP byte range over `size` bytes; undefined: all of it. Throws 416. */
export const parseRange = (header: string | undefined, size: number): { from: number; to: number } | undefined => {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header);
  if (match === null || (match[1] === '' && match[2] === '')) throw unimplemented(`storage: Range: ${header}`);
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (from >= size || from > to)
    throw new CloudError('OUT_OF_RANGE', 'Request range not satisfiable', {
      http: 416,
      reason: 'requestedRangeNotSatisfiable',
    });
  return { from, to };
};

/** The answer to a download. What is stored as gzip is unpacked for a reader who does not take it, as Cloud Storage does. */
export const mediaReply = ({ object, bytes }: Kept, request: IncomingHttpHeaders): Reply => {
  const stored = object.headers.contentEncoding;
  const unpack = stored === 'gzip' && !/\bgzip\b/.test(request['accept-encoding'] ?? '');
  const range = unpack ? undefined : parseRange(request.range, object.size);
  const headers: Record<string, string> = {
    'content-type': object.headers.contentType ?? 'application/octet-stream',
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5}`,
    'x-goog-stored-content-encoding': stored ?? 'identity',
    'x-goog-stored-content-length': String(object.size),
    'x-goog-storage-class': 'STANDARD',
    etag: etagOf(object),
    'last-modified': new Date(object.updated).toUTCString(),
    'cache-control': object.headers.cacheControl ?? 'no-cache, no-store, max-age=0, must-revalidate',
    vary: 'Origin, X-Origin',
  };
  for (const [field, name] of [
    ['contentDisposition', 'content-disposition'],
    ['contentLanguage', 'content-language'],
  ] as const) {
    const value = object.headers[field];
    if (value !== undefined) headers[name] = value;
  }
  if (stored !== undefined && !unpack) headers['content-encoding'] = stored;
  if (unpack) return { status: 200, headers, body: gunzipSync(bytes) };
  if (range === undefined) return { status: 200, headers, body: bytes };
  const { from, to } = range;
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${from}-${to}/${object.size}` },
    body: bytes.subarray(from, to + 1),
  };
};
