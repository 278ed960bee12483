import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** What takes the bytes: a test puts a full disk in its place. Gives how many it took. */
export interface Disk {
  write(file: number, bytes: Uint8Array): number;
}

export const realDisk: Disk = { write: (file, bytes) => writeSync(file, bytes) };

/** All of the bytes: a disk that is nearly full takes a part of them without a word. */
export const writeAll = (file: number, bytes: Uint8Array, disk: Disk = realDisk): void => {
  for (let at = 0; at < bytes.length; ) at += disk.write(file, bytes.subarray(at));
};

/** A rename outlives a loss of power only once its folder is on the disk. Windows cannot open a folder. */
const syncFolder = (path: string): void => {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

/** Puts `bytes` in the place of a file (mode 0600), whole or not at all. What was there stays where this throws. */
export const writeWhole = (path: string, bytes: Uint8Array, disk: Disk = realDisk): void => {
  const beside = `${path}.${process.pid}.new`;
  try {
    const file = openSync(beside, 'w', 0o600);
    try {
      writeAll(file, bytes, disk);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
};

/** A file that was kept holds something else than was written to it. */
export class TornFile extends Error {
  readonly path: string;

  constructor(path: string, why: string, cause?: unknown) {
    super(`${path} ${why}`, { cause });
    this.name = 'TornFile';
    this.path = path;
  }
}
