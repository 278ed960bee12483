/** Time for the local cloud. The servers never read the wall clock themselves, so a simulation can drive them on a virtual one. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Calls `run` once after `ms`; the returned function cancels. A pending timer never keeps the process alive. */
  after(ms: number, run: () => void): () => void;
}

/** setTimeout counts in a signed 32-bit number and runs at once on anything longer. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      timer = setTimeout(() => (left > LONGEST_MS ? wait(left - LONGEST_MS) : run()), Math.min(left, LONGEST_MS));
      timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

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
