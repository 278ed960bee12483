import { open } from 'node:fs/promises';
import { wipe } from '#core/shares/feldman.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** Bytes: a share is one line of at most 160. */
export const MAX_SHARE_FILE_BYTES = 1024;

/** A share line, the secret of a webhook, or the digits of a key or a scalar. */
const SECRET_ITSELF = /^keyturn-share\/|^whsec_|[0-9a-f]{64}/i;

/** Whether somebody took the option for the secret itself, and not for the name of its file. */
export const isSecretItself = (given: string): boolean => SECRET_ITSELF.test(given);

/** What is said then: nothing of what was given, since a terminal, a log of CI and a ticket repeat a message. */
export const noFileName = (what: string): string =>
  `give the name of the ${what} file. If that was the ${what} itself, the history of your shell has it now`;

/**
 * The raw bytes of a share file; the caller wipes them. `guarded`: refuse a file that others may read (group or world). The mode is that of
 * the open file, so that nobody can swap it in between. Throws NOT_FOUND, TOO_LARGE, USAGE.
 */
export const readShareFile = (path: string, guarded: boolean): Promise<Uint8Array> =>
  readSecretFile(path, guarded, 'share');

/** The same of any small secret; `what` it is, in one word. */
export const readSecretFile = async (path: string, guarded: boolean, what: string): Promise<Uint8Array> => {
  const problem = (code: 'NOT_FOUND' | 'TOO_LARGE' | 'USAGE', words: string, cause?: unknown) =>
    new KeyturnError(code, words, { field: what, cause });
  const file = await open(path, 'r').catch((cause: unknown) => {
    // A password looks like nothing, so that any name may be one.
    if (what === 'password' || isSecretItself(path))
      throw problem('NOT_FOUND', `the ${what} file cannot be read: ${noFileName(what)}`);
    throw problem('NOT_FOUND', `the ${what} file ${path} cannot be read`, cause);
  });
  try {
    const { mode, size } = await file.stat();
    // On Windows the mode says nothing about other accounts.
    if (guarded && process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw problem(
        'USAGE',
        `others on this machine may read ${path}: run chmod 600 on it, and consider who may have read it`,
      );
    if (size > MAX_SHARE_FILE_BYTES) throw problem('TOO_LARGE', `${path} has ${size} bytes: it is no ${what} file`);
    const bytes = new Uint8Array(MAX_SHARE_FILE_BYTES);
    try {
      const { bytesRead } = await file.read(bytes, 0, MAX_SHARE_FILE_BYTES, null);
      return bytes.subarray(0, bytesRead);
    } catch (error) {
      wipe(bytes);
      throw error;
    }
  } finally {
    await file.close();
  }
};
