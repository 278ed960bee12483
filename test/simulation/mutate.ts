import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutation } from './mutation.ts';

/** The changed files by path. Throws unless each text stands there exactly once: a mutation that no longer applies proves nothing. */
export const mutated = (folder: string, { name, edits }: Mutation): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const path = join(folder, file);
    const parts = (files.get(path) ?? readFileSync(path, 'utf8')).split(from);
    if (parts.length !== 2) throw new Error(`${name}: its text stands ${parts.length - 1} times in ${file}`);
    files.set(path, parts.join(to));
  }
  return files;
};

export const mutate = (folder: string, mutation: Mutation): void => {
  for (const [path, text] of mutated(folder, mutation)) writeFileSync(path, text);
};
