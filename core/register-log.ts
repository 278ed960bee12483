import { KeyturnError } from '#schemas/codes.ts';
import { sealFolder, sealObject, sealSeqOf } from '#schemas/names.ts';
import type { Log, Storage, StoredObject } from './ports.ts';
import { isId, type ListedEntry, type Look, STALE_RUN } from './register.ts';
import { type Entry, LARGEST_ENTRY, type LogId, readEntry } from './register-entry.ts';

/** Reads entries once each: a generation never changes. */
export type EntryCache = Map<string, Entry | 'junk'>;

const PAGE = STALE_RUN;
const TOGETHER = 16;

const readOne = async (
  storage: Storage,
  log: LogId,
  object: StoredObject,
  cache: EntryCache,
  logger: Log,
): Promise<Entry | 'junk'> => {
  const key = `${object.name}#${object.generation}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const entry = await (async () => {
    if (object.size > LARGEST_ENTRY) return undefined;
    const content = await storage.read(object.bucket, object.name, {
      generation: object.generation,
      limit: LARGEST_ENTRY,
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
  cache.set(key, entry ?? 'junk');
  return entry ?? 'junk';
};

/** Holds a seal that took a fresh nonce: then no older seal can hold a higher one. */
const fixesNonce = (entry: Entry | 'junk'): boolean =>
  entry !== 'junk' && entry.kind === 'seal' && entry.items.some(({ request }) => !isId(request.replaces));

/** Ids that this entry seals. */
const sealedIn = (entry: Entry | 'junk'): readonly string[] =>
  entry !== 'junk' && entry.kind === 'seal' ? entry.items.map(({ id }) => id) : [];

/**
 * Looks at one log: all generations, newest name first, back to `since` (ms), to the newest seal with a fresh nonce, and to the seals of
 * every id in `wanted` (what is replaced may be older than any horizon). `at` is the Date of the *first* page, so nothing that was created
 * before it is missing. Throws REGISTER_CORRUPT, and what Storage throws.
 */
export const lookAt = async (
  storage: Storage,
  log: LogId,
  since: number,
  cache: EntryCache,
  logger: Log,
  wanted: ReadonlySet<string> = new Set(),
): Promise<Look> => {
  const entries: ListedEntry[] = [];
  const listed: { seq: bigint; timeCreated: number }[] = [];
  const missing = new Set(wanted);
  let at: number | undefined;
  let from: string | undefined;
  let nonceKnown = false;
  let stale = 0;
  for (;;) {
    const first = from === undefined;
    const page = await storage.list(log.registerBucket, sealFolder(log.chainId, log.address), {
      versions: true,
      limit: PAGE,
      ...(from === undefined ? {} : { from }),
    });
    at ??= page.at;
    const began = at;
    let fresh = 0;
    for (let i = 0; i < page.objects.length; i += TOGETHER) {
      const chunk = page.objects.slice(i, i + TOGETHER);
      const read = await Promise.all(
        chunk.map((object) =>
          object.timeCreated >= since || !nonceKnown || missing.size > 0
            ? readOne(storage, log, object, cache, logger)
            : undefined,
        ),
      );
      chunk.forEach((object, n) => {
        const seq = sealSeqOf(object.name);
        if (seq === undefined) return;
        const { timeCreated } = object;
        listed.push({ seq, timeCreated });
        if (timeCreated >= since) fresh++;
        else stale++;
        const entry = read[n];
        if (entry === undefined || entry === 'junk') return;
        nonceKnown ||= fixesNonce(entry);
        for (const id of sealedIn(entry)) missing.delete(id);
        const early = first || timeCreated < began;
        entries.push({ name: object.name, generation: object.generation, seq, timeCreated, early, entry });
      });
    }
    from = page.next;
    if (from === undefined || (fresh === 0 && stale >= STALE_RUN && nonceKnown && missing.size === 0)) break;
  }
  return { entries, taken: new Set(listed.map(({ seq }) => seq)), listed, at: at ?? 0, since };
};

/** Creates an entry at `seq`; false where that name is taken: look again. */
export const appendEntry = async (storage: Storage, log: LogId, seq: bigint, bytes: Uint8Array): Promise<boolean> =>
  (await storage.createOnce(log.registerBucket, sealObject(log.chainId, log.address, seq), bytes)).created;
