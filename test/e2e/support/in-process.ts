import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { realClock } from '#adapters/clock.ts';
import { connect } from '#cli/app/connect.ts';
import { loadDeployment } from '#cli/app/deployment.ts';
import { Interrupted } from '#cli/app/interrupt.ts';
import { run } from '#cli/app/main.ts';
import { Output } from '#cli/app/output.ts';
import { typedIn } from '#cli/app/typed.ts';
import { judge } from '#test/support/cli/judge.ts';
import type { Ran } from './cli.ts';
import { ranHere } from './said.ts';

const object = z.record(z.string(), z.unknown());

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `wrote`: what it has said so far. It may interrupt. */
const runHere = async (
  folder: string,
  args: readonly string[],
  signal: AbortSignal,
  wrote: (out: string) => void = () => {},
): Promise<Said> => {
  const said = { out: '', err: '' };
  const stream = (which: keyof typeof said) => ({
    write: (part: string, done?: (error?: Error | null) => void) => {
      said[which] += part;
      done?.();
      wrote(said.out);
    },
  });
  const paint = (_: unknown, plain: string): string => plain;
  const code = await run(
    [...args, '--json'],
    {
      out: new Output({ stdout: stream('out'), stderr: stream('err'), json: true, paint, watched: false, judge }),
      clock: realClock,
      signal,
      folder,
      typed: typedIn(folder),
      open: (config) => loadDeployment(config, folder),
      connect: async (deployment, principal) => connect(deployment, principal),
      ask: async () => undefined,
      stdin: async () => new Uint8Array(),
      uuid: randomUUID,
      left: '',
      graceMs: 0,
      exitCode: 0,
    },
    // What commander says to people; with --json it says it in JSON.
    { out: () => {}, err: () => {} },
  );
  ranHere(args, said.out, said.err);
  return { code, ...said };
};

/**
 * One command line of keyturn with --json in `folder`, to its end, without a process. Where the process is the subject, `keyturn` of cli.ts
 * starts one. It costs no second start of Node and no second load of Google's clients.
 */
export const keyturnHere = async (folder: string, ...args: readonly string[]): Promise<Ran> => {
  const said = await runHere(folder, args, new AbortController().signal);
  try {
    return { ...said, json: object.parse(JSON.parse(said.out)) };
  } catch (cause) {
    throw new Error(`keyturn ${args.join(' ')}: ${said.out}${said.err}`, { cause });
  }
};

/** One that never ends by itself: its lines of JSON, until `isEnough` of them are there. Then it is interrupted as by Ctrl-C. */
export const followHere = async (
  folder: string,
  isEnough: (lines: readonly Ran['json'][]) => boolean,
  ...args: readonly string[]
): Promise<readonly Ran['json'][]> => {
  const interrupt = new AbortController();
  let all = '';
  const linesIn = (out: string) => (out.match(/^.+$(?=\n)/gm) ?? []).map((line) => object.parse(JSON.parse(line)));
  const ended = runHere(folder, args, interrupt.signal, (so) => {
    all = so;
    if (isEnough(linesIn(so))) interrupt.abort();
  });
  await ended.catch((error: unknown) => {
    if (!(error instanceof Interrupted)) throw error;
    ranHere(args, all, '');
  });
  return linesIn(all);
};
