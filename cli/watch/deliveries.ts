import type { Clock } from '#core/ports.ts';
import type { Marks } from './marks.ts';
import { lanes, MAX_AT_ONCE, MAX_QUEUE } from './queue.ts';
import type { Delivered, Delivery, Receiver } from './receiver.ts';
import { pauseAfter } from './retry.ts';

export interface DeliveriesOptions {
  readonly receiver: Receiver;
  readonly marks: Marks;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Aborts on Ctrl-C: what is under way is ended, and has no mark. */
  readonly signal: AbortSignal;
  readonly attempts: number;
  readonly most?: number;
  /** A failed attempt. `again`: ms until the next one; undefined where there is none in this run. */
  readonly failed: (delivery: Delivery, why: string, again: number | undefined) => void;
}

/** What is being handed over. Each is tried by itself: one that fails keeps no other waiting. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #lane = lanes(MAX_AT_ONCE);
  readonly #inHand = new Map<string, Promise<void>>();
  /** With when it expires: a watch that runs for months must not remember it for ever. */
  readonly #givenUp = new Map<string, number>();
  #lost = 0;
  #fault: unknown;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** How many more may be added. */
  get room(): number {
    return (this.#options.most ?? MAX_QUEUE) - this.#inHand.size;
  }

  /** How many were given up in this run. */
  get lost(): number {
    return this.#lost;
  }

  /** Whether nothing is to be done about it in this run. */
  isTaken(id: string): boolean {
    return this.#inHand.has(id) || this.#givenUp.has(id) || this.#options.marks.has(id);
  }

  add(delivery: Delivery): void {
    const work = this.#run(delivery)
      .catch((error: unknown) => {
        // A mark that cannot be made: without it, everything would come twice for ever.
        this.#fault ??= error;
      })
      .finally(() => this.#inHand.delete(delivery.id));
    this.#inHand.set(delivery.id, work);
  }

  /** Resolves once nothing is in hand. Throws what no further attempt can mend. */
  async idle(): Promise<void> {
    await Promise.all(this.#inHand.values());
    this.check();
  }

  /** Throws what no further attempt can mend. */
  check(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #run(delivery: Delivery): Promise<void> {
    const { marks, clock, random, signal, attempts, failed } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const done = await this.#lane(() => this.#attempt(delivery));
      if (done.ok) return marks.add(delivery.id, delivery.validUntil);
      if (signal.aborted) return;
      const pause = pauseAfter(attempt, random());
      // Whoever hears of it later could answer nothing.
      const isLast = attempt >= attempts || clock.now() + pause >= delivery.validUntil;
      failed(delivery, done.why, isLast ? undefined : pause);
      if (isLast) return this.#giveUp(delivery);
      await clock.sleep(pause, signal);
    }
  }

  #giveUp({ id, validUntil }: Delivery): void {
    const now = this.#options.clock.now();
    for (const [other, end] of this.#givenUp) if (end <= now) this.#givenUp.delete(other);
    this.#givenUp.set(id, validUntil);
    this.#lost += 1;
  }

  async #attempt(delivery: Delivery): Promise<Delivered> {
    const { receiver, marks, signal } = this.#options;
    if (signal.aborted) return { ok: false, why: 'interrupted' };
    // Another watcher may share the folder of marks.
    if (marks.has(delivery.id)) return { ok: true };
    return receiver.deliver(delivery, signal);
  }
}
