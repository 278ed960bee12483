import type { Clock } from '#core/ports.ts';

/** Virtual time that moves by itself: once nothing else is left to do, to the next sleeper. Only in-memory ports may be used with it. */
export class SelfWindingClock implements Clock {
  #now: number;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #winding = false;

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
          resolve();
        },
        { once: true },
      );
      this.#wind();
    });
  }

  #wind(): void {
    if (this.#winding) return;
    this.#winding = true;
    setImmediate(() => {
      this.#winding = false;
      const [next, ...rest] = this.#sleepers.toSorted((a, b) => a.at - b.at);
      if (next === undefined) return;
      this.#sleepers = rest;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      if (rest.length > 0) this.#wind();
    });
  }
}
