import type { Clock } from '#core/ports.ts';

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;

/**
 * Requests of this turn that could not be sealed. Each is tried again after a pause that doubles. So one whose shares cannot be opened
 * neither delays the others nor keeps KMS busy. One that broke a batch is processed alone from then on.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #until = new Map<string, { readonly tries: number; readonly holds: number; readonly at: number }>();
  /** Turns that died over it; 0 where it only broke a batch of this one. */
  readonly #quarantined: Map<string, number>;

  constructor(clock: Clock, alone: ReadonlyMap<string, number> = new Map()) {
    this.#clock = clock;
    this.#quarantined = new Map(alone);
  }

  #pause(id: string, tries: number, holds: number): void {
    const pause = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries + holds - 1));
    this.#until.set(id, { tries, holds, at: this.#clock.now() + pause });
  }

  delay(id: string): void {
    this.#pause(id, this.triesOf(id) + 1, this.#until.get(id)?.holds ?? 0);
  }

  /** It waits because other requests use the capacity. It keeps its place in front of requests that failed. */
  postpone(id: string): void {
    this.#pause(id, this.triesOf(id), (this.#until.get(id)?.holds ?? 0) + 1);
  }

  quarantine(id: string): void {
    if (!this.#quarantined.has(id)) this.#quarantined.set(id, 0);
  }

  triesOf(id: string): number {
    return this.#until.get(id)?.tries ?? 0;
  }

  isDelayed(id: string): boolean {
    return (this.#until.get(id)?.at ?? 0) > this.#clock.now();
  }

  #suspicion(id: string): number {
    return this.#quarantined.get(id) ?? -1;
  }

  isQuarantined(id: string): boolean {
    return this.#quarantined.has(id);
  }

  /** Those that may be worked on now, the least suspicious first; otherwise in the order given. */
  order<T extends { readonly id: string }>(candidates: readonly T[]): readonly T[] {
    return candidates
      .filter(({ id }) => !this.isDelayed(id))
      .toSorted((a, b) => this.#suspicion(a.id) - this.#suspicion(b.id) || this.triesOf(a.id) - this.triesOf(b.id));
  }
}
