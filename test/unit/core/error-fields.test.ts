import { describe, expect, it } from 'vitest';
import { errorFields } from '#core/error-fields.ts';
import { KeyturnError } from '#schemas/codes.ts';

describe('errorFields', () => {
  it('shows codes down the chain, and the words of our own errors only', () => {
    const socket = Object.assign(new Error('connect 10.0.0.1?key=secret'), { code: 'ECONNREFUSED' });
    const gax = Object.assign(new Error('secret'), { code: 14, cause: socket });
    const error = new KeyturnError('UNAVAILABLE', 'kms: decrypt k: gRPC 14', { cause: gax, field: 'x' });
    expect(errorFields(error)).toEqual({
      code: 'UNAVAILABLE',
      reason: 'kms: decrypt k: gRPC 14',
      field: 'x',
      causes: '14 < ECONNREFUSED',
    });
  });

  it('says no more than the name of anything else', () => {
    expect(errorFields(new TypeError('0xsecret'))).toEqual({ code: 'BUG', reason: 'TypeError' });
    expect(errorFields('0xsecret')).toEqual({ code: 'BUG', reason: 'not an Error' });
    const odd = new KeyturnError('CONFIG', 'x', { cause: { code: 'a secret with spaces' } });
    expect(errorFields(odd)).toEqual({ code: 'CONFIG', reason: 'x', field: undefined });
  });
});
