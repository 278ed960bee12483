import { existsSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import type { Named } from '#cli/app/living.ts';
import { writeWhole } from '#local/cloud/runtime/whole-file.ts';

const ownerSchema = z.object({ pid: z.number().int().positive(), started: z.string().default('') });

/** Which process a dev.json is of; undefined where there is none, or none that can be read. */
export const ownerOf = (path: string): Named | undefined => {
  try {
    return existsSync(path) ? ownerSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
  } catch {
    return undefined;
  }
};

/** Whole or not at all: whoever waits for it must never read half of it. */
export const writeDevFile = (path: string, owner: Named, description: Readonly<Record<string, unknown>>): void =>
  writeWhole(path, Buffer.from(`${JSON.stringify({ ...description, ...owner }, null, 2)}\n`));

/** Removes it where it is of this process: another may have written it since. False where it was not. */
export const removeDevFile = (path: string, owner: Named): boolean => {
  const found = ownerOf(path);
  const isOurs = found?.pid === owner.pid && found.started === owner.started;
  if (isOurs) rmSync(path, { force: true });
  return isOurs;
};
