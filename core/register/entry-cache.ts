import type { StoredObject } from '#core/ports.ts';
import type { Entry } from './entry.ts';

/** Reads entries once each: a generation never changes. A Map is one; one that is bounded may forget. `bytes`: of the entry, as stored. */
export interface EntryCache {
  get(key: string): Entry | 'junk' | undefined;
  set(key: string, entry: Entry | 'junk', bytes: number): unknown;
}

const keyOf = ({ name, generation }: StoredObject): string => `${name}#${generation}`;

/** Without its evidence, which is most of a small seal: it is for auditors, and decides nothing here. */
const bare = (entry: Entry): Entry => (entry.kind === 'seal' ? { ...entry, evidence: '' } : entry);

export const keptOf = (cache: EntryCache, object: StoredObject): Entry | 'junk' | undefined => cache.get(keyOf(object));

/** What a generation holds is kept from now on. Undefined: junk. */
export const keep = (cache: EntryCache, object: StoredObject, entry: Entry | undefined): Entry | 'junk' => {
  const evidence = entry?.kind === 'seal' ? entry.evidence.length : 0;
  const kept = entry === undefined ? 'junk' : bare(entry);
  cache.set(keyOf(object), kept, object.size - evidence);
  return kept;
};
