import type { Clock } from '#core/ports.ts';

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;

interface Pause {
  readonly tries: number;
  readonly holds: number;
  readonly at: number;
  /** No try failed last: there was no room for it. */
  readonly held: boolean;
}

/**
 * Requests of this turn that could not be sealed. Each is tried again after a pause that doubles. So one whose shares cannot be opened
 * neither delays the others nor keeps KMS busy. One that broke a batch is processed alone from then on.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #until = new Map<string, Pause>();
  /** Somebody else has these in hand. */
  readonly #aside = new Set<string>();
  /** Turns that died over it; 0 where it only broke a batch of this one. */
  readonly #quarantined: Map<string, number>;

  constructor(clock: Clock, alone: ReadonlyMap<string, number> = new Map()) {
    this.#clock = clock;
    this.#quarantined = new Map(alone);
  }

  #pause(id: string, { tries, holds, held }: Omit<Pause, 'at'>): void {
    const pause = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries + holds - 1));
    this.#until.set(id, { tries, holds, held, at: this.#clock.now() + pause });
  }

  delay(id: string): void {
    this.#pause(id, { tries: this.triesOf(id) + 1, holds: this.#until.get(id)?.holds ?? 0, held: false });
  }

  /** It waits because other requests use the capacity. It keeps its place in front of requests that failed. */
  postpone(id: string): void {
    this.#pause(id, { tries: this.triesOf(id), holds: (this.#until.get(id)?.holds ?? 0) + 1, held: true });
  }

  /** They count as delayed until they are taken up. */
  putAside(ids: readonly string[]): void {
    for (const id of ids) this.#aside.add(id);
  }

  takeUp(ids: readonly string[]): void {
    for (const id of ids) this.#aside.delete(id);
  }

  quarantine(id: string): void {
    if (!this.#quarantined.has(id)) this.#quarantined.set(id, 0);
  }

  triesOf(id: string): number {
    return this.#until.get(id)?.tries ?? 0;
  }

  /** ms since the epoch: when the first of those that are delayed may go on. Infinity where none is. */
  firstEnd(): number {
    const now = this.#clock.now();
    const ends = [...this.#until.values()].map(({ at }) => at).filter((at) => at > now);
    return Math.min(Number.POSITIVE_INFINITY, ...ends);
  }

  isDelayed(id: string): boolean {
    return this.#aside.has(id) || (this.#until.get(id)?.at ?? 0) > this.#clock.now();
  }

  /** Delayed after a try that failed. What is only held up is not: it may go with others that are asked about. */
  isResting(id: string): boolean {
    return this.#aside.has(id) || (this.isDelayed(id) && this.#until.get(id)?.held !== true);
  }

  #suspicion(id: string): number {
    return this.#quarantined.get(id) ?? -1;
  }

  isQuarantined(id: string): boolean {
    return this.#quarantined.has(id);
  }

  /** Those that may be worked on now, the least suspicious first; otherwise in the order given. */
  order<T extends { readonly id: string }>(candidates: readonly T[]): readonly T[] {
    return this.#ordered(candidates.filter(({ id }) => !this.isDelayed(id)));
  }

  /** The same, and with them what is held up: it keeps its place before those that came later. Nothing where all are delayed. */
  orderWithHeld<T extends { readonly id: string }>(candidates: readonly T[]): readonly T[] {
    const isAwake = candidates.some(({ id }) => !this.isDelayed(id));
    return isAwake ? this.#ordered(candidates.filter(({ id }) => !this.isResting(id))) : [];
  }

  #ordered<T extends { readonly id: string }>(candidates: readonly T[]): readonly T[] {
    return candidates.toSorted(
      (a, b) => this.#suspicion(a.id) - this.#suspicion(b.id) || this.triesOf(a.id) - this.triesOf(b.id),
    );
  }
}
