import type { Storage, StoredObject } from '#core/ports.ts';
import { coSignerNamed, type Law } from '#schemas/config.ts';
import { keyObjectOf, rejectionObject, type ShareLocation } from '#schemas/names.ts';
import { MAX_LISTED, NO_VOTES, type Votes, votesIn } from './list.ts';

/** Pages of one place that are read whole at most. Whoever fills his own place is listed request by request, and delays nobody else. */
const MAX_PAGES = 20;

interface Gathered {
  readonly shares: StoredObject[];
  rejection: StoredObject | undefined;
}

/**
 * The places of co-signers, each listed once for all requests that one tick or one batch looks at. A place that takes more pages than there are requests is
 * listed for each of them instead. What it shows is as old as the first look at it: a tick lists again what it acts on.
 */
export class SharePlaces {
  readonly #storageOf: (coSigner: string) => Storage;
  readonly #law: Law;
  readonly #ids: ReadonlySet<string>;
  readonly #mostPages: number;
  readonly #places = new Map<string, Promise<ReadonlyMap<string, Votes> | undefined>>();

  /** `storageOf`: the identity that may list that co-signer's place. `ids`: the requests that will be asked about. */
  constructor(storageOf: (coSigner: string) => Storage, law: Law, ids: ReadonlySet<string>, mostPages = MAX_PAGES) {
    this.#storageOf = storageOf;
    this.#mostPages = mostPages;
    this.#law = law;
    this.#ids = ids;
  }

  /** Throws where the place cannot be listed. */
  async votesOf(coSigner: string, id: string): Promise<Votes> {
    const location = coSignerNamed(this.#law, coSigner)?.shareLocation;
    if (location === undefined) return NO_VOTES;
    // A mark may say of its request that no vote counts any more, and the facts may say that they do.
    if (!this.#ids.has(id)) return votesIn(this.#storageOf(coSigner), location, id);
    const place = this.#places.get(coSigner) ?? this.#whole(this.#storageOf(coSigner), location);
    this.#places.set(coSigner, place);
    const votes = await place;
    return votes === undefined ? votesIn(this.#storageOf(coSigner), location, id) : (votes.get(id) ?? NO_VOTES);
  }

  /** By request. Undefined where it is too large. */
  async #whole(storage: Storage, location: ShareLocation): Promise<ReadonlyMap<string, Votes> | undefined> {
    const found = new Map<string, Gathered>();
    let from: string | undefined;
    for (let pages = 1; ; pages++) {
      const options = { versions: true, ...(from === undefined ? {} : { from }) };
      const page = await storage.list(location.bucket, location.prefix, options);
      for (const object of page.objects) this.#gather(location, object, found);
      if (page.next === undefined) return found;
      if (pages >= Math.min(this.#ids.size, this.#mostPages)) return undefined;
      from = page.next;
    }
  }

  #gather(location: ShareLocation, object: StoredObject, found: Map<string, Gathered>): void {
    const known = keyObjectOf(location, object.name);
    if (known === undefined || !this.#ids.has(known.id)) return;
    const votes = found.get(known.id) ?? { shares: [], rejection: undefined };
    found.set(known.id, votes);
    if (known.kind === 'share' && votes.shares.length < MAX_LISTED) votes.shares.push(object);
    // Of a rejection the live generation counts: its listing by name shows no other.
    if (object.live && object.name === rejectionObject(location, known.id)) votes.rejection = object;
  }
}
