import { backoffMs } from '#adapters/calls/deadline.ts';
import { errorFields } from '#core/error-fields.ts';
import type { Clock } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { TurnContext } from './context.ts';

/** ms between two listings of an idle turn that nothing wakes. So much a message that is lost, or taken by another machine, costs. */
export const LIST_MS = 15_000;

/** ms after a wake-up when marks are listed: collect writes the mark after it has published. */
const LOOKS_MS = [0, 100, 500, 2_000] as const;

/** ms. A lane that would end, and may not while another is busy, looks again after it. */
const PAST_MS = 1_000;

/** ms between two wake-ups at least: whoever can publish must not make a turn list without end. */
const BETWEEN_WAKES_MS = 250;

/** ms that a pull that brought nothing lasts at least: a gateway that answers at once must not be asked without end. */
const LEAST_PULL_MS = 1_000;

/**
 * What ends the sleep of idle lanes: a message that something was approved. It is believed for nothing, and not even read. Where no message
 * can be had, lanes list every 15 s.
 */
export class Wakeups {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #wokenAt = Number.NEGATIVE_INFINITY;
  #next = new AbortController();

  constructor({ clock, signal }: Pick<TurnContext, 'clock' | 'signal'>) {
    this.#clock = clock;
    this.#signal = signal;
  }

  wake(): void {
    this.#wokenAt = this.#clock.now();
    this.#next.abort();
    this.#next = new AbortController();
  }

  /** Until `until` (ms since the epoch), the next listing is due, or something wakes. A second where `until` is past. */
  async sleep(until: number): Promise<void> {
    const now = this.#clock.now();
    const looks = LOOKS_MS.map((ms) => this.#wokenAt + ms).filter((at) => at > now);
    const ms = Math.min(until > now ? until - now : PAST_MS, LIST_MS, ...looks.map((at) => at - now));
    await this.#clock.sleep(ms, AbortSignal.any([this.#signal, this.#next.signal]));
  }
}

/** Pulls until `stop`, and calls `woken` at each message. Ends by itself where this machine may not pull, and says so once. */
export const followWakes = async (
  { wakes, clock, log }: Pick<TurnContext, 'wakes' | 'clock' | 'log'>,
  woken: () => void,
  stop: AbortSignal,
): Promise<void> => {
  let failures = 0;
  while (wakes !== undefined && !stop.aborted) {
    const begun = clock.now();
    try {
      if ((await wakes.pull(stop)) > 0) {
        woken();
        await clock.sleep(BETWEEN_WAKES_MS, stop);
      } else if (!stop.aborted) await clock.sleep(Math.max(0, begun + LEAST_PULL_MS - clock.now()), stop);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1) log.warn('turn.wake', errorFields(error));
      if (isKeyturnError(error, 'NOT_FOUND') || isKeyturnError(error, 'PERMISSION_DENIED')) return;
      await clock.sleep(LEAST_PULL_MS + backoffMs(failures, 1), stop);
    }
  }
};
