import { readFileSync } from 'node:fs';
import type { Json } from '#local/cloud/runtime/journal.ts';
import { canonicalText } from '#schemas/canonical.ts';

type Law = Readonly<Record<string, unknown>>;

/** The law that the lab of this folder had before; undefined where none can be read. */
export const keptLawIn = (configFile: string): Law | undefined => {
  try {
    const { law } = JSON.parse(readFileSync(configFile, 'utf8'));
    return typeof law === 'object' && law !== null ? law : undefined;
  } catch {
    return undefined;
  }
};

const textOf = (value: unknown): string => canonicalText(JSON.parse(JSON.stringify(value ?? null)) as Json);

/** Why the law of a lab has another hash than at its last start, in words; undefined where it has the same. */
export const lawChange = (before: Law | undefined, now: Law): string | undefined => {
  if (before === undefined || textOf(before) === textOf(now)) return undefined;
  const { endpoints: placesBefore, ...restBefore } = before;
  const { endpoints: places, ...rest } = now;
  if (textOf(restBefore) !== textOf(rest)) return 'its law is another than at the last start, and so is the hash of it';
  return 'its law names other ports than at the last start, so it has another hash. Give --port-base to keep both';
};
