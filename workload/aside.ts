import type { Clock } from '#core/ports.ts';

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

/**
 * Requests of this turn that could not be brought to a seal: each comes again after a pause that doubles, so that one whose shares cannot
 * be opened keeps neither the others waiting nor KMS busy. One that broke a batch goes alone from then on.
 */
export class Aside {
  readonly #clock: Clock;
  readonly #until = new Map<string, { readonly tries: number; readonly holds: number; readonly at: number }>();
  /** Turns that died over it; 0 where it only broke a batch of this one. */
  readonly #alone: Map<string, number>;

  constructor(clock: Clock, alone: ReadonlyMap<string, number> = new Map()) {
    this.#clock = clock;
    this.#alone = new Map(alone);
  }

  #pause(id: string, tries: number, holds: number): void {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries + holds - 1));
    this.#until.set(id, { tries, holds, at: this.#clock.now() + pause });
  }

  put(id: string): void {
    this.#pause(id, this.triesOf(id) + 1, this.#until.get(id)?.holds ?? 0);
  }

  /** Rests for want of room that others take up, and is not to blame: what was tried in vain does not go before it again. */
  hold(id: string): void {
    this.#pause(id, this.triesOf(id), (this.#until.get(id)?.holds ?? 0) + 1);
  }

  suspect(id: string): void {
    if (!this.#alone.has(id)) this.#alone.set(id, 0);
  }

  triesOf(id: string): number {
    return this.#until.get(id)?.tries ?? 0;
  }

  rests(id: string): boolean {
    return (this.#until.get(id)?.at ?? 0) > this.#clock.now();
  }

  #suspicion(id: string): number {
    return this.#alone.get(id) ?? -1;
  }

  isSuspect(id: string): boolean {
    return this.#alone.has(id);
  }

  /** Those that may be worked on now, the least suspicious first; otherwise in the order given. */
  order<T extends { readonly id: string }>(candidates: readonly T[]): readonly T[] {
    return candidates
      .filter(({ id }) => !this.rests(id))
      .toSorted((a, b) => this.#suspicion(a.id) - this.#suspicion(b.id) || this.triesOf(a.id) - this.triesOf(b.id));
  }
}

/** Runs `work` for at most `ms`; undefined where it took longer. What it brings too late goes to `tooLate`, which wipes it. */
export const within = async <T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  tooLate: (result: T) => void,
): Promise<{ readonly result: T } | undefined> => {
  const done = new AbortController();
  let over = false;
  const guarded = work.then((result) => {
    if (over) tooLate(result);
    return { result };
  });
  guarded.catch(() => {});
  try {
    return await Promise.race([
      guarded,
      clock.sleep(ms, done.signal).then(() => {
        over = true;
        return undefined;
      }),
    ]);
  } finally {
    done.abort();
  }
};
