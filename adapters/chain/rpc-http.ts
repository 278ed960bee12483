import { type FetchGetUrlFunc, FetchRequest, FetchResponse, makeError } from 'ethers';
import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { realClock } from '#adapters/clock.ts';

/**
 * Bytes, unpacked. A block full of calldata has some 12 MiB as hexadecimal digits, and no answer needs more. A hostile url must not fill a
 * function of half a gigabyte.
 */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** The errors of ethers name the url, which holds an API key: these do not. */
const useless = (why: string) => makeError(why, 'SERVER_ERROR', { request: 'rpc' });

const targetOf = ({ url, headers }: FetchRequest) => {
  const target = new URL(url);
  const { 'content-length': _, ...rest } = headers;
  const { username, password } = target;
  if (username === '' && password === '') return { target, headers: rest };
  const pair = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  target.username = '';
  target.password = '';
  return { target, headers: { ...rest, authorization: `Basic ${pair}` } };
};

const bodyOf = async (body: AsyncIterable<Uint8Array> | null): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > MAX_ANSWER_BYTES) throw useless('the answer is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
};

/**
 * How ethers reaches a url. Its own way reads answers of any size, unpacks them whole and follows redirects to anywhere. It also leaves a
 * late request running. Bounded by `timeout` in ms, all in all, and by MAX_ANSWER_BYTES.
 */
const boundedGetUrl: FetchGetUrlFunc = async (request, cancelled) => {
  const cancel = new AbortController();
  cancelled?.addListener(() => cancel.abort());
  const { target, headers } = targetOf(request);
  // Not AbortSignal.timeout: its timer outlives the answer, and then aborts.
  const answer = await withTimeLimit(realClock, request.timeout, async (late) => {
    const response = await fetch(target, {
      method: request.method,
      headers,
      body: request.body === null ? null : Buffer.from(request.body),
      redirect: 'manual',
      signal: AbortSignal.any([late, cancel.signal]),
    });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      throw useless('the url leads elsewhere');
    }
    return {
      statusCode: response.status,
      statusMessage: response.statusText,
      headers: Object.fromEntries(response.headers),
      body: await bodyOf(response.body),
    };
  });
  if (answer === undefined) throw makeError('no answer in time', 'TIMEOUT', { operation: 'rpc', reason: 'timeout' });
  return answer.result;
};

/** ethers decodes UTF-8 by lists of code points: some 30 bytes of memory for each byte of the answer. */
class PlainResponse extends FetchResponse {
  override get bodyText(): string {
    return new TextDecoder().decode(this.body ?? new Uint8Array());
  }
}

/** A request that JsonRpcProvider makes its own from. */
export const boundedRequest = (url: string, timeoutMs: number): FetchRequest => {
  const request = new FetchRequest(url);
  request.timeout = timeoutMs;
  request.setThrottleParams({ maxAttempts: 1 });
  request.allowGzip = false;
  request.getUrlFunc = boundedGetUrl;
  request.processFunc = async (asked, { statusCode, statusMessage, headers, body }) =>
    new PlainResponse(statusCode, statusMessage, headers, body, asked);
  return request;
};
