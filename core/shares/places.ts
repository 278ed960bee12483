import type { Storage, StoredObject } from '#core/ports.ts';
import { coSignerNamed, type Law } from '#schemas/config.ts';
import { keyObjectOf, rejectionObject, type ShareLocation } from '#schemas/names.ts';
import { MAX_LISTED, type Votes, votesIn } from './list.ts';

/** Pages of one place that are read whole at most. Whoever fills his own place is listed request by request, and delays nobody else. */
const MAX_PAGES = 20;
const NOTHING: Votes = { shares: [], rejection: undefined };

interface Gathered {
  readonly shares: StoredObject[];
  rejection: StoredObject | undefined;
}

/**
 * The places of co-signers, each listed once for all requests that one tick looks at. A place that takes more pages than there are requests is
 * listed for each of them instead. What it shows is as old as the tick: whoever acts on it lists again.
 */
export class SharePlaces {
  readonly #storage: Storage;
  readonly #law: Law;
  readonly #ids: ReadonlySet<string>;
  readonly #places = new Map<string, Promise<ReadonlyMap<string, Votes> | undefined>>();

  /** `ids`: the requests that will be asked about. */
  constructor(storage: Storage, law: Law, ids: ReadonlySet<string>) {
    this.#storage = storage;
    this.#law = law;
    this.#ids = ids;
  }

  /** Throws where the place cannot be listed. */
  async votesOf(coSigner: string, id: string): Promise<Votes> {
    const location = coSignerNamed(this.#law, coSigner)?.shareLocation;
    if (location === undefined) return NOTHING;
    const place = this.#places.get(coSigner) ?? this.#whole(location);
    this.#places.set(coSigner, place);
    const votes = this.#ids.has(id) ? await place : undefined;
    return votes === undefined ? votesIn(this.#storage, location, id) : (votes.get(id) ?? NOTHING);
  }

  /** By request. Undefined where it is too large. */
  async #whole(location: ShareLocation): Promise<ReadonlyMap<string, Votes> | undefined> {
    const found = new Map<string, Gathered>();
    let from: string | undefined;
    for (let pages = 1; ; pages++) {
      const options = { versions: true, ...(from === undefined ? {} : { from }) };
      const page = await this.#storage.list(location.bucket, location.prefix, options);
      for (const object of page.objects) this.#gather(location, object, found);
      if (page.next === undefined) return found;
      if (pages >= Math.min(this.#ids.size, MAX_PAGES)) return undefined;
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
