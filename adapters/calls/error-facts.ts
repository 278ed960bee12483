import { causesOf, member } from '#core/error-fields.ts';

/**
 * Where each client keeps the facts of a failure. Gax: `code` (a gRPC number, also over REST) and `httpStatusCode`. Storage's ApiError:
 * `code` (HTTP). GaxiosError: `status` and `response`. A token endpoint: `response.data.error`. Node: `code` (a word).
 */
const numberAt = (error: unknown, ...path: readonly string[]): number | undefined => {
  const value = member(error, ...path);
  return typeof value === 'number' ? value : undefined;
};
export const textAt = (error: unknown, ...path: readonly string[]): string | undefined => {
  const value = member(error, ...path);
  return typeof value === 'string' ? value : undefined;
};

/** The short word of Google's error bodies (`forbidden`, `SERVICE_DISABLED`), or of an OAuth body. */
export const reasonOf = (error: unknown): string | undefined =>
  oauthOf(error) ?? textAt(error, 'reason') ?? textAt(error, 'errors', '0', 'reason') ?? bodyReasonOf(error);

const WORD = /^[A-Z][A-Z0-9_]{2,46}$/;
const MOST_DETAILS = 8;

/**
 * For answers that no client has parsed. Google's front end says the reason in the body, also before a service is reached:
 * `error.details[].reason` of google.rpc.ErrorInfo, or else `error.status` (https://cloud.google.com/apis/design/errors#http_mapping).
 */
const bodyReasonOf = (error: unknown): string | undefined =>
  causesOf(error)
    .flatMap((at) => [member(at, 'response', 'data', 'error'), member(at, 'data', 'error')])
    .flatMap((body) => {
      const details = member(body, 'details');
      const reasons = Array.isArray(details) ? details.slice(0, MOST_DETAILS).map((one) => textAt(one, 'reason')) : [];
      return [...reasons, textAt(body, 'status')];
    })
    .find((word) => word !== undefined && WORD.test(word));

/** A token endpoint's refusal, also where a client met it on the way to another service: then it says nothing about that service. */
export const oauthOf = (error: unknown): string | undefined =>
  causesOf(error)
    .map((at) => textAt(at, 'response', 'data', 'error') ?? textAt(at, 'data', 'error'))
    .find((word) => word !== undefined && /^[a-z_]+$/.test(word));

/** HTTP status, wherever this client keeps it. gRPC codes are below 17, HTTP statuses from 100: one number cannot be both. */
export const httpStatusOf = (error: unknown): number | undefined =>
  [['httpStatusCode'], ['response', 'status'], ['response', 'statusCode'], ['status'], ['statusCode'], ['code']]
    .map((path) => numberAt(error, ...path))
    .find((status) => status !== undefined && status >= 100);

export const grpcCodeOf = (error: unknown): number | undefined => {
  const code = numberAt(error, 'code');
  return code !== undefined && code >= 1 && code <= 16 ? code : undefined;
};

/** The precondition failed (412), or gRPC ALREADY_EXISTS, or a plain 409: that name is taken. */
export const isExists = (error: unknown): boolean =>
  grpcCodeOf(error) === 6 || httpStatusOf(error) === 412 || httpStatusOf(error) === 409;
export const isNotFound = (error: unknown): boolean => grpcCodeOf(error) === 5 || httpStatusOf(error) === 404;
