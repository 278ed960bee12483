import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran } from './cli.ts';
import { keyturnHere } from './in-process.ts';
import type { TestLab } from './lab.ts';

/** Writes dev.json beside the lab's state, as `keyturn dev` would. Resolves to its path. */
export const writeDevJson = ({ folder, lab }: TestLab): string => {
  const file = join(folder, 'dev.json');
  writeFileSync(file, JSON.stringify(lab.description), { mode: 0o600 });
  return file;
};

/** keyturn with --json against a lab of this process, as a person would type it beside `keyturn dev`. */
export const commandLine = (test: TestLab): ((...args: readonly string[]) => Promise<Ran>) => {
  const file = writeDevJson(test);
  return (...args) => keyturnHere(test.folder, ...args, '--config', file);
};
