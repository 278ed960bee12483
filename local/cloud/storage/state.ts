import type { StorageRecord, StoredBucket, StoredObject } from './model.ts';
import { lowerBound } from './ordering.ts';

export interface Kept {
  readonly object: StoredObject;
  readonly bytes: Buffer;
}

interface Shelf {
  bucket: StoredBucket;
  /** Every name that has a generation, in listing order. */
  readonly names: string[];
  /** Generations of a name, oldest first. */
  readonly kept: Map<string, Kept[]>;
}

/** The memory of a store: changed only by `apply`, so that it is always what the journal says. */
export class StorageState {
  readonly #shelves = new Map<string, Shelf>();
  /** The highest generation given out so far. */
  lastGeneration = 0;

  bucket(name: string): StoredBucket | undefined {
    return this.#shelves.get(name)?.bucket;
  }

  buckets(): StoredBucket[] {
    return [...this.#shelves.values()].map(({ bucket }) => bucket);
  }

  names(bucket: string): readonly string[] {
    return this.#shelves.get(bucket)?.names ?? [];
  }

  generations(bucket: string, name: string): readonly Kept[] {
    return this.#shelves.get(bucket)?.kept.get(name) ?? [];
  }

  live(bucket: string, name: string): Kept | undefined {
    const newest = this.generations(bucket, name).at(-1);
    return newest?.object.deleted === null ? newest : undefined;
  }

  /** One generation, or the live one. */
  find(bucket: string, name: string, generation: number | undefined): Kept | undefined {
    if (generation === undefined) return this.live(bucket, name);
    return this.generations(bucket, name).find(({ object }) => object.generation === generation);
  }

  apply(record: StorageRecord): void {
    switch (record.kind) {
      case 'bucket': {
        const { bucket } = record;
        const shelf = this.#shelves.get(bucket.name);
        if (shelf === undefined) this.#shelves.set(bucket.name, { bucket, names: [], kept: new Map() });
        else shelf.bucket = bucket;
        this.lastGeneration = Math.max(this.lastGeneration, bucket.generation);
        break;
      }
      case 'bucketDeleted':
        this.#shelves.delete(record.name);
        break;
      case 'insert': {
        const { object, replaced } = record;
        if (replaced !== null)
          this.#change(object.bucket, object.name, replaced.generation, (old) =>
            replaced.archived === null ? undefined : { ...old, deleted: replaced.archived },
          );
        this.#add({ object, bytes: Buffer.from(record.bytes, 'base64') });
        this.lastGeneration = Math.max(this.lastGeneration, object.generation);
        break;
      }
      case 'patch':
        this.#change(record.object.bucket, record.object.name, record.object.generation, () => record.object);
        break;
      case 'archive':
        this.#change(record.bucket, record.name, record.generation, (old) => ({ ...old, deleted: record.at }));
        break;
      case 'remove':
        this.#change(record.bucket, record.name, record.generation, () => undefined);
        break;
    }
  }

  #shelf(bucket: string): Shelf {
    const shelf = this.#shelves.get(bucket);
    if (shelf === undefined) throw new Error(`journal names bucket ${bucket}, which it never created`);
    return shelf;
  }

  #add(kept: Kept): void {
    const { names, kept: byName } = this.#shelf(kept.object.bucket);
    const { name } = kept.object;
    const generations = byName.get(name);
    if (generations !== undefined) generations.push(kept);
    else {
      byName.set(name, [kept]);
      names.splice(lowerBound(names, name), 0, name);
    }
  }

  #change(bucket: string, name: string, generation: number, to: (old: StoredObject) => StoredObject | undefined): void {
    const { names, kept } = this.#shelf(bucket);
    const next = (kept.get(name) ?? []).flatMap((one) => {
      if (one.object.generation !== generation) return [one];
      const object = to(one.object);
      return object === undefined ? [] : [{ object, bytes: one.bytes }];
    });
    if (next.length > 0) kept.set(name, next);
    else if (kept.delete(name)) names.splice(lowerBound(names, name), 1);
  }
}
