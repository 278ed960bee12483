import { FUNCTIONS } from '../../../build/build.ts';
import { type Bench, both, figureOf, NEEDS_FULL, type Part, skipped } from '../bench.ts';
import type { Measured } from '../figure.ts';
import { median } from '../statistics.ts';

const LARGE = ['launch', 'reconcile'] as const;

/** Memory of the two functions that look at everything, with a thousand open requests. */
const open = async (bench: Bench): Promise<readonly Measured[]> => {
  if (!bench.full) return LARGE.map((name) => skipped(`functions.${name}.open`, 'MB', NEEDS_FULL));
  const found = await both(bench, 'open', '--open', 1_000);
  return LARGE.map((name) => figureOf(`functions.${name}.open`, 'MB', found, name));
};

/** Start of each function until it listens, against an empty one. */
export const functions: Part = async (bench) => {
  const found = await both(bench, 'cold');
  const cold = FUNCTIONS.flatMap((name): readonly Measured[] => [
    { ...figureOf(`functions.${name}.cpu`, 'ms', found, `${name}.cpu`), floor: median(found.now['empty.cpu'] ?? []) },
    { ...figureOf(`functions.${name}.rss`, 'MB', found, `${name}.rss`), floor: median(found.now['empty.rss'] ?? []) },
  ]);
  return [...cold, ...(await open(bench))];
};
