import type { Message } from './model.ts';

/** Told when a message it was handed is out of its hands again: acked, nacked, past its deadline, gone with the subscription. */
export interface Holder {
  released(messageId: string): void;
}

/** One message that a subscription owes its subscribers. `failed` counts the deliveries that came to nothing. */
export interface Held {
  readonly message: Message;
  failed: number;
  state: 'ready' | 'leased' | 'waiting';
  /** ms: end of the lease, or of the wait. */
  due: number;
  /** Changes with each delivery, so that a late answer to an old one is told apart. */
  lease: string;
  holder: Holder | undefined;
}

/** The delivery state of one subscription: ready (oldest first), leased to a subscriber, or waiting for its retry. Knows no clock. */
export class Backlog {
  readonly #held = new Map<string, Held>();
  readonly #ready = new Set<Held>();
  readonly #timed = new Set<Held>();

  get size(): number {
    return this.#held.size;
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  /** How many are leased or waiting. */
  get timedCount(): number {
    return this.#timed.size;
  }

  get(id: string): Held | undefined {
    return this.#held.get(id);
  }

  add(message: Message): void {
    const held: Held = { message, failed: 0, state: 'ready', due: 0, lease: '', holder: undefined };
    this.#held.set(message.messageId, held);
    this.#ready.add(held);
  }

  /** Leases up to `max` ready messages until `due`. */
  take(max: number, due: number, lease: () => string, holder?: Holder): Held[] {
    const taken: Held[] = [];
    for (const held of this.#ready) {
      if (taken.length >= max) break;
      this.#ready.delete(held);
      this.#timed.add(held);
      Object.assign(held, { state: 'leased', due, lease: lease(), holder });
      taken.push(held);
    }
    return taken;
  }

  extend(held: Held, due: number): void {
    held.due = due;
  }

  remove(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    this.#ready.delete(held);
    this.#timed.delete(held);
    this.#release(held);
  }

  /** Counts a failed delivery; the next may start at `due`, which may be now. */
  fail(id: string, due: number, now: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#release(held);
    held.failed += 1;
    held.due = due;
    held.state = due > now ? 'waiting' : 'ready';
    const [to, from] = due > now ? [this.#timed, this.#ready] : [this.#ready, this.#timed];
    from.delete(held);
    to.add(held);
  }

  /** Makes ready what has waited long enough; the leases that have run out are returned, for the caller to fail. */
  wake(now: number): Held[] {
    const expired: Held[] = [];
    for (const held of this.#timed) {
      if (held.due > now) continue;
      if (held.state === 'leased') expired.push(held);
      else {
        held.state = 'ready';
        this.#timed.delete(held);
        this.#ready.add(held);
      }
    }
    return expired;
  }

  /** ms of the next end of a lease or wait. */
  nextDue(): number | undefined {
    let least: number | undefined;
    for (const { due } of this.#timed) if (least === undefined || due < least) least = due;
    return least;
  }

  /** Messages published before `limit`; a lease does not keep one longer. */
  olderThan(limit: number): string[] {
    const old: string[] = [];
    for (const [id, { message }] of this.#held) {
      // Messages lie in the order of their publication.
      if (message.publishTime >= limit) break;
      old.push(id);
    }
    return old;
  }

  releaseAll(): void {
    for (const held of this.#held.values()) this.#release(held);
  }

  #release(held: Held): void {
    const holder = held.holder;
    held.holder = undefined;
    holder?.released(held.message.messageId);
  }
}
