import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';
import type { Json } from '#local/cloud/runtime/journal.ts';
import type { Recorded } from './records.ts';
import type { Place } from './scan.ts';

/**
 * What is not looked into, from the lab's folder on. People's own folders hold their shares, and files their tokens. The bundle was built before any secret was there.
 * The journal is read record by record, since it holds the keys of the local KMS.
 */
const SKIPPED = /^(?:(?:wallets\/[^/]+\/)?shares\/|tokens\/|image\/main\.mjs$|journal\.jsonl$)/;

/** Law, configuration, description, and the state of the chain where it is kept. */
export const filesOf = (folder: string): readonly Place[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, name: relative(folder, path) }))
    .filter(({ name }) => !SKIPPED.test(name))
    .map(({ path, name }): Place => ({ where: `file ${name}`, bytes: readFileSync(path) }));

const lineSchema = z.object({ service: z.string(), record: z.custom<Json>((value) => value !== undefined) });

/** The journal that a lab keeps in its folder; a last line that a kill cut short is left out. */
export const keptRecords = (folder: string): readonly Recorded[] => {
  const path = join(folder, 'journal.jsonl');
  if (!existsSync(path)) return [];
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => lineSchema.parse(JSON.parse(line)));
};
