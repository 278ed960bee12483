/**
 * The one error of the local cloud: a Google canonical status, as google.rpc.Code names it. Every wire face turns it into its own form:
 * HTTP status and JSON body, or gRPC code. `reason` is the short word that REST bodies carry in `errors[].reason`.
 */
const CODES = {
  INVALID_ARGUMENT: { grpc: 3, http: 400, reason: 'invalid' },
  DEADLINE_EXCEEDED: { grpc: 4, http: 504, reason: 'backendError' },
  NOT_FOUND: { grpc: 5, http: 404, reason: 'notFound' },
  ALREADY_EXISTS: { grpc: 6, http: 409, reason: 'alreadyExists' },
  PERMISSION_DENIED: { grpc: 7, http: 403, reason: 'forbidden' },
  RESOURCE_EXHAUSTED: { grpc: 8, http: 429, reason: 'rateLimitExceeded' },
  FAILED_PRECONDITION: { grpc: 9, http: 400, reason: 'failedPrecondition' },
  ABORTED: { grpc: 10, http: 409, reason: 'aborted' },
  OUT_OF_RANGE: { grpc: 11, http: 400, reason: 'outOfRange' },
  // 501 at Google. Its clients repeat that for half a minute, and what is not implemented here will not be then either.
  UNIMPLEMENTED: { grpc: 12, http: 400, reason: 'notImplemented' },
  INTERNAL: { grpc: 13, http: 500, reason: 'internalError' },
  UNAVAILABLE: { grpc: 14, http: 503, reason: 'backendError' },
  UNAUTHENTICATED: { grpc: 16, http: 401, reason: 'authError' },
} as const;

export type CloudStatus = keyof typeof CODES;

export class CloudError extends Error {
  readonly status: CloudStatus;
  readonly grpc: number;
  readonly http: number;
  readonly reason: string;
  /** google.rpc details as they stand in `error.details` of a REST body, each with its `@type`. */
  readonly details: readonly object[];

  constructor(
    status: CloudStatus,
    message: string,
    over: { http?: number; reason?: string; cause?: unknown; details?: readonly object[] } = {},
  ) {
    super(message, over.cause === undefined ? undefined : { cause: over.cause });
    this.name = 'CloudError';
    this.status = status;
    this.grpc = CODES[status].grpc;
    this.http = over.http ?? CODES[status].http;
    this.reason = over.reason ?? CODES[status].reason;
    this.details = over.details ?? [];
  }
}

/** Anything thrown, as a CloudError: what is not one already is a bug of the local cloud and shows as INTERNAL. */
export const asCloudError = (error: unknown): CloudError =>
  error instanceof CloudError
    ? error
    : new CloudError('INTERNAL', error instanceof Error ? `local cloud fault: ${error.message}` : 'local cloud fault', {
        cause: error,
      });

/** Refuses by name what this server does not implement, so that nothing production would enforce is ever ignored silently. */
export const unimplemented = (what: string): CloudError =>
  new CloudError('UNIMPLEMENTED', `the local cloud does not implement ${what}`);
