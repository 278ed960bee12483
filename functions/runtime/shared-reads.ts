import type { Storage } from '#core/ports.ts';

interface Under<V> {
  /** It never rejects. */
  readonly ended: Promise<unknown>;
  next: Promise<V> | undefined;
}

/**
 * Reads that calls of one process share, by the storage through which they read. Whoever comes while one is under way shares the next, with
 * all who come until that begins. So nobody gets what was read before they asked, and a crowd costs two reads.
 */
export class SharedReads<V> {
  readonly #by = new WeakMap<Storage, Map<string, Under<V>>>();

  read(storage: Storage, key: string, run: () => Promise<V>): Promise<V> {
    const all = this.#by.get(storage) ?? new Map<string, Under<V>>();
    this.#by.set(storage, all);
    const begin = (): Promise<V> => {
      const reading = run();
      const under: Under<V> = { ended: reading.catch(() => {}), next: undefined };
      all.set(key, under);
      void under.ended.then(() => {
        if (under.next === undefined) all.delete(key);
      });
      return reading;
    };
    const under = all.get(key);
    if (under === undefined) return begin();
    under.next ??= under.ended.then(begin);
    return under.next;
  }
}
