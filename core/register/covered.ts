import type { TransactionRequest } from '#schemas/request.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { SealItem } from './entry.ts';
import { type EntryNote, type ItemNote, type Prefix, prefixOfId, prefixOfReference } from './notes.ts';

/**
 * What a view knows of entries that it did not read: what a checkpoint notes of them. A note answers "perhaps", never "yes": whatever may
 * matter to a question is read first. Whoever asks about something else gets an error, not an answer.
 */
export interface NotedGeneration {
  readonly seq: bigint;
  /** ms */
  readonly timeCreated: number;
  readonly note: EntryNote;
}

/** A checkpoint whose very set a listing shows, and the places in that set whose entries are in the view. */
export interface Covered {
  readonly checkpoint: Checkpoint;
  readonly noted: readonly NotedGeneration[];
  readonly read: ReadonlySet<number>;
}

/** What two seals of one reference have in common, within one log. */
export const referenceOf = ({ requester, reference }: Pick<TransactionRequest, 'requester' | 'reference'>): string =>
  [requester, reference].join(',');

/** What a read is about: requests, sealed or not, and ids besides. */
export interface About {
  readonly requests: readonly { readonly id: string; readonly request: TransactionRequest }[];
  readonly ids: ReadonlySet<string>;
  /** What is sealed in all that was read so far: chains and nonces lead from there into the set. */
  readonly sealed: readonly SealItem[];
}

/** Places in a set's order, by what stands there. */
class Index<K> {
  readonly #places = new Map<K, number[]>();

  add(key: K, place: number): void {
    const known = this.#places.get(key);
    if (known === undefined) this.#places.set(key, [place]);
    else known.push(place);
  }

  at(key: K): readonly number[] {
    return this.#places.get(key) ?? [];
  }
}

class Indexes {
  readonly ids = new Index<Prefix>();
  readonly replaced = new Index<Prefix>();
  readonly references = new Index<Prefix>();
  readonly nonces = new Index<bigint>();

  constructor({ entries }: Checkpoint) {
    entries.forEach((note, place) => {
      if (note.kind === 'close') for (const id of note.ids) this.ids.add(id, place);
      if (note.kind !== 'seal') return;
      for (const item of note.items) {
        this.ids.add(item.id, place);
        if (item.replaces !== '') this.replaced.add(item.replaces, place);
        this.references.add(item.reference, place);
        this.nonces.add(item.nonce, place);
      }
    });
  }
}

const indexed = new WeakMap<Checkpoint, Indexes>();

const indexesOf = (checkpoint: Checkpoint): Indexes => {
  const known = indexed.get(checkpoint) ?? new Indexes(checkpoint);
  indexed.set(checkpoint, known);
  return known;
};

const itemsAt = ({ entries }: Checkpoint, place: number): readonly ItemNote[] => {
  const note = entries[place];
  return note?.kind === 'seal' ? note.items : [];
};

type Link = Pick<ItemNote, 'id' | 'replaces' | 'nonce'>;

const linkOf = ({ id, nonce, request: { replaces } }: SealItem): Link => ({
  id: prefixOfId(id),
  replaces: isRequestId(replaces) ? prefixOfId(replaces) : '',
  nonce,
});

/**
 * Places of all entries that could matter to these requests: of the same id, reference or nonce. Those of the whole chain of replacements too,
 * up and down, with the nonces of all that is in it.
 */
export const placesAbout = (checkpoint: Checkpoint, { requests, ids, sealed }: About): ReadonlySet<number> => {
  const links = sealed.map(linkOf);
  const indexes = indexesOf(checkpoint);
  const found = new Set<number>();
  const chain = new Set<Prefix>();
  const next: Prefix[] = [];
  const include = (places: readonly number[]): void => {
    for (const place of places) found.add(place);
  };
  const follow = (id: Prefix): void => {
    if (id === '' || chain.has(id)) return;
    chain.add(id);
    next.push(id);
  };
  for (const id of ids) follow(prefixOfId(id));
  for (const { id, request } of requests) {
    follow(prefixOfId(id));
    if (isRequestId(request.replaces)) follow(prefixOfId(request.replaces));
    include(indexes.references.at(prefixOfReference(referenceOf(request))));
    if (request.nonce !== '') include(indexes.nonces.at(BigInt(request.nonce)));
  }
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    const [own, below] = [indexes.ids.at(id), indexes.replaced.at(id)];
    include(own);
    include(below);
    for (const item of [...[...own, ...below].flatMap((place) => itemsAt(checkpoint, place)), ...links]) {
      if (item.id !== id && item.replaces !== id) continue;
      include(indexes.nonces.at(item.nonce));
      follow(item.id);
      follow(item.replaces);
    }
  }
  return found;
};

/** What a rule asks a view about. */
export interface Asked {
  readonly ids?: readonly string[];
  readonly reference?: string;
  readonly nonce?: bigint;
}

/** Throws where the view has not read all that could matter to the answer. No answer may rest on what was not read. */
export const mustBeRead = (covered: Covered | undefined, { ids = [], reference, nonce }: Asked): void => {
  if (covered === undefined) return;
  const { checkpoint, read } = covered;
  const indexes = indexesOf(checkpoint);
  const places = [
    ...ids.flatMap((id) => indexes.ids.at(prefixOfId(id))),
    ...(reference === undefined ? [] : indexes.references.at(prefixOfReference(reference))),
    ...(nonce === undefined ? [] : indexes.nonces.at(nonce)),
  ];
  if (places.some((place) => !read.has(place))) throw new RangeError('a view was asked about what it did not read');
};

/** What is noted of the entries that were not read. */
export const unread = (covered: Covered | undefined): readonly NotedGeneration[] =>
  covered === undefined ? [] : covered.noted.filter((_, place) => !covered.read.has(place));

/** What is noted of the requests in them. */
export const unreadItems = (covered: Covered | undefined): readonly ItemNote[] =>
  unread(covered).flatMap(({ note }) => (note.kind === 'seal' ? note.items : []));

/** Holds a request that took a nonce of its own. */
export const notesFreshNonce = (note: EntryNote): boolean =>
  note.kind === 'seal' && note.items.some(({ replaces }) => replaces === '');
