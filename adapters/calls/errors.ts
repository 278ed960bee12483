import { causesOf } from '#core/error-fields.ts';
import { type Code, KeyturnError } from '#schemas/codes.ts';
import { grpcCodeOf, httpStatusOf, oauthOf, reasonOf, textAt } from './error-facts.ts';

/** What is being asked of whom: every message names these three, and never what was sent. */
export interface Call {
  readonly service: string;
  readonly call: string;
  readonly resource: string;
}

/** `again`: the same call may succeed in a moment. Weaker than the code's own `retry`, which may mean hours. */
interface Row {
  readonly code: Code;
  readonly again: boolean;
}
const row = (code: Code, again = false): Row => ({ code, again });
const UNAVAILABLE = row('UNAVAILABLE', true);

/** google.rpc.Code by number. gax gives these over gRPC and, since version 6, over REST too. */
const GRPC: Readonly<Record<number, Row>> = {
  1: row('UNAVAILABLE'),
  2: UNAVAILABLE,
  3: row('INVALID_ARGUMENT'),
  4: row('DEADLINE', true),
  5: row('NOT_FOUND'),
  6: row('INVALID_ARGUMENT'),
  7: row('PERMISSION_DENIED'),
  8: UNAVAILABLE,
  9: row('UNAVAILABLE'),
  10: UNAVAILABLE,
  11: row('INVALID_ARGUMENT'),
  12: row('INVALID_ARGUMENT'),
  13: UNAVAILABLE,
  14: UNAVAILABLE,
  15: row('CHECKSUM_MISMATCH', true),
  16: row('UNAUTHENTICATED'),
};

const HTTP: Readonly<Record<number, Row>> = {
  401: row('UNAUTHENTICATED'),
  403: row('PERMISSION_DENIED'),
  404: row('NOT_FOUND'),
  408: row('DEADLINE', true),
  409: UNAVAILABLE,
  410: row('NOT_FOUND'),
  413: row('TOO_LARGE'),
  429: UNAVAILABLE,
  501: row('INVALID_ARGUMENT'),
};

/** RFC 6749 5.2 and RFC 8693 2.2.2. STS says unauthorized_client where the attribute condition is false, and means it. */
const OAUTH: Readonly<Record<string, Row>> = {
  unauthorized_client: row('ATTESTATION_REFUSED'),
  invalid_target: row('ATTESTATION_REFUSED'),
  access_denied: row('ATTESTATION_REFUSED'),
  invalid_request: row('ATTESTATION_REFUSED'),
  invalid_grant: row('UNAUTHENTICATED'),
  invalid_client: row('UNAUTHENTICATED'),
  server_error: UNAVAILABLE,
  temporarily_unavailable: UNAVAILABLE,
};

/** Quota reasons that Google sends under 403. */
const BUSY = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'RATE_LIMIT_EXCEEDED']);
const LATE = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'TIMEOUT']);
const FILES = new Set(['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR']);

const classify = (error: unknown): Row => {
  const oauth = oauthOf(error);
  const known = oauth === undefined ? undefined : OAUTH[oauth];
  if (known !== undefined) return known;
  if (BUSY.has(reasonOf(error) ?? '')) return UNAVAILABLE;
  const byGrpc = GRPC[grpcCodeOf(error) ?? 0];
  if (byGrpc !== undefined) return byGrpc;
  const status = httpStatusOf(error);
  if (status !== undefined) return HTTP[status] ?? (status < 500 ? row('INVALID_ARGUMENT') : UNAVAILABLE);
  const words = causesOf(error).flatMap((at) => [textAt(at, 'code') ?? '', textAt(at, 'name') ?? '']);
  if (words.some((word) => LATE.has(word) || word === 'AbortError' || word === 'TimeoutError'))
    return row('DEADLINE', true);
  if (words.some((word) => FILES.has(word))) return row('NOT_FOUND');
  if (/Could not load the default credentials|No authentication was provided/.test(textAt(error, 'message') ?? ''))
    return row('UNAUTHENTICATED');
  return UNAVAILABLE;
};

/** What a person is told of a foreign error: numbers and words of a protocol. Never its free text, which may echo what was sent. */
const statusWords = (error: unknown): string => {
  const status = httpStatusOf(error);
  const grpc = grpcCodeOf(error);
  const symbol = causesOf(error)
    .map((at) => textAt(at, 'code'))
    .find((code) => code !== undefined && /^[A-Z_]{3,40}$/.test(code));
  const words = [
    status === undefined ? undefined : `HTTP ${status}`,
    status === undefined && grpc !== undefined ? `gRPC ${grpc}` : undefined,
    reasonOf(error),
    symbol,
  ].filter((word) => word !== undefined && /^[A-Za-z][\w ]{0,47}$/.test(word));
  return words.length > 0 ? words.join(' ') : (textAt(error, 'name') ?? 'unknown failure');
};

/** Any error of a Google client, of ethers' transport or of Node as a KeyturnError with the original as `cause`. */
export const foreign = (call: Call, error: unknown): KeyturnError =>
  error instanceof KeyturnError
    ? error
    : new KeyturnError(classify(error).code, `${call.service}: ${call.call} ${call.resource}: ${statusWords(error)}`, {
        cause: error,
      });

/** Whether the very same call, made again in a moment, may succeed. */
export const isTransient = (error: unknown): boolean =>
  error instanceof KeyturnError
    ? error.cause === undefined
      ? ['UNAVAILABLE', 'DEADLINE', 'CHECKSUM_MISMATCH'].includes(error.code)
      : isTransient(error.cause)
    : classify(error).again;
