import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { failureOf } from '#cli/app/failure.ts';
import { machineFault } from '#cli/app/machine-fault.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { closers } from '#test/support/local/processes.ts';

const system = (over: object) => Object.assign(new Error('it failed, with a secret'), { syscall: 'write', ...over });

describe('what the machine does not allow is no fault of keyturn', () => {
  test.each<[object, string, string]>([
    [{ code: 'ENOSPC' }, 'DISK_FULL', 'there is no space left'],
    [{ code: 'EDQUOT', path: '/data/x' }, 'DISK_FULL', 'there is no space left: /data/x'],
    [{ code: 'EROFS', path: '/a', dest: '/b' }, 'NOT_WRITABLE', 'this user may not write there: /b'],
    [{ code: 'EACCES', path: '/a' }, 'NOT_WRITABLE', 'this user may not write there: /a'],
    [{ code: 'EPERM', path: '/a' }, 'NOT_WRITABLE', 'this user may not write there: /a'],
    [{ code: 'EADDRINUSE', syscall: 'listen', port: 8600 }, 'PORT_UNUSABLE', 'port 8600 is in use'],
    [{ code: 'EACCES', syscall: 'listen', port: 80 }, 'PORT_UNUSABLE', 'port 80 needs a right that you do not have'],
  ])('%j is %s', (over, code, message) => {
    const failure = failureOf(system(over));
    expect(failure).toMatchObject({ code, message });
    expect(failure.advice).not.toContain('fault of keyturn');
  });

  test('as Node throws it', async () => {
    const taken = createServer();
    const port = await listen(taken);
    closers.push(() => closeServer(taken));
    const error: unknown = await listen(createServer(), port).catch((thrown: unknown) => thrown);
    expect(machineFault(error)).toMatchObject({ code: 'PORT_UNUSABLE', message: `port ${port} is in use` });
  });

  test('anything else stays a fault of ours', () => {
    expect(machineFault(new TypeError('x'))).toBeUndefined();
    expect(machineFault(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toBeUndefined();
    expect(machineFault(system({ code: 'EBADF' }))).toBeUndefined();
    expect(machineFault('ENOSPC')).toBeUndefined();
  });
});
