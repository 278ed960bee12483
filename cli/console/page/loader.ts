import type { LoadAsk, LoadResult } from './model.ts';
import type { Transport } from './transport.ts';

/** ms between two loads of the same thing: a storm of events is one look. */
const PAUSE_MS = 400;

/** One load of each kind at a time. What is asked for meanwhile is one more after it, of what was asked last. */
export class Loader {
  readonly #transport: Transport;
  readonly #tell: (result: LoadResult) => void;
  readonly #running = new Set<string>();
  readonly #next = new Map<string, LoadAsk>();
  #isStopped = false;

  constructor(transport: Transport, tell: (result: LoadResult) => void) {
    this.#transport = transport;
    this.#tell = tell;
  }

  /** Nothing is asked from now on, also what is due. */
  stop(): void {
    this.#isStopped = true;
    this.#next.clear();
  }

  ask(ask: LoadAsk): void {
    if (this.#isStopped) return;
    if (this.#running.has(ask.what)) this.#next.set(ask.what, ask);
    else void this.#load(ask);
  }

  async #load(ask: LoadAsk): Promise<void> {
    this.#running.add(ask.what);
    const answer = await this.#transport.call(ask.what, ask.body);
    this.#tell({ ...ask, answer } as LoadResult);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    this.#running.delete(ask.what);
    const next = this.#next.get(ask.what);
    this.#next.delete(ask.what);
    if (next !== undefined) this.ask(next);
  }
}
