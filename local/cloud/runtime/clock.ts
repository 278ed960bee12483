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
