import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Child, startChild } from '#local/cloud/processes/children.ts';

const FRAMEWORK = '@google-cloud/functions-framework';
const ROOT = new URL('../../../', import.meta.url).pathname;
const REPORT_PORT = new URL('../../../local/cloud/processes/report-port.ts', import.meta.url).href;
const manifest = z.object({ dependencies: z.record(z.string(), z.string()).optional() });
const listening = z.object({ port: z.number().int().positive() });

/** Where Node finds `name` for a file in `from`; undefined where it is not installed. */
const folderOf = (name: string, from: string): string | undefined => {
  const here = join(from, 'node_modules', name);
  if (existsSync(join(here, 'package.json'))) return here;
  return from === '/' ? undefined : folderOf(name, dirname(from));
};

/** The framework and all that it needs, transitively: what `npm install` makes of the package.json beside a bundle. */
const closure = (name: string, from: string, found: Set<string> = new Set()): ReadonlySet<string> => {
  const folder = folderOf(name, from);
  if (folder === undefined || found.has(folder)) return found;
  found.add(folder);
  const { dependencies = {} } = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  for (const each of Object.keys(dependencies)) closure(each, folder, found);
  return found;
};

/** Copies, not links: a link would let the bundle see everything that is installed here. */
export const installFramework = (folder: string): void => {
  const modules = join(ROOT, 'node_modules');
  for (const from of closure(FRAMEWORK, ROOT)) {
    const to = join(folder, 'node_modules', from.slice(modules.length + 1));
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { recursive: true, dereference: true });
  }
};

/** Starts a framework as the buildpack does, with nothing else in reach than what is said here. It reports the port that it got. */
export const startFramework = async (how: {
  readonly main: string;
  readonly cwd: string;
  readonly target: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}): Promise<{ readonly port: number; readonly child: Child }> => {
  const { main, cwd, target, args = [], env = {}, onLine } = how;
  const ready = Promise.withResolvers<number>();
  const child = startChild({
    command: process.execPath,
    args: ['--import', REPORT_PORT, main, ...args, `--target=${target}`, '--signature-type=http'],
    cwd,
    env: { PATH: '/usr/bin:/bin', FUNCTION_TARGET: target, ...env },
    onLine,
    onMessage: (message) => {
      const parsed = listening.safeParse(message);
      if (parsed.success) ready.resolve(parsed.data.port);
    },
  });
  const died = child.exited.then((code) => {
    throw new Error(`it ended with code ${code}`);
  });
  died.catch(() => {});
  return { port: await Promise.race([ready.promise, died]), child };
};

/** Starts the bundle in `folder` under the framework installed in the folder above, with nothing else in reach and no configuration. */
export const startBundle = (
  folder: string,
  target: string,
  onLine: (line: string) => void,
): Promise<{ readonly port: number; readonly child: Child }> => {
  const main = join(dirname(folder), 'node_modules', FRAMEWORK, 'build/src/main.js');
  return startFramework({ main, cwd: folder, target, args: [`--source=${folder}`], onLine });
};
