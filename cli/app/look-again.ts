import { isKeyturnError } from '#schemas/codes.ts';
import { goOn } from './interrupt.ts';
import { warn } from './output.ts';
import type { Session } from './session.ts';

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 10_000;

/** What a look found: the end, something new, or nothing new. */
export type Found = 'end' | 'changed' | 'same';

/**
 * Looks again and again until the end, Ctrl-C, or `until` (ms, by the session's clock). More seldom while nothing changes. A fault that may pass
 * is told once on standard error, and does not end it. Whether the end was seen.
 */
export const lookAgain = async (
  { clock, signal, out }: Pick<Session, 'clock' | 'signal' | 'out'>,
  look: () => Promise<Found>,
  until = Number.POSITIVE_INFINITY,
): Promise<boolean> => {
  let told = '';
  for (let pause = FIRST_PAUSE_MS; ; ) {
    let found: Found = 'same';
    try {
      found = await look();
      told = '';
    } catch (error) {
      goOn(signal);
      if (!isKeyturnError(error) || !error.retry) throw error;
      if (told !== error.code && !out.json) out.aside(warn(`! ${error.code}: ${error.message}; looking again`));
      told = error.code;
    }
    goOn(signal);
    if (found === 'end') return true;
    if (clock.now() >= until) return false;
    pause = found === 'changed' ? FIRST_PAUSE_MS : Math.min(pause * 1.5, MAX_PAUSE_MS);
    await clock.sleep(Math.min(pause, Math.max(until - clock.now(), 0)), signal);
    goOn(signal);
  }
};
