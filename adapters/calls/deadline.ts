import { realClock } from '#adapters/clock.ts';
import type { Clock } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Call, foreign, isTransient } from './errors.ts';
import { withTimeLimit } from './time-limit.ts';

/** How long one attempt may take (ms), and how many there may be: one where repeating is not safe. All together stay under a minute. */
export interface Limits {
  readonly attemptMs: number;
  readonly attempts: number;
}

export const ONCE: Limits = { attemptMs: 10_000, attempts: 1 };
export const REPEATABLE: Limits = { attemptMs: 10_000, attempts: 4 };

/**
 * Runs one external call: bounded in time even where the client hangs, repeated only while `isTransient`, foreign errors translated.
 * `run` gets a signal that aborts when its time is up, never else, and that time in ms.
 */
export type Caller = <T>(
  call: Call,
  limits: Limits,
  run: (signal: AbortSignal, ms: number) => Promise<T>,
) => Promise<T>;

const BASE_MS = 100;
const CAP_MS = 5_000;

/** ms to wait before attempt `attempt` (from 1): full jitter, so that a crowd that failed together does not come back together. */
export const backoffMs = (attempt: number, random: number): number =>
  Math.floor(random * Math.min(CAP_MS, BASE_MS * 2 ** attempt));

/**
 * The clients' own retries are switched off, and this one is used for all. Storage's forgets its callback once its total time is up. It
 * keeps one mutable switch for all calls of a client, and its `timeout` does nothing since node-fetch 3.
 */
export const callerOn = (clock: Clock = realClock, random: () => number = Math.random): Caller => {
  const attempt = async <T>(
    call: Call,
    ms: number,
    run: (signal: AbortSignal, ms: number) => Promise<T>,
  ): Promise<T> => {
    const answer = await withTimeLimit(clock, ms, (signal) => run(signal, ms));
    if (answer !== undefined) return answer.result;
    throw new KeyturnError('DEADLINE', `${call.service}: ${call.call} ${call.resource}: no answer in ${ms} ms`);
  };
  return async (call, limits, run) => {
    for (let n = 1; ; n++) {
      try {
        return await attempt(call, limits.attemptMs, run);
      } catch (error) {
        if (n >= limits.attempts || !isTransient(error)) throw foreign(call, error);
      }
      await clock.sleep(backoffMs(n, random()));
    }
  };
};
