const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 300_000;

/** Attempts in one run: about a quarter of an hour. What is given up has no mark, so that the next start takes it up again. */
export const MAX_ATTEMPTS = 12;
/** With --once, which somebody waits for. */
export const ONCE_ATTEMPTS = 3;

/**
 * ms before the next attempt, after `failed` of them: doubled each time, up to five minutes. Between half of that and all of it, by `random` (0
 * to 1), so that many watchers do not come back at one moment.
 */
export const pauseAfter = (failed: number, random: number): number => {
  const most = Math.min(FIRST_PAUSE_MS * 2 ** (failed - 1), MAX_PAUSE_MS);
  return Math.round(most / 2 + (most / 2) * random);
};
