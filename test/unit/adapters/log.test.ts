import { describe, expect, it } from 'vitest';
import { errorFields, logPort } from '#adapters/log.ts';
import { KeyturnError } from '#schemas/codes.ts';

const logged = (write: (log: ReturnType<typeof logPort>) => void, base = {}) => {
  const lines: string[] = [];
  write(logPort(base, { write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
};

describe('logPort', () => {
  it('writes what Cloud Logging reads', () => {
    const lines = logged(
      (log) => {
        log.info('request accepted', { id: 'ab', count: 2, late: false, gone: undefined });
        log.warn('again');
        log.alarm('TAMPERED', { wallet: 'hot' });
      },
      { step: 'intake' },
    );
    expect(lines.map(({ time, ...line }) => [Number.isNaN(Date.parse(time)), line])).toEqual([
      [false, { severity: 'INFO', step: 'intake', id: 'ab', count: 2, late: false, message: 'request accepted' }],
      [false, { severity: 'WARNING', step: 'intake', message: 'again' }],
      [false, { severity: 'ALERT', step: 'intake', wallet: 'hot', alarm: true, message: 'TAMPERED' }],
    ]);
  });

  it('cannot be told by a field that there is no alarm', () => {
    expect(logged((log) => log.alarm('x', { alarm: false }))).toMatchObject([{ alarm: true }]);
  });
});

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
