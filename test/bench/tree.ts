import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A built checkout on which probes run: today's, or the baseline. */
export interface Tree {
  readonly name: string;
  readonly root: string;
  /** What its probes are started with. */
  readonly nodeArgs?: readonly string[];
}

export const TODAY: Tree = { name: 'today', root: join(import.meta.dirname, '..', '..') };

/** The first of these files that this tree has, as a module: rooms were moved since the baseline. Throws where it has none. */
export const load = async (...paths: readonly string[]) => {
  const found = paths.map((path) => join(TODAY.root, path)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`none of ${paths.join(', ')} is in ${TODAY.root}`);
  return import(found);
};
