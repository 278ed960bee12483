import { join } from 'node:path';
import { z } from 'zod';
import { type Child, startChild } from '#local/cloud/processes/children.ts';
import type { Tree } from './tree.ts';

const answer = z.record(z.string(), z.array(z.number()));

/** What a probe measured, by name, in the order of measuring. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/** What every process of the bench finds in its environment, and nothing else. */
export const plainEnv = (folder: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: folder,
  TMPDIR: folder,
  NO_COLOR: '1',
  METADATA_SERVER_DETECTION: 'none',
});

const running = new Set<Child>();
let stopped = false;

/** Ends every probe that runs, and lets none begin: Ctrl-C. */
export const stopProbes = async (): Promise<void> => {
  stopped = true;
  await Promise.all([...running].map((child) => child.stop()));
};

/** Lines of a probe that failed which are shown. */
const LAST_LINES = 15;

/**
 * Runs one file of probes/ in a process of its own: no probe warms up for another, and the baseline runs its own code. Its last line that is
 * JSON is its answer. Throws with its last lines where it fails.
 */
export const runProbe = async (
  tree: Tree,
  folder: string,
  name: string,
  ...args: readonly (string | number)[]
): Promise<Samples> => {
  if (stopped) throw new Error(`probe ${name} was not begun`);
  const lines: string[] = [];
  const child = startChild({
    command: process.execPath,
    args: [...(tree.nodeArgs ?? []), join(tree.root, 'test', 'bench', 'probes', `${name}.ts`), ...args.map(String)],
    cwd: tree.root,
    env: plainEnv(folder),
    onLine: (line) => void lines.push(line),
    // It ends its own children then, in its own order.
    ifParentDies: 'SIGTERM',
  });
  running.add(child);
  const code = await child.exited;
  running.delete(child);
  const last = lines.findLast((line) => line.startsWith('{'));
  if (code !== 0 || last === undefined)
    throw new Error(`probe ${name} on ${tree.name} ended with ${code}\n${lines.slice(-LAST_LINES).join('\n')}`);
  return answer.parse(JSON.parse(last));
};
