import type { Log, Storage, StoredObject } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Entry, MAX_ENTRY_BYTES, type RegisterRef, readEntry, type SealItem } from './entry.ts';
import { type EntryCache, keep, keptOf } from './entry-cache.ts';
import { Listing, type Named } from './listing.ts';
import { CheckpointSearch, type CheckpointUse, coveredBy, type UsedCheckpoint } from './read-checkpoint.ts';
import { type ListedEntry, type RegisterView, type SeenGeneration, takesFreshNonce } from './rules.ts';

const CONCURRENCY = 16;
/** A checkpoint is named near the top. So the first entries are read in smaller chunks: what follows need not be read. */
const FEW = 4;
const FEW_TWICE = 8;

interface Reading {
  readonly storage: Pick<Storage, 'read'>;
  readonly log: RegisterRef;
  readonly cache: EntryCache;
  readonly logger: Log;
}

const readOne = async ({ storage, log, cache, logger }: Reading, object: StoredObject): Promise<Entry | 'junk'> => {
  const known = keptOf(cache, object);
  if (known !== undefined) return known;
  const entry = await (async () => {
    if (object.size > MAX_ENTRY_BYTES) return undefined;
    const content = await storage.read(object.bucket, object.name, {
      generation: object.generation,
      listed: object,
      limit: MAX_ENTRY_BYTES,
    });
    // Listed, but not to be had: somebody deleted it. No decision may rest on a register that loses entries.
    if (content === undefined)
      throw new KeyturnError(
        'REGISTER_CORRUPT',
        `${object.name} generation ${object.generation} is listed but cannot be read`,
      );
    return readEntry(content.bytes, object.name, log);
  })();
  if (entry === undefined)
    logger.alarm('register-junk', { code: 'REGISTER_JUNK', object: object.name, generation: object.generation });
  return keep(cache, object, entry);
};

const itemsOf = (entry: Entry | 'junk' | undefined): readonly SealItem[] =>
  entry !== undefined && entry !== 'junk' && entry.kind === 'seal' ? entry.items : [];

export interface ReadOptions {
  /** ms */
  readonly since: number;
  readonly cache: EntryCache;
  readonly wanted?: ReadonlySet<string>;
  readonly deepest?: number;
  readonly checkpoints?: CheckpointUse;
}

type From = Reading & { readonly storage: Pick<Storage, 'list' | 'read'> };

/** One read of one log, from its newest name down. */
class Read {
  readonly #from: From;
  readonly #listing: Listing;
  readonly #read = new Map<Named, Entry | 'junk'>();
  readonly #since: number;
  readonly #missing: Set<string>;
  readonly #deepest: number;
  #end: string | undefined;
  #below = 0;
  #last = '';
  /** The name at which everything wanted had been seen. */
  #enough: string | undefined;
  #used: UsedCheckpoint | undefined;

  constructor(from: From, options: ReadOptions) {
    this.#from = from;
    this.#listing = new Listing(from.storage, from.log);
    this.#since = Math.min(options.since, options.checkpoints?.spentSince ?? options.since);
    this.#missing = new Set(options.wanted);
    this.#deepest = options.deepest ?? Number.POSITIVE_INFINITY;
  }

  /** Goes down to the end. `search`: asked of each seal, until it names a checkpoint that can be used. */
  async run(search: CheckpointSearch | undefined): Promise<void> {
    await this.#walk(search);
    // What was found below it can lead back into it.
    if (this.#used !== undefined) await this.#readMatter(this.#used);
  }

  async #walk(search: CheckpointSearch | undefined): Promise<void> {
    const { named } = this.#listing;
    for (let n = 0; ; ) {
      const first = named[n];
      if (first === undefined) {
        if (this.#isOver() || !(await this.#listing.more())) return;
        continue;
      }
      if (this.#isOver(first.object.name)) return;
      // A chunk ends with its page.
      const few = search !== undefined && n < FEW_TWICE;
      const chunk = named.slice(n, n + (few ? FEW : CONCURRENCY));
      await this.#readAll(chunk);
      n += chunk.length;
      const bottom = search === undefined ? undefined : await this.#cover(chunk, search);
      if (bottom !== undefined) while ((named[n]?.seq ?? -1n) >= bottom) n++;
    }
  }

  view(since: number, checkpoints: CheckpointUse | undefined): RegisterView {
    const { named, taken, at } = this.#listing;
    const entries = named.flatMap((one): readonly ListedEntry[] => {
      const entry = this.#read.get(one);
      if (entry === undefined || entry === 'junk') return [];
      const { name, generation, timeCreated } = one.object;
      return [{ name, generation, seq: one.seq, timeCreated, early: one.early, entry }];
    });
    if (checkpoints === undefined) return { entries, taken, at, since };
    const covered = this.#used && coveredBy(this.#used, (one) => this.#read.has(one));
    const notes = new Map(this.#used?.set.map((one, place) => [one, this.#used?.checkpoint.entries[place]]));
    const seen = named.flatMap((one): readonly SeenGeneration[] => {
      const { generation, crc32c, timeCreated } = one.object;
      const [entry, note] = [this.#read.get(one), notes.get(one)];
      const listed = { seq: one.seq, generation, timeCreated, ...(crc32c === undefined ? {} : { crc32c }) };
      if (entry !== undefined) return [{ ...listed, entry }];
      return note === undefined ? [] : [{ ...listed, note }];
    });
    return covered === undefined
      ? { entries, taken, at, since: this.#since, seen }
      : { entries, taken, at, since, seen, covered };
  }

  // Not between two generations of one name. A conflicting entry may have the same name, and a wanted id may be sealed twice in it. Where
  // the next page would have to tell what comes next, something below that name must have been seen.
  #isOver(next = this.#enough): boolean {
    return this.#enough !== undefined && this.#last !== next;
  }

  async #readAll(some: readonly Named[]): Promise<void> {
    for (let n = 0; n < some.length; n += CONCURRENCY) {
      const chunk = some.slice(n, n + CONCURRENCY);
      const entries = await Promise.all(chunk.map(({ object }) => readOne(this.#from, object)));
      entries.forEach((entry, at) => {
        const one = chunk[at];
        if (one !== undefined) this.#note(one, entry);
      });
    }
  }

  #note(one: Named, entry: Entry | 'junk'): void {
    const { name, timeCreated } = one.object;
    this.#read.set(one, entry);
    this.#last = name;
    if (entry === 'junk') return;
    for (const { id } of itemsOf(entry)) this.#missing.delete(id);
    if (this.#end !== undefined && entry.kind === 'seal') this.#below++;
    if (timeCreated < this.#since && takesFreshNonce(entry)) this.#end ??= name;
    this.#stopAt(name);
  }

  #stopAt(name: string): void {
    if (this.#end !== undefined && (this.#missing.size === 0 || this.#below >= this.#deepest)) this.#enough ??= name;
  }

  /** The lowest place of a checkpoint that covers what follows, once all is listed and read that it does not answer. */
  async #cover(chunk: readonly Named[], search: CheckpointSearch): Promise<bigint | undefined> {
    // Where the end is in sight, no checkpoint saves anything. What an old one stands for may be deleted by now.
    if (this.#used !== undefined || this.#end !== undefined) return undefined;
    const { named } = this.#listing;
    for (const one of chunk) {
      const seal = this.#read.get(one);
      if (seal === undefined || seal === 'junk' || seal.kind !== 'seal') continue;
      const checkpoint = await search.namedBy(seal);
      if (checkpoint === undefined) continue;
      const { seq, bottom } = checkpoint;
      // Its whole set is listed, and all generations of its lowest name.
      while ((named.at(-1)?.seq ?? bottom) >= bottom) if (!(await this.#listing.more())) break;
      const set = search.setOf(checkpoint, seal, named);
      if (set === undefined) continue;
      this.#used = { checkpoint, set, search };
      await this.#readAll(named.filter((each) => each.seq >= seq && !this.#read.has(each)));
      await this.#readMatter(this.#used);
      this.#last = set.at(-1)?.object.name ?? this.#last;
      this.#end ??= this.#last;
      this.#stopAt(this.#last);
      return bottom;
    }
    return undefined;
  }

  /** Whatever in the set may matter, as far as all that was read leads there. */
  async #readMatter({ checkpoint, set, search }: UsedCheckpoint): Promise<void> {
    for (;;) {
      const items = [...this.#read.values()].flatMap(itemsOf);
      const rest = search.toRead(checkpoint, set, items).filter((one) => !this.#read.has(one));
      if (rest.length === 0) return;
      await this.#readAll(rest);
    }
  }
}

/**
 * Reads one log: all generations, newest name first. It stops at the first seal with a fresh nonce that is older than `since` (ms). It goes
 * on to the seals of every id in `wanted`, since what is replaced may be older than any horizon. For these it goes at most `deepest` seals
 * below that one. Only a seal that the wallet signed ends a listing, never a count of objects. Anyone who may create objects could reach a
 * count, and so hide the seals below. Nothing below that seal can be younger than `since` plus the slack. Its writer would have had to plan
 * it before that seal was there, and no access token lives that long. Throws REGISTER_CORRUPT, and what Storage throws.
 *
 * With `checkpoints` it lists as much and reads less. What the newest one covers is read only where it may matter to `about`.
 */
export const readRegister = async (
  storage: Pick<Storage, 'list' | 'read'>,
  log: RegisterRef,
  options: ReadOptions,
  logger: Log,
): Promise<RegisterView> => {
  const { since, cache, checkpoints, wanted = new Set() } = options;
  const from = { storage, log, cache, logger };
  const read = new Read(from, options);
  await read.run(checkpoints === undefined ? undefined : new CheckpointSearch(from, checkpoints, { since, wanted }));
  return read.view(since, checkpoints);
};
