import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Clock, systemClock } from '#local/cloud/runtime/clock.ts';
import { type Child, type StartedProcess, startChild } from './children.ts';

export interface FunctionSpec {
  /** Of the Cloud Run service. */
  readonly name: string;
  /** The built bundle: index.js, with functions-framework where its `require` finds it. */
  readonly folder: string;
  /** The name that the bundle registers. */
  readonly target: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface FunctionOptions {
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Each process of it, also one that takes the place of one that ended. */
  readonly onStart?: (started: StartedProcess) => void;
  readonly clock?: Clock;
  /** ms before the first restart; doubles up to `backoffMaxMs`, and starts again after a life of that length. Default 100 and 10 000. */
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
}

const FRAMEWORK = join(dirname(createRequire(import.meta.url).resolve('@google-cloud/functions-framework')), 'main.js');
const PRELOAD = new URL('./report-port.ts', import.meta.url).href;
const listening = z.object({ port: z.number().int().positive() });

/** One function in a process of its own, under the unmodified functions-framework. A process that ends is started again, as Cloud Run does. */
export class FunctionHost {
  readonly #spec: FunctionSpec;
  readonly #options: FunctionOptions;
  readonly #clock: Clock;
  #child: Child | undefined;
  #port: number | undefined;
  #stopped = false;
  #backoffMs: number;
  #cancelRestart = () => {};

  constructor(spec: FunctionSpec, options: FunctionOptions) {
    this.#spec = spec;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#backoffMs = options.backoffMs ?? 100;
  }

  /** Where it listens on loopback; undefined while it is down. */
  get port(): number | undefined {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it listens. Rejects, as a deployment fails, if the process ends before that; then nothing is left of it. */
  async start(): Promise<void> {
    const child = this.#spawn();
    const first = Promise.withResolvers<void>();
    this.#onPort = first.resolve;
    const ended = child.exited.then((code) => {
      throw new Error(`function ${this.#spec.name} ended with code ${code} before it listened`);
    });
    await Promise.race([first.promise, ended]);
    // From here on an end is a crash, and means a restart.
    ended.catch(() => {});
    this.#watch(child);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRestart();
    await this.#child?.stop();
    this.#port = undefined;
  }

  #onPort: () => void = () => {};

  #spawn(): Child {
    const { name, folder, target, env } = this.#spec;
    const child = startChild(
      {
        command: process.execPath,
        args: ['--import', PRELOAD, FRAMEWORK, `--source=${folder}`, `--target=${target}`, '--signature-type=http'],
        cwd: folder,
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', K_SERVICE: name, FUNCTION_TARGET: target, ...env },
        onLine: this.#options.onLine,
        onStart: (started) => this.#options.onStart?.({ name, ...started }),
        onMessage: (message) => {
          const parsed = listening.safeParse(message);
          if (!parsed.success || this.#child !== child) return;
          this.#port = parsed.data.port;
          this.#onPort();
        },
      },
      this.#clock,
    );
    this.#child = child;
    return child;
  }

  #watch(child: Child): void {
    const born = this.#clock.now();
    const max = this.#options.backoffMaxMs ?? 10_000;
    void child.exited.then((code) => {
      this.#port = undefined;
      if (this.#stopped) return;
      if (this.#clock.now() - born >= max) this.#backoffMs = this.#options.backoffMs ?? 100;
      this.#options.onLine(`ended with code ${code}; starts again in ${this.#backoffMs} ms`, 'stderr');
      this.#cancelRestart = this.#clock.after(this.#backoffMs, () => this.#watch(this.#spawn()));
      this.#backoffMs = Math.min(2 * this.#backoffMs, max);
    });
  }
}
