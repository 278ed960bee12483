import type { Storage } from '#core/ports.ts';
import type { Entry } from '#core/register/entry.ts';
import type { EntryCache } from '#core/register/entry-cache.ts';

/**
 * Bytes of entries, as stored, that a process keeps of all logs together. It may be twice as much for a moment, and some more as objects.
 */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
/** Bytes that one entry takes however little it says: its name, and the objects that it is read into. */
const MIN_ENTRY_BYTES = 512;

interface KeptEntry {
  readonly entry: Entry | 'junk';
  readonly bytes: number;
}

/**
 * Entries of one log that a process keeps: what its last tick used, and what this one does. When `most` bytes are reached, new entries are
 * not cached, and none is evicted. A read goes over all entries in the same order, so evicting the oldest use would leave it none of them. This
 * way the newest are kept, and only the rest is read again.
 */
export class EntriesKept implements EntryCache {
  readonly #most: number;
  #last: ReadonlyMap<string, KeptEntry> = new Map();
  #now = new Map<string, KeptEntry>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** A tick begins. One that came to see nothing takes nothing from the next. */
  begin(): void {
    if (this.#now.size === 0) return;
    this.#last = this.#now;
    this.#now = new Map();
    this.#bytes = 0;
  }

  get(key: string): Entry | 'junk' | undefined {
    const used = this.#now.get(key);
    if (used !== undefined) return used.entry;
    const known = this.#last.get(key);
    if (known !== undefined) this.#keep(key, known);
    return known?.entry;
  }

  set(key: string, entry: Entry | 'junk', bytes: number): void {
    this.#keep(key, { entry, bytes: entry === 'junk' ? MIN_ENTRY_BYTES : MIN_ENTRY_BYTES + bytes });
  }

  #keep(key: string, kept: KeptEntry): void {
    if (this.#now.has(key) || this.#bytes + kept.bytes > this.#most) return;
    this.#now.set(key, kept);
    this.#bytes += kept.bytes;
  }
}

/** By the storage through which they were read: a generation never changes, so the next tick need not read it again. */
const entriesRead = new WeakMap<Storage, Map<string, EntriesKept>>();

/** What this process keeps of one log, which is one of `logs` that share the memory. A tick begins with it. */
export const keptFor = (storage: Storage, log: string, logs: number): EntriesKept => {
  const all = entriesRead.get(storage) ?? new Map<string, EntriesKept>();
  entriesRead.set(storage, all);
  const kept = all.get(log) ?? new EntriesKept(MAX_KEPT_BYTES / Math.max(logs, 1));
  all.set(log, kept);
  kept.begin();
  return kept;
};
