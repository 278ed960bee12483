import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { KeyturnError } from '#schemas/codes.ts';

/** Of the lab that was started in a folder. */
export const DEFAULT_CONFIG = '.keyturn/dev.json';

const realOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** Where a lab is looked for, the nearest first: a folder and those above it. The last is the home folder, or the root of the file system. */
export const foldersUp = (folder: string, home: string): readonly string[] => {
  const folders = [folder];
  for (let last = folder; last !== home && dirname(last) !== last; last = dirname(last)) folders.push(dirname(last));
  return folders;
};

/** Who owns it; undefined where nothing is there, or nothing that may be looked at. */
const ownerOf = (path: string): number | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
};

export interface Looking {
  readonly home: string;
  /** This user; undefined on Windows, where files name their owner otherwise. */
  readonly user: number | undefined;
  readonly ownerOf: (path: string) => number | undefined;
}

const looking = (): Looking => ({ home: realOf(homedir()), user: process.getuid?.(), ownerOf });

/**
 * The dev.json of the nearest lab, of `folder` or of one above it; undefined where there is none. It says which bucket and law one acts on, and
 * whose token is read. So one that another user has put there, as anybody can in /tmp, is refused. Throws USAGE.
 */
export const findLab = (folder: string, look: Looking = looking()): string | undefined => {
  for (const each of foldersUp(resolve(folder), look.home)) {
    const path = join(each, DEFAULT_CONFIG);
    const owner = look.ownerOf(path);
    if (owner === undefined) continue;
    const isOurs = [owner, look.ownerOf(dirname(path))].every((one) => one === look.user);
    if (look.user !== undefined && !isOurs)
      throw new KeyturnError('USAGE', `${path} belongs to another user. If you trust it, name it with --config`, {
        field: 'config',
      });
    return path;
  }
  return undefined;
};
