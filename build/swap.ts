import { mkdtempSync, renameSync, rmSync } from 'node:fs';

/** Others that build at the same time may be ahead of us this often. */
const MAX_TRIES = 20;

const moved = (from: string, to: string, unless: readonly string[]): boolean => {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && unless.includes(String(error.code))) return false;
    throw error;
  }
};

/** A new folder beside `dist`, of this build alone: one process may build twice at once. */
export const folderBeside = (dist: string): string => mkdtempSync(`${dist}.`);

/** Puts the folder `made` in the place of `dist`, whole. What stood there goes. Several processes may do so at once: the last one stays. */
export const takePlace = (made: string, dist: string): void => {
  const old = folderBeside(dist);
  try {
    for (let tries = 1; ; tries++) {
      moved(dist, `${old}/${tries}`, ['ENOENT']);
      if (moved(made, dist, tries < MAX_TRIES ? ['ENOTEMPTY', 'EEXIST', 'EPERM'] : [])) return;
    }
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
};
