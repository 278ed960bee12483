import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const PRELOAD = join(import.meta.dirname, 'at-exit.mjs');
const used = z.object({ cpu: z.number(), rss: z.number() });

export type Used = z.infer<typeof used>;

export interface Round extends Used {
  readonly name: string;
}

/** `<name>.cpu` and `<name>.rss`, in the order of measuring. */
export const seriesOf = (rounds: readonly Round[]): Record<string, number[]> =>
  Object.fromEntries(
    [...new Set(rounds.map(({ name }) => name))].flatMap((name) => {
      const own = rounds.filter((round) => round.name === name);
      return [
        [`${name}.cpu`, own.map(({ cpu }) => cpu)],
        [`${name}.rss`, own.map(({ rss }) => rss)],
      ];
    }),
  );

/** Runs `node …args` to its end, whatever its exit code: what it used. */
const spent = (args: readonly string[], cwd: string): Promise<Used> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', PRELOAD, ...args], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let told = '';
    let errors = '';
    child.stdio[3]?.on('data', (chunk: Buffer) => (told += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', () => {
      try {
        resolve(used.parse(JSON.parse(told)));
      } catch (cause) {
        reject(new Error(`node ${args.join(' ')} did not end by itself: ${errors.slice(-500)}`, { cause }));
      }
    });
  });

/** Every command line once per round, one after the other, so that all see the same machine. The first round warms the disk and does not count. */
export const interleaved = async (
  commands: Readonly<Record<string, readonly string[]>>,
  rounds: number,
): Promise<Record<string, number[]>> => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-'));
  const found: Round[] = [];
  for (let n = 0; n <= rounds; n++)
    for (const [name, args] of Object.entries(commands)) {
      const { cpu, rss } = await spent(args, folder);
      if (n === 0) continue;
      found.push({ name, cpu, rss });
    }
  return seriesOf(found);
};
