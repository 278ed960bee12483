/**
 * Bytes of one lane that are stored and on their way to nodes, one batch at a time. Meanwhile the lane reads and signs its next batch, and
 * keeps its hands off these.
 */
export class Outbox {
  readonly #ids = new Set<string>();
  /** Told of what is out of hand again: its facts are others now. */
  readonly #left: (ids: readonly string[]) => void;
  #sending: Promise<void> = Promise.resolve();

  constructor(left: (ids: readonly string[]) => void) {
    this.#left = left;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** `sent` must not reject. Call this only where all before are out: `allOut`. */
  take(ids: readonly string[], sent: Promise<void>): void {
    for (const id of ids) this.#ids.add(id);
    this.#sending = sent.then(() => {
      this.#left(ids);
      for (const id of ids) this.#ids.delete(id);
    });
  }

  /** Nothing is on its way. */
  allOut(): Promise<void> {
    return this.#sending;
  }
}
