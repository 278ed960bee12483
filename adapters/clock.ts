import type { Clock } from '#core/ports.ts';

/** Real time. A sleep does not outlive its signal, and an aborted one resolves: whoever sleeps looks at the signal anyway. */
export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    }),
};

/** Real time at the start, and from then on only what has passed since: a step of the machine's clock moves nothing. */
export const monotonicClock = (): Clock => {
  const start = Date.now() - performance.now();
  return { ...realClock, now: () => Math.round(start + performance.now()) };
};
