import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Named } from '#cli/app/living.ts';
import { KeyturnError } from '#schemas/codes.ts';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  started: z.string(),
  token: z.string().min(1),
  /** The folder in which it was started. */
  folder: z.string(),
});
export type Holder = z.infer<typeof holderSchema>;

export interface Claim {
  /** Whether it is still ours: somebody may have removed it by hand. */
  isOurs(): boolean;
  /** Gives it up, where it is still ours. */
  release(): void;
}

const CARD = 'holder.json';
const ATTEMPTS = 5;

/** Undefined where there is none. What cannot be read was not made here. */
const holderIn = (path: string): Holder | 'unknown' | undefined => {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(join(path, CARD), 'utf8')));
  } catch {
    return existsSync(path) ? 'unknown' : undefined;
  }
};

/** Something is in the way: a claim always holds its card, and no folder can be renamed over one that is not empty. */
const IN_THE_WAY = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'];

/** Moves a folder to where nothing is. False where something is there, or where it has gone itself. */
const movedTo = (from: string, to: string): boolean => {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // Windows says EPERM, which elsewhere means that nobody may write here.
    if (IN_THE_WAY.includes(code) || existsSync(to) || !existsSync(from)) return false;
    throw error;
  }
};

export const labRuns = ({ pid, folder }: Pick<Holder, 'pid' | 'folder'>): KeyturnError =>
  new KeyturnError('LAB_RUNS', `a local cloud runs already: process ${pid}, started in ${folder}`, { field: 'data' });

const severalStart = (path: string): KeyturnError =>
  new KeyturnError('LAB_RUNS', `several local clouds are being started at once for ${dirname(path)}`, {
    field: 'data',
  });

/** The claim was there, and is another's now, or nobody's. */
export const claimLost = (folder: string): KeyturnError =>
  new KeyturnError('LAB_RUNS', `another local cloud was started in ${folder} at the same time`, { field: 'data' });

const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

/** A folder with the card, made beside `path`, so that one rename puts it in place. */
const cardFor = (path: string, holder: Holder): string => {
  const own = `${path}.${holder.token}`;
  mkdirSync(own, { mode: 0o700 });
  writeFileSync(join(own, CARD), JSON.stringify(holder), { mode: 0o600 });
  return own;
};

/** Moves away first: what is removed in place would be half there for a moment. */
const removeWhole = (path: string, { token }: Holder): void => {
  const aside = `${path}.${token}.old`;
  if (existsSync(path) && movedTo(path, aside)) remove(aside);
};

/**
 * Replaces what was left behind by a process that has ended. One at a time: of two that saw it, the slower one would take away what the
 * faster one has put there. False where it must be looked at again.
 */
const replace = (path: string, own: string, holder: Holder, isLiving: (process: Named) => boolean): boolean => {
  const turn = `${path}.turn`;
  const mine = cardFor(turn, holder);
  try {
    if (!movedTo(mine, turn)) {
      const other = holderIn(turn);
      if (typeof other === 'object' && isLiving(other)) throw severalStart(path);
      if (typeof other === 'object') removeWhole(turn, holder);
      return false;
    }
    const found = holderIn(path);
    if (typeof found === 'object' && isLiving(found)) throw labRuns(found);
    removeWhole(path, holder);
    return movedTo(own, path);
  } finally {
    remove(mine);
    const found = holderIn(turn);
    if (typeof found === 'object' && found.token === holder.token) removeWhole(turn, holder);
  }
};

/**
 * Claims `path` for one process. A claim is a folder with a card in it. One rename puts it in place, and fails where there is one already.
 * So it is there whole or not at all, and of two that start at once one wins. One whose holder has ended is replaced. Throws LAB_RUNS.
 */
export const claim = (path: string, holder: Holder, isLiving: (process: Named) => boolean): Claim => {
  mkdirSync(dirname(path), { recursive: true });
  const isOurs = (): boolean => {
    const found = holderIn(path);
    return typeof found === 'object' && found.token === holder.token;
  };
  const made: Claim = {
    isOurs,
    release: () => {
      if (isOurs()) removeWhole(path, holder);
    },
  };
  const own = cardFor(path, holder);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (movedTo(own, path)) return made;
      const found = holderIn(path);
      if (typeof found === 'object' && isLiving(found)) throw labRuns(found);
      if (found !== undefined && replace(path, own, holder, isLiving)) return made;
    }
  } finally {
    remove(own);
  }
  throw severalStart(path);
};
