import { KeyturnError } from '#schemas/codes.ts';

interface SystemError {
  readonly code: string;
  readonly path: string;
  readonly port: string;
}

const fieldOf = (error: object, name: string): string => {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

/** A failed system call, as Node tells it: https://nodejs.org/api/errors.html#class-systemerror */
const systemError = (error: unknown): SystemError | undefined => {
  if (!(error instanceof Error) || fieldOf(error, 'syscall') === '') return undefined;
  // Of a rename, `dest` is where it was meant to go.
  const path = fieldOf(error, 'dest') || fieldOf(error, 'path');
  return { code: fieldOf(error, 'code'), path, port: fieldOf(error, 'port') };
};

/**
 * What this machine does not allow, and no fault of ours: a full disk, a read-only folder, a port that is taken. Undefined for anything
 * else. The file is named, never what was to be written.
 */
export const machineFault = (error: unknown): KeyturnError | undefined => {
  const fault = systemError(error);
  if (fault === undefined) return undefined;
  const { code, path, port } = fault;
  const at = path === '' ? '' : `: ${path}`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new KeyturnError('DISK_FULL', `there is no space left${at}`, { cause: error });
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return port === ''
        ? new KeyturnError('NOT_WRITABLE', `this user may not write there${at}`, { cause: error })
        : new KeyturnError('PORT_UNUSABLE', `port ${port} needs a right that you do not have`, { cause: error });
    case 'EADDRINUSE':
      return new KeyturnError('PORT_UNUSABLE', port === '' ? 'a port is in use' : `port ${port} is in use`, {
        cause: error,
      });
    default:
      return undefined;
  }
};
