import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { judgeLine } from '#test/support/cli/judge.ts';
import { KeptWatch } from '../../support/leaks/kept.ts';
import type { Place } from '../../support/leaks/scan.ts';
import { placesSaid, ranHere } from './said.ts';
import { waitFor } from './waiting.ts';

const KEYTURN = fileURLToPath(new URL('../../../keyturn', import.meta.url));
/** What a stranger's shell has, and nothing of this test's own. */
const ENV = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: '/nonexistent', NO_COLOR: '1' };
const object = z.record(z.string(), z.unknown());

export interface Ran {
  readonly code: number;
  /** The one object of --json; empty where it is not asked for. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly out: string;
  readonly err: string;
}

/** One command line of keyturn in `cwd`, to its end. */
export const keyturn = (cwd: string, ...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve, reject) => {
    execFile(KEYTURN, args, { cwd, env: ENV, timeout: 60_000 }, (error, out, err) => {
      ranHere(args, out, err);
      if (error !== null && typeof error.code !== 'number') return reject(error);
      const code = typeof error?.code === 'number' ? error.code : 0;
      try {
        const isJson = args.includes('--json');
        if (isJson) judgeLine(args, out);
        resolve({ code, out, err, json: isJson ? object.parse(JSON.parse(out)) : {} });
      } catch (cause) {
        reject(new Error(`keyturn ${args.join(' ')}: ${out}${err}`, { cause }));
      }
    });
  });

export interface Dev {
  readonly pid: number;
  readonly file: string;
  /** Everything that it printed so far. */
  readonly output: () => string;
  /**
   * Sends the signal. Resolves to exit code (null: by the signal) and how long it took, in ms. Then looks for secrets in all that it kept,
   * started and said, and throws LeakFound.
   */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<{ readonly code: number | null; readonly ms: number }>;
}

/** `keyturn dev` in `cwd`, ready. */
export const startDev = async (cwd: string, ...args: readonly string[]): Promise<Dev> => {
  const file = join(cwd, '.keyturn', 'dev.json');
  let text = '';
  // With what functions and machines log, so that secrets are looked for in it as well.
  const child = spawn(KEYTURN, ['dev', '--logs', ...args], {
    cwd,
    env: ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const { pid } = child;
  if (pid === undefined) throw new Error('keyturn dev did not start');
  const isReady = (): boolean =>
    existsSync(file) &&
    z.object({ pid: z.number() }).parse(JSON.parse(readFileSync(file, 'utf8'))).pid === pid &&
    text.includes('Ctrl-C ends all of it');
  try {
    await waitFor(
      'dev.json',
      () => {
        if (child.exitCode !== null) throw new Error('keyturn dev ended');
        return isReady();
      },
      { why: () => text },
    );
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(text, { cause: error });
  }
  const data = args.indexOf('--data');
  const leaks = new KeptWatch(join(cwd, ...(data < 0 ? ['.keyturn', `lab-${pid}`] : [args[data + 1] ?? ''])));
  return {
    pid,
    file,
    output: () => text,
    end: async (signal) => {
      const processes = descendants(pid).flatMap(startedWith);
      const start = performance.now();
      child.kill(signal);
      const ended = { code: await exited, ms: performance.now() - start };
      leaks.check([{ where: 'output of keyturn dev', bytes: Buffer.from(text) }, ...processes, ...placesSaid()]);
      return ended;
    },
  };
};

/** Arguments and environment of one of `descendants`, as the kernel shows them to its owner. Nothing where there is no /proc. */
export const startedWith = (key: string): readonly Place[] =>
  [
    ['arguments', 'cmdline'],
    ['environment', 'environ'],
  ].flatMap(([what, file]): readonly Place[] => {
    try {
      return [{ where: `${what} of a process`, bytes: readFileSync(`/proc/${key.split(' ')[0]}/${file}`) }];
    } catch {
      return [];
    }
  });

/** Fields of /proc/PID/stat that tell one process from another of the same number. */
const statOf = (pid: string): { readonly parent: string; readonly key: string } | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // A zombie runs nothing; it waits for whoever adopted it.
    return fields[0] === 'Z' ? undefined : { parent: fields[1] ?? '', key: `${pid} ${fields[19]}` };
  } catch {
    return undefined;
  }
};

/** Every process below `pid`, as `pid starttime`. Linux only. */
export const descendants = (pid: number): readonly string[] => {
  if (!existsSync('/proc')) return [];
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const stats = new Map(all.flatMap((each) => [[each, statOf(each)] as const]));
  const below = (parent: string): string[] =>
    [...stats].flatMap(([each, stat]) => (stat?.parent === parent ? [stat.key, ...below(each)] : []));
  return below(String(pid));
};

export const stillRunning = (processes: readonly string[]): readonly string[] =>
  processes.filter((key) => statOf(key.split(' ')[0] ?? '')?.key === key);
