import { describe, expect, it } from 'vitest';
import { logPort } from '#adapters/log.ts';

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
