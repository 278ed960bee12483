import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { sep } from 'node:path';
import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { wrongOption } from '#cli/app/wrong-option.ts';
import { isInstalled } from '#cli/deploy/run-command.ts';
import type { Clock } from '#core/ports.ts';
import type { Delivered, Receiver } from './receiver.ts';

/** Bytes of what one run says that are passed on. It may say more, and nobody reads it. */
const MAX_SAID_BYTES = 4096;
/** ms between being asked to end and being ended. */
const GRACE_MS = 1000;
/** ms after its end for what it has said to arrive. */
const DRAIN_MS = 200;

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Throws USAGE where there is no such program: no attempt of any number would start it. */
export const checkProgram = (program: string): void => {
  const isPath = program.includes('/') || program.includes(sep);
  if (program === '' || !(isPath ? isProgram(program) : isInstalled(program)))
    throw wrongOption('run', 'there is no such program, or it may not be run');
};

const living = new Set<ChildProcess>();
const hasGroups = process.platform !== 'win32';

/** Its whole group: what it has started ends with it. */
const signalAll = (child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void => {
  try {
    if (child.pid === undefined) return;
    if (hasGroups) process.kill(-child.pid, name);
    else child.kill(name);
  } catch {
    // It has ended already.
  }
};

let guarded = false;
/** Where this process ends without waiting, by a second Ctrl-C. */
const guard = (): void => {
  if (guarded) return;
  guarded = true;
  process.on('exit', () => {
    for (const child of living) signalAll(child, 'SIGKILL');
  });
};

export interface ProgramOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** ms for one run. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** What it wrote to standard output and error, the first part of it. */
  readonly said: (text: string) => void;
}

type Ended = { readonly code: number | null; readonly signal: string | null } | 'unstarted';

/** The first bytes of both streams. The rest is read and dropped, so that a chatty program never waits for us. */
const collect = (child: ChildProcess): (() => string) => {
  const pieces: Buffer[] = [];
  let size = 0;
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece: Buffer) => {
      const part = piece.subarray(0, MAX_SAID_BYTES - size);
      size += part.length;
      if (part.length > 0) pieces.push(part);
    });
  return () => Buffer.concat(pieces).toString('utf8');
};

/** Without a shell. It gets the environment and the arguments that its owner gave, and the request on standard input alone. */
const begin = ({ program, args, clock }: ProgramOptions, body: string) => {
  guard();
  const child = spawn(program, args, { shell: false, detached: hasGroups, stdio: ['pipe', 'pipe', 'pipe'] });
  living.add(child);
  const said = collect(child);
  // It may end without reading.
  child.stdin.on('error', () => {});
  child.stdin.end(`${body}\n`);
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', () => {
      living.delete(child);
      resolve('unstarted');
    });
    const closed = new Promise<true>((close) => child.once('close', () => close(true)));
    child.once('exit', async (code, signal) => {
      signalAll(child, 'SIGKILL');
      living.delete(child);
      // What left its group may keep the pipes open for ever.
      await withTimeLimit(clock, DRAIN_MS, () => closed);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve({ code, signal });
    });
  });
  return { child, ended, said };
};

const failed = (why: string): Delivered => ({ ok: false, why });

const judged = (ended: Ended): Delivered => {
  if (ended === 'unstarted') return failed('the command could not be started');
  const { code, signal } = ended;
  if (code === 0) return { ok: true };
  return failed(code === null ? `the command was ended by ${signal}` : `the command ended with exit code ${code}`);
};

/** Runs a program for each. Exit code 0 is a yes. */
export const program = (options: ProgramOptions): Receiver => ({
  deliver: async ({ body }, signal) => {
    const { clock, deadlineMs } = options;
    const { child, ended, said } = begin(options, body);
    const stop = async (): Promise<void> => {
      signalAll(child, 'SIGTERM');
      const inTime = await withTimeLimit(clock, GRACE_MS, () => ended);
      if (inTime === undefined) signalAll(child, 'SIGKILL');
    };
    const interrupted = (): void => void stop();
    signal.addEventListener('abort', interrupted, { once: true });
    if (signal.aborted) interrupted();
    try {
      const inTime = await withTimeLimit(clock, deadlineMs, () => ended);
      if (inTime !== undefined) return judged(inTime.result);
      await stop();
      await ended;
      return failed(`the command took more than ${deadlineMs / 1000} s, and was ended`);
    } finally {
      signal.removeEventListener('abort', interrupted);
      if (said() !== '') options.said(said());
    }
  },
});
