import { describe, expect, it } from 'vitest';
import { isExists, isNotFound } from '#adapters/calls/error-facts.ts';
import { foreign, isTransient } from '#adapters/calls/errors.ts';
import { KeyturnError } from '#schemas/codes.ts';

const call = { service: 'kms', call: 'decrypt', resource: 'projects/p/key' };
const like = (fields: object, message = 'secret words') => Object.assign(new Error(message), fields);
const SECRET = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';

describe('foreign errors', () => {
  it.each<[string, unknown, string, string, boolean]>([
    [
      'gax over REST',
      like({ code: 7, httpStatusCode: 403, reason: 'IAM_PERMISSION_DENIED' }),
      'PERMISSION_DENIED',
      'HTTP 403 IAM_PERMISSION_DENIED',
      false,
    ],
    ['gax over gRPC', like({ code: 5, details: 'Resource not found' }), 'NOT_FOUND', 'gRPC 5', false],
    ['gax: invalid', like({ code: 3, httpStatusCode: 400 }), 'INVALID_ARGUMENT', 'HTTP 400', false],
    ['gax: disabled key', like({ code: 9, httpStatusCode: 400 }), 'UNAVAILABLE', 'HTTP 400', false],
    ['gax: unavailable', like({ code: 14 }), 'UNAVAILABLE', 'gRPC 14', true],
    ['gax: too late', like({ code: 4 }), 'DEADLINE', 'gRPC 4', true],
    ['gax: cancelled by us', like({ code: 1 }), 'UNAVAILABLE', 'gRPC 1', false],
    ['gax: quota', like({ code: 8, httpStatusCode: 429 }), 'UNAVAILABLE', 'HTTP 429', true],
    ['gax: no login', like({ code: 16, httpStatusCode: 401 }), 'UNAUTHENTICATED', 'HTTP 401', false],
    [
      'gax: no server',
      like({ code: 14, cause: like({ code: 'ECONNREFUSED' }) }),
      'UNAVAILABLE',
      'gRPC 14 ECONNREFUSED',
      true,
    ],
    [
      'STS: switched off',
      like({
        status: 403,
        response: {
          status: 403,
          data: {
            error: {
              code: 403,
              message: SECRET,
              status: 'PERMISSION_DENIED',
              details: [{ reason: 'SERVICE_DISABLED' }],
            },
          },
        },
      }),
      'PERMISSION_DENIED',
      'HTTP 403 SERVICE_DISABLED',
      false,
    ],
    [
      'STS: no reason',
      like({
        status: 400,
        response: { status: 400, data: { error: { code: 400, message: SECRET, status: 'INVALID_ARGUMENT' } } },
      }),
      'INVALID_ARGUMENT',
      'HTTP 400 INVALID_ARGUMENT',
      false,
    ],
    [
      'STS: a quota under 403',
      like({
        status: 403,
        response: { status: 403, data: { error: { details: [{}, { reason: 'RATE_LIMIT_EXCEEDED' }] } } },
      }),
      'UNAVAILABLE',
      'HTTP 403 RATE_LIMIT_EXCEEDED',
      true,
    ],
    [
      'STS: words that are none of a protocol',
      like({
        status: 403,
        response: {
          status: 403,
          data: { error: { status: SECRET, details: [{ reason: `${SECRET} X` }, { reason: 'lower' }] } },
        },
      }),
      'PERMISSION_DENIED',
      'HTTP 403',
      false,
    ],
    [
      'storage: 403',
      like({ code: 403, errors: [{ reason: 'forbidden' }] }),
      'PERMISSION_DENIED',
      'HTTP 403 forbidden',
      false,
    ],
    [
      'storage: rate limit',
      like({ code: 403, errors: [{ reason: 'rateLimitExceeded' }] }),
      'UNAVAILABLE',
      'HTTP 403 rateLimitExceeded',
      true,
    ],
    ['storage: 404', like({ code: 404, errors: [{ reason: 'notFound' }] }), 'NOT_FOUND', 'HTTP 404 notFound', false],
    ['storage: 503', like({ code: 503 }), 'UNAVAILABLE', 'HTTP 503', true],
    ['storage: 501', like({ code: 501 }), 'INVALID_ARGUMENT', 'HTTP 501', false],
    ['storage: 400', like({ code: 400 }), 'INVALID_ARGUMENT', 'HTTP 400', false],
    ['fetch: reset', like({ code: 'ECONNRESET', type: 'system' }), 'UNAVAILABLE', 'ECONNRESET', true],
    [
      'fetch: cut short',
      like({ code: 'ERR_STREAM_PREMATURE_CLOSE' }),
      'UNAVAILABLE',
      'ERR_STREAM_PREMATURE_CLOSE',
      true,
    ],
    ['Node: timeout', like({ code: 'ETIMEDOUT' }), 'DEADLINE', 'ETIMEDOUT', true],
    ['an abort', new DOMException('x', 'AbortError'), 'DEADLINE', 'AbortError', true],
    ['a timeout signal', new DOMException('x', 'TimeoutError'), 'DEADLINE', 'TimeoutError', true],
    ['a missing file', like({ code: 'ENOENT' }), 'NOT_FOUND', 'ENOENT', false],
    ['gaxios', like({ status: 403, response: { status: 403, data: {} } }), 'PERMISSION_DENIED', 'HTTP 403', false],
    [
      'no credentials',
      new Error('Could not load the default credentials. Browse to …'),
      'UNAUTHENTICATED',
      'Error',
      false,
    ],
    ['a bug', new TypeError('x is not a function'), 'UNAVAILABLE', 'TypeError', true],
    ['not an error', 'text', 'UNAVAILABLE', 'unknown failure', true],
    ['nothing', undefined, 'UNAVAILABLE', 'unknown failure', true],
  ])('%s', (_what, error, code, words, again) => {
    const translated = foreign(call, error);
    expect(translated.code).toBe(code);
    expect(translated.message).toBe(`kms: decrypt projects/p/key: ${words}`);
    expect(translated.cause).toBe(error);
    expect(isTransient(error)).toBe(again);
    if (error !== undefined) expect(isTransient(translated)).toBe(again);
  });

  it.each([
    ['unauthorized_client', 'ATTESTATION_REFUSED', false],
    ['invalid_target', 'ATTESTATION_REFUSED', false],
    ['invalid_request', 'ATTESTATION_REFUSED', false],
    ['invalid_grant', 'UNAUTHENTICATED', false],
    ['server_error', 'UNAVAILABLE', true],
  ])('a token endpoint that says %s is %s, also below a call to another service', (error, code, again) => {
    const data = { error, error_description: `The token ${SECRET} is no good` };
    const exchange = like({ status: 400, response: { status: 400, data } }, `Error code ${error}: ${SECRET}`);
    const throughGax = like({ code: 3, httpStatusCode: 400, cause: exchange }, `Error code ${error}`);
    for (const thrown of [exchange, throughGax]) {
      expect(foreign(call, thrown)).toMatchObject({
        code,
        message: `kms: decrypt projects/p/key: HTTP 400 ${error}`,
      });
      expect(isTransient(thrown)).toBe(again);
    }
  });

  it('are left alone where they are ours', () => {
    const ours = new KeyturnError('CHECKSUM_MISMATCH', 'x');
    expect(foreign(call, ours)).toBe(ours);
    expect(isTransient(ours)).toBe(true);
    expect(isTransient(new KeyturnError('TOO_LARGE', 'x'))).toBe(false);
  });

  it('never put free text into a message', () => {
    for (const thrown of [
      like({ code: 3 }, SECRET),
      like({ code: 403, errors: [{ reason: SECRET }] }),
      new Error(SECRET),
    ])
      expect(foreign(call, thrown).message).not.toContain('eyJ');
  });
});

describe('predicates', () => {
  it.each<[string, unknown, boolean, boolean]>([
    ['storage 412', like({ code: 412 }), true, false],
    ['compute 409', like({ code: 10, httpStatusCode: 409 }), true, false],
    ['gRPC ALREADY_EXISTS', like({ code: 6 }), true, false],
    ['storage 404', like({ code: 404 }), false, true],
    ['gRPC NOT_FOUND', like({ code: 5 }), false, true],
    ['storage 403', like({ code: 403 }), false, false],
    ['gRPC PERMISSION_DENIED', like({ code: 7 }), false, false],
    ['gRPC ABORTED', like({ code: 10 }), false, false],
    ['nothing', null, false, false],
  ])('%s', (_what, error, exists, absent) => {
    expect([isExists(error), isNotFound(error)]).toEqual([exists, absent]);
  });
});
