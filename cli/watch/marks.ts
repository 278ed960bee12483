import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Deployment } from '#cli/app/deployment.ts';
import { isRequestId } from '#schemas/spellings.ts';

/** What was delivered, by its id. A mark is made after the delivery: where the machine dies in between, it is delivered again. */
export interface Marks {
  has(id: string): boolean;
  /** Throws what the disk throws. */
  add(id: string, validUntil: number): void;
}

const LAB_FOLDER = '.keyturn';

/**
 * Where marks lie unless --marks says it: beside dev.json, or in .keyturn beside keyturn.json. One folder for each co-signer and receiver, so that
 * a second receiver hears of everything too. `receiver` may hold a secret (the path of a url does): only its hash is a name.
 */
export const marksFolder = (deployment: Deployment, as: string, receiver: readonly string[]): string => {
  const beside = dirname(resolve(deployment.path));
  const home = basename(beside) === LAB_FOLDER ? beside : join(beside, LAB_FOLDER);
  const hash = createHash('sha256').update(JSON.stringify(receiver)).digest('hex').slice(0, 16);
  return join(home, 'watch', `${as}-${hash}`);
};

/** ms; 0 where it cannot be read: such a mark is no longer needed, or was not made here. */
const endOf = (path: string): number => {
  const ms = Date.parse(readFileSync(path, 'utf8').trim());
  return Number.isNaN(ms) ? 0 : ms;
};

/** A file on the disk survives a loss of power only once its folder is there too. Windows cannot open a folder. */
const syncFolder = (path: string): void => {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

const writeSynced = (path: string, text: string): void => {
  const file = openSync(path, 'w', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/**
 * One file for each, named by the request's id, which holds when it expires. It is made once and never changed, so two watchers may share
 * a folder. Marks of what has expired are removed at the start: nobody can answer that. Throws what the disk throws.
 */
export const openMarks = (folder: string, now: number): Marks => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder))
    if (isRequestId(name) && endOf(join(folder, name)) <= now) rmSync(join(folder, name), { force: true });
  return {
    has: (id) => existsSync(join(folder, id)),
    add: (id, validUntil) => {
      const path = join(folder, id);
      if (existsSync(path)) return;
      writeSynced(path, `${new Date(validUntil).toISOString()}\n`);
      syncFolder(folder);
    },
  };
};
