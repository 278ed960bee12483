import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Clock, systemClock } from '#local/cloud/runtime/clock.ts';

/** A process as it was started, with all of its environment. */
export interface StartedProcess {
  /** Of the function or the machine that it is. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of it: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Told before it starts: what it is started with. */
  readonly onStart?: (started: Omit<StartedProcess, 'name'>) => void;
  /** Opens an IPC channel; it closes with this process, so that the child can see us die on every system. */
  readonly onMessage?: (message: unknown) => void;
  /** What the child gets should this process end without stopping it. Default SIGKILL. */
  readonly ifParentDies?: 'SIGKILL' | 'SIGTERM';
}

export interface Child {
  readonly pid: number | undefined;
  /**
   * Resolves after the last line with the exit code. It is 128 + the signal's number, as a shell gives it, or 127 if it could not start.
   */
  readonly exited: Promise<number>;
  /** SIGTERM, and SIGKILL after `graceMs` (default 2000). Resolves when it has ended. */
  stop(graceMs?: number): Promise<void>;
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGTERM: 15 } as const;
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Each with the signal that ends it when we have no time to wait. */
const living = new Map<ChildProcess, 'SIGKILL' | 'SIGTERM'>();

/** The whole group: a child may have children, and Ctrl-C must reach them through us, in our order, and not by the terminal. */
const signal = (child: ChildProcess, name: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // It has ended already.
  }
};

const killAll = (): void => {
  for (const [child, name] of living) signal(child, name);
};

const stopWith = (name: (typeof STOPPING)[number]): void => {
  // Whoever else listens will stop things in order, and 'exit' catches what is left.
  if (process.listenerCount(name) > 1) return;
  killAll();
  process.off(name, stopWith);
  process.kill(process.pid, name);
};

let guarded = false;
const guard = (): void => {
  if (guarded) return;
  guarded = true;
  process.on('exit', killAll);
  for (const name of STOPPING) process.on(name, stopWith);
};

/**
 * No handler runs when this process is killed with SIGKILL. On Linux the kernel then signals the child, if util-linux' setpriv is there to
 * ask for it (prctl PR_SET_PDEATHSIG). Elsewhere only children with an IPC channel notice.
 */
let parentDeath: string | undefined | null = null;
const setpriv = (): string | undefined => {
  if (parentDeath === null)
    parentDeath =
      process.platform === 'linux'
        ? ['/usr/bin/setpriv', '/bin/setpriv'].find(
            (path) => spawnSync(path, ['--pdeathsig', 'KILL', '/bin/true'], { stdio: 'ignore' }).status === 0,
          )
        : undefined;
  return parentDeath;
};

const commandOf = ({ command, args, ifParentDies = 'SIGKILL' }: ChildOptions): readonly [string, readonly string[]] => {
  const path = setpriv();
  return path === undefined ? [command, args] : [path, ['--pdeathsig', ifParentDies.slice(3), command, ...args]];
};

/** Starts a process that surely ends with this one. Standard input is closed. */
export const startChild = (options: ChildOptions, clock: Clock = systemClock): Child => {
  guard();
  const [command, args] = commandOf(options);
  options.onStart?.({ command, args, env: options.env });
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: options.onMessage === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  living.set(child, options.ifParentDies ?? 'SIGKILL');
  if (options.onMessage !== undefined) child.on('message', options.onMessage);
  const ended = (['stdout', 'stderr'] as const).map((stream) => {
    const input = child[stream];
    if (input === null) return Promise.resolve();
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (line) => options.onLine(line, stream));
    return new Promise<void>((resolve) => lines.once('close', resolve));
  });
  const exited = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      options.onLine(`could not be started: ${error.message}`, 'stderr');
      living.delete(child);
      resolve(127);
    });
    child.once('exit', async (code, name) => {
      // What it left running would keep its pipes open for ever.
      signal(child, 'SIGKILL');
      living.delete(child);
      await Promise.all(ended);
      resolve(code ?? 128 + (Object.entries(SIGNALS).find(([known]) => known === name)?.[1] ?? 0));
    });
  });
  return {
    pid: child.pid,
    exited,
    stop: async (graceMs = 2_000) => {
      if (!living.has(child)) return void (await exited);
      signal(child, 'SIGTERM');
      const cancel = clock.after(graceMs, () => signal(child, 'SIGKILL'));
      await exited;
      cancel();
    },
  };
};
