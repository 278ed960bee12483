import type { Clock } from '#local/cloud/runtime/clock.ts';

/** A clock that moves only when told to: timers run in order of their due time, then of their creation. */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  #timers: { due: number; order: number; run: () => void }[] = [];

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, ms), order: this.#sequence++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Due time of the next timer in ms since the epoch, if there is one. */
  nextDue(): number | undefined {
    return this.#timers.reduce<number | undefined>((least, { due }) => Math.min(least ?? due, due), undefined);
  }

  /** Moves time forward by `ms`, running every timer that falls due on the way. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers
        .filter((timer) => timer.due <= until)
        .sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.due);
      due.run();
    }
    this.#now = until;
  }
}
