import type { Storage } from '#core/ports.ts';

/**
 * What a process keeps of immutable things that it read, by the storage through which it read them: the newest `most` of them. One
 * that is gone is read again.
 */
export class Kept<V> {
  readonly #most: number;
  readonly #by = new WeakMap<Storage, Map<string, V>>();

  constructor(most: number) {
    this.#most = most;
  }

  get(storage: Storage, key: string): V | undefined {
    return this.#by.get(storage)?.get(key);
  }

  set(storage: Storage, key: string, value: V): void {
    const kept = this.#by.get(storage) ?? new Map<string, V>();
    this.#by.set(storage, kept);
    kept.delete(key);
    kept.set(key, value);
    const [oldest] = kept.keys();
    if (kept.size > this.#most && oldest !== undefined) kept.delete(oldest);
  }
}
