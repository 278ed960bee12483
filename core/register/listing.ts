import type { Storage, StoredObject } from '#core/ports.ts';
import { sealFolder, sealObject, sealSeqOf } from '#schemas/names.ts';
import type { RegisterRef } from './entry.ts';

/** The most that one call lists: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
const PAGE_SIZE = 1000;

/** One generation at a name of the log. */
export interface Named {
  readonly object: StoredObject;
  readonly seq: bigint;
  /** Certainly there when the listing began: on its first page, or created before. */
  readonly early: boolean;
}

/** All generations of one log, newest name first, a page at a time. Names that are not exactly those of entries count for nothing. */
export class Listing {
  readonly named: Named[] = [];
  readonly taken = new Set<bigint>();
  /** ms: the Date of the *first* page, so nothing that was created before it is missing. */
  at = 0;
  readonly #storage: Pick<Storage, 'list'>;
  readonly #log: RegisterRef;
  #from: string | undefined;
  #pages = 0;

  constructor(storage: Pick<Storage, 'list'>, log: RegisterRef) {
    this.#storage = storage;
    this.#log = log;
  }

  /** One more page; false where there is none. */
  async more(): Promise<boolean> {
    if (this.#pages > 0 && this.#from === undefined) return false;
    const { chainId, address, registerBucket } = this.#log;
    const page = await this.#storage.list(registerBucket, sealFolder(chainId, address), {
      versions: true,
      limit: PAGE_SIZE,
      ...(this.#from === undefined ? {} : { from: this.#from }),
    });
    const isFirst = this.#pages === 0;
    if (isFirst) this.at = page.at;
    for (const object of page.objects) {
      const seq = sealSeqOf(object.name);
      if (seq === undefined || object.name !== sealObject(chainId, address, seq)) continue;
      this.named.push({ object, seq, early: isFirst || object.timeCreated < this.at });
      this.taken.add(seq);
    }
    this.#from = page.next;
    this.#pages += 1;
    return true;
  }
}
