import { KeyturnError } from '#schemas/codes.ts';
import { sealFolder, sealObject, sealSeqOf } from '#schemas/names.ts';
import type { Log, Storage, StoredObject } from './ports.ts';
import { type ListedEntry, type Look, takesFreshNonce } from './register.ts';
import { type Entry, LARGEST_ENTRY, type LogId, readEntry } from './register-entry.ts';

/** Reads entries once each: a generation never changes. */
export type EntryCache = Map<string, Entry | 'junk'>;

const PAGE = 200;
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

/** Ids that this entry seals. */
const sealedIn = (entry: Entry | 'junk'): readonly string[] =>
  entry !== 'junk' && entry.kind === 'seal' ? entry.items.map(({ id }) => id) : [];

/**
 * Looks at one log: all generations, newest name first, down to the first seal with a fresh nonce that is older than `since` (ms), and to
 * the seals of every id in `wanted` (what is replaced may be older than any horizon). Only what the wallet signed ends a listing: a count of
 * old objects could be brought about by anyone who may create some, and would bury seals that were made below them. What lies below that
 * seal and is younger than `since` plus the slack cannot be: whoever made it would have had to plan it before that seal was there, and no
 * access token lives that long. `at` is the Date of the *first* page, so nothing that was created before it is missing. Names that are not
 * exactly those of entries count for nothing. Throws REGISTER_CORRUPT, and what Storage throws.
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
  const taken = new Set<bigint>();
  const missing = new Set(wanted);
  let at: number | undefined;
  let from: string | undefined;
  let ended = false;
  for (;;) {
    const first = from === undefined;
    const page = await storage.list(log.registerBucket, sealFolder(log.chainId, log.address), {
      versions: true,
      limit: PAGE,
      ...(from === undefined ? {} : { from }),
    });
    at ??= page.at;
    const began = at;
    const named = page.objects.flatMap((object) => {
      const seq = sealSeqOf(object.name);
      return seq !== undefined && object.name === sealObject(log.chainId, log.address, seq) ? [{ object, seq }] : [];
    });
    for (let i = 0; i < named.length; i += TOGETHER) {
      const chunk = named.slice(i, i + TOGETHER);
      const read = await Promise.all(chunk.map(({ object }) => readOne(storage, log, object, cache, logger)));
      chunk.forEach(({ object, seq }, n) => {
        const { name, generation, timeCreated } = object;
        taken.add(seq);
        const entry = read[n];
        if (entry === undefined || entry === 'junk') return;
        for (const id of sealedIn(entry)) missing.delete(id);
        ended ||= timeCreated < since && takesFreshNonce(entry);
        const early = first || timeCreated < began;
        entries.push({ name, generation, seq, timeCreated, early, entry });
      });
    }
    from = page.next;
    if (from === undefined || (ended && missing.size === 0)) break;
  }
  return { entries, taken, at: at ?? 0, since };
};

/** Creates an entry at `seq`; false where that name is taken: look again. */
export const appendEntry = async (storage: Storage, log: LogId, seq: bigint, bytes: Uint8Array): Promise<boolean> =>
  (await storage.createOnce(log.registerBucket, sealObject(log.chainId, log.address, seq), bytes)).created;
