import type { Log, Storage, StoredObject } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { sealFolder, sealObject, sealSeqOf } from '#schemas/names.ts';
import { type Entry, MAX_ENTRY_BYTES, type RegisterRef, readEntry } from './entry.ts';
import { type ListedEntry, type RegisterView, takesFreshNonce } from './rules.ts';

/** Reads entries once each: a generation never changes. A Map is one; one that is bounded may forget. `bytes`: of the entry, as stored. */
export interface EntryCache {
  get(key: string): Entry | 'junk' | undefined;
  set(key: string, entry: Entry | 'junk', bytes: number): unknown;
}

/** The most that one call lists: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
const PAGE_SIZE = 1000;
const CONCURRENCY = 16;

/** Without its evidence, which is most of a small seal: it is for auditors, and decides nothing here. */
const bare = (entry: Entry): Entry => (entry.kind === 'seal' ? { ...entry, evidence: '' } : entry);

const readOne = async (
  storage: Pick<Storage, 'read'>,
  { log, cache, logger }: { readonly log: RegisterRef; readonly cache: EntryCache; readonly logger: Log },
  object: StoredObject,
): Promise<Entry | 'junk'> => {
  const key = `${object.name}#${object.generation}`;
  const known = cache.get(key);
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
  const evidence = entry?.kind === 'seal' ? entry.evidence.length : 0;
  const kept = entry === undefined ? 'junk' : bare(entry);
  cache.set(key, kept, object.size - evidence);
  return kept;
};

/** Ids that this entry seals. */
const sealedIn = (entry: Entry): readonly string[] => (entry.kind === 'seal' ? entry.items.map(({ id }) => id) : []);

/**
 * Reads one log: all generations, newest name first. It stops at the first seal with a fresh nonce that is older than `since` (ms). It goes
 * on to the seals of every id in `wanted`, since what is replaced may be older than any horizon. For these it goes at most `deepest` seals
 * below that one. Only a seal that the wallet signed ends a listing, never a count of objects. Anyone who may create objects could reach a
 * count, and so hide the seals below. Nothing below that seal can be younger than `since` plus the slack. Its writer would have had to plan
 * it before that seal was there, and no access token lives that long. `at` is the Date of the *first* page, so nothing that was created
 * before it is missing. Names that are not exactly those of entries count for nothing. Throws REGISTER_CORRUPT, and what Storage throws.
 */
export const readRegister = async (
  storage: Pick<Storage, 'list' | 'read'>,
  log: RegisterRef,
  {
    since,
    cache,
    wanted = new Set(),
    deepest = Number.POSITIVE_INFINITY,
  }: {
    readonly since: number;
    readonly cache: EntryCache;
    readonly wanted?: ReadonlySet<string>;
    readonly deepest?: number;
  },
  logger: Log,
): Promise<RegisterView> => {
  const entries: ListedEntry[] = [];
  const taken = new Set<bigint>();
  const missing = new Set(wanted);
  let at = 0;
  let from: string | undefined;
  let end: string | undefined;
  let below = 0;
  let last = '';
  /** The name at which everything wanted had been seen. */
  let enough: string | undefined;
  // Not between two generations of one name. A conflicting entry may have the same name, and a wanted id may be sealed twice in it. Where
  // the next page would have to tell what comes next, something below that name must have been seen.
  const isOver = (next = enough): boolean => enough !== undefined && last !== next;
  for (;;) {
    const first = from === undefined;
    const page = await storage.list(log.registerBucket, sealFolder(log.chainId, log.address), {
      versions: true,
      limit: PAGE_SIZE,
      ...(from === undefined ? {} : { from }),
    });
    if (first) at = page.at;
    const named = page.objects.flatMap((object) => {
      const seq = sealSeqOf(object.name);
      return seq !== undefined && object.name === sealObject(log.chainId, log.address, seq) ? [{ object, seq }] : [];
    });
    for (const { seq } of named) taken.add(seq);
    let over = false;
    for (const [n, { object: head }] of named.entries()) {
      if (n % CONCURRENCY !== 0) continue;
      over = isOver(head.name);
      if (over) break;
      const chunk = named.slice(n, n + CONCURRENCY).map(async ({ object, seq }) => ({
        object,
        seq,
        entry: await readOne(storage, { log, cache, logger }, object),
      }));
      for (const { object, seq, entry } of await Promise.all(chunk)) {
        const { name, generation, timeCreated } = object;
        last = name;
        if (entry === 'junk') continue;
        for (const id of sealedIn(entry)) missing.delete(id);
        if (end !== undefined && entry.kind === 'seal') below++;
        if (timeCreated < since && takesFreshNonce(entry)) end ??= name;
        if (end !== undefined && (missing.size === 0 || below >= deepest)) enough ??= name;
        const early = first || timeCreated < at;
        entries.push({ name, generation, seq, timeCreated, early, entry });
      }
    }
    from = page.next;
    if (from === undefined || over || isOver()) break;
  }
  return { entries, taken, at, since };
};

/** Creates an entry at `seq`; false where that name is taken: read again. */
export const appendEntry = async (
  storage: Storage,
  log: RegisterRef,
  seq: bigint,
  bytes: Uint8Array,
): Promise<boolean> =>
  (await storage.createOnce(log.registerBucket, sealObject(log.chainId, log.address, seq), bytes)).created;
