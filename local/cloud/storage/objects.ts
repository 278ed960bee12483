import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { BucketStore } from './buckets.ts';
import { crc32cOf, md5Of, requireChecksums } from './checksums.ts';
import { ruleHits } from './lifecycle.ts';
import { type ListPage, type ListQuery, listPage } from './listing.ts';
import type { StoredBucket, StoredObject } from './model.ts';
import { objectAt, requireObjectName } from './names.ts';
import { type EventType, noticesOf } from './notifications.ts';
import {
  headersOf,
  type InsertOptions,
  type ObjectFields,
  type ObjectPatch,
  requireMetadataSize,
  type Which,
  withoutNulls,
} from './object-fields.ts';
import { type Preconditions, requirePreconditions } from './preconditions.ts';
import { requireUnretained } from './retention.ts';
import type { Kept } from './state.ts';

export type Publish = (topic: string, data: Buffer, attributes: Record<string, string>) => void;

export interface ObjectStoreOptions {
  /** Whether Cloud Storage may publish to that topic, `projects/P/topics/T`, which is there. Default: it may. */
  readonly mayPublish?: (topic: string) => boolean;
  /**
   * What a writer with create but without delete (or under retention) meets at a name that is taken, when it asked for generation 0. Which
   * of the two Google checks first is not documented, so that whoever writes there must take either for "it exists". Default 412.
   */
  readonly existingAnswers?: 412 | 403;
}

/** Buckets and objects in memory, with Cloud Storage's rules. https://cloud.google.com/storage/docs/json_api/v1/objects */
export class ObjectStore extends BucketStore {
  readonly #publish: Publish;
  readonly #existingAnswers: 412 | 403;

  constructor(world: World, publish: Publish, options: ObjectStoreOptions = {}) {
    super(world, options.mayPublish);
    this.#publish = publish;
    this.#existingAnswers = options.existingAnswers ?? 412;
  }

  /** Everything that would refuse an insert now, without its bytes: the start of a resumable upload asks this, and its end again. */
  checkInsert(caller: Caller, bucketName: string, name: string, preconditions: Preconditions = {}): void {
    const bucket = this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.objects.create', this.#objectAt(bucketName, name));
    this.#requireRoom(caller, bucket, name, preconditions);
  }

  insert(caller: Caller, bucketName: string, name: string, bytes: Buffer, options: InsertOptions = {}): StoredObject {
    const bucket = this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.objects.create', this.#objectAt(bucketName, name));
    return this.world.faults.around('storage.objects.insert', `${bucketName}/${name}`, () => {
      this.#requireRoom(caller, bucket, name, options.preconditions ?? {});
      const sums = { crc32c: crc32cOf(bytes), md5: md5Of(bytes) };
      requireChecksums(options, sums);
      const metadata = withoutNulls(options.metadata ?? {});
      requireMetadataSize(metadata);
      const old = this.state.live(bucketName, name)?.object;
      const now = this.world.clock.now();
      const object: StoredObject = {
        bucket: bucketName,
        name,
        generation: this.nextGeneration(),
        metageneration: 1,
        created: now,
        updated: now,
        deleted: null,
        size: bytes.length,
        ...sums,
        headers: withoutNulls(headersOf(options)),
        metadata,
      };
      const archived = bucket.versioning ? now : null;
      this.commit({
        kind: 'insert',
        object,
        bytes: bytes.toString('base64'),
        replaced: old === undefined ? null : { generation: old.generation, archived },
      });
      options.onStored?.(object);
      const overwrote: Record<string, string> =
        old === undefined ? {} : { overwroteGeneration: String(old.generation) };
      this.#announce(bucket, object, 'OBJECT_FINALIZE', overwrote);
      if (old !== undefined)
        this.#announce(bucket, { ...old, deleted: archived }, bucket.versioning ? 'OBJECT_ARCHIVE' : 'OBJECT_DELETE', {
          overwrittenByGeneration: String(object.generation),
        });
      return object;
    });
  }

  /** Metadata of one generation. 304 (`CloudError.http`) where a NotMatch precondition names what is there. */
  get(caller: Caller, bucketName: string, name: string, which: Which = {}): StoredObject {
    return this.read(caller, bucketName, name, which).object;
  }

  read(caller: Caller, bucketName: string, name: string, which: Which = {}): Kept {
    this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.objects.get', this.#objectAt(bucketName, name));
    return this.world.faults.around('storage.objects.get', `${bucketName}/${name}`, () => {
      const kept = this.#existing(caller, bucketName, name, which.generation);
      requirePreconditions(which.preconditions ?? {}, kept.object, 'read');
      return kept;
    });
  }

  list(caller: Caller, bucketName: string, query: ListQuery = {}): ListPage {
    this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.objects.list', this.at(bucketName));
    return this.world.faults.around('storage.objects.list', `${bucketName}/${query.prefix ?? ''}`, () =>
      listPage(
        this.state.names(bucketName),
        (name) => this.state.generations(bucketName, name).map(({ object }) => object),
        query,
      ),
    );
  }

  patchObject(caller: Caller, bucketName: string, name: string, patch: ObjectPatch, which: Which = {}): StoredObject {
    const bucket = this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.objects.update', this.#objectAt(bucketName, name));
    return this.world.faults.around('storage.objects.patch', `${bucketName}/${name}`, () => {
      const { object: old } = this.#existing(caller, bucketName, name, which.generation);
      requirePreconditions(which.preconditions ?? {}, old, 'write');
      const metadata = patch.metadata === null ? {} : withoutNulls({ ...old.metadata, ...patch.metadata });
      requireMetadataSize(metadata);
      const object: StoredObject = {
        ...old,
        metageneration: old.metageneration + 1,
        updated: this.world.clock.now(),
        headers: withoutNulls({ ...old.headers, ...headersOf(patch) }),
        metadata,
      };
      this.commit({ kind: 'patch', object });
      this.#announce(bucket, object, 'OBJECT_METADATA_UPDATE');
      return object;
    });
  }

  /** The live object (archived if the bucket keeps versions), or exactly one generation, for good. */
  delete(caller: Caller, bucketName: string, name: string, which: Which = {}): void {
    const bucket = this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.objects.delete', this.#objectAt(bucketName, name));
    this.world.faults.around('storage.objects.delete', `${bucketName}/${name}`, () => {
      const { object } = this.#existing(caller, bucketName, name, which.generation);
      requirePreconditions(which.preconditions ?? {}, object, 'write');
      this.#drop(bucket, object, bucket.versioning && which.generation === undefined);
    });
  }

  /** A copy as one new generation, in one call; `fields`, where given, take the place of the source's. */
  copy(
    caller: Caller,
    from: Which & { readonly bucket: string; readonly name: string; readonly maxBytes?: number | undefined },
    to: { readonly bucket: string; readonly name: string; readonly preconditions?: Preconditions | undefined },
    fields?: ObjectFields,
  ): StoredObject {
    const { object, bytes } = this.read(caller, from.bucket, from.name, from);
    if (bytes.length > (from.maxBytes ?? bytes.length)) throw unimplemented('storage: a rewrite in more than one call');
    const kept = fields ?? { ...object.headers, metadata: object.metadata };
    return this.insert(caller, to.bucket, to.name, bytes, { ...kept, preconditions: to.preconditions });
  }

  /**
   * Does what the buckets' lifecycle rules ask for at this moment; answers how many generations were archived or removed. Google does it at
   * some time within about a day, so that nothing may rely on when; here whoever owns the clock calls it.
   */
  applyLifecycle(): number {
    const now = this.world.clock.now();
    const due = this.state.buckets().flatMap((bucket) =>
      this.state.names(bucket.name).flatMap((name) => {
        const all = this.state.generations(bucket.name, name);
        return all
          .filter(({ object }, at) => bucket.lifecycle.some((rule) => ruleHits(rule, object, all.length - 1 - at, now)))
          .map(({ object }) => ({ bucket, object }));
      }),
    );
    return due.filter(({ bucket, object }) => {
      try {
        this.#drop(bucket, object, bucket.versioning && object.deleted === null);
        return true;
      } catch (error) {
        if (error instanceof CloudError && error.reason === 'retentionPolicyNotMet') return false;
        throw error;
      }
    }).length;
  }

  #objectAt(bucket: string, name: string) {
    return objectAt(this.world.project.id, bucket, name);
  }

  /** NOT_FOUND only for a caller who may list: to any other it is the same 403 as an object that is there. */
  #existing(caller: Caller, bucket: string, name: string, generation: number | undefined): Kept {
    const kept = this.state.find(bucket, name, generation);
    if (kept !== undefined) return kept;
    this.world.iam.require(caller, 'storage.objects.list', this.at(bucket));
    throw new CloudError(
      'NOT_FOUND',
      `No such object: ${bucket}/${name}${generation === undefined ? '' : `#${generation}`}`,
    );
  }

  #requireRoom(caller: Caller, bucket: StoredBucket, name: string, preconditions: Preconditions): void {
    requireObjectName(name);
    const live = this.state.live(bucket.name, name)?.object;
    if (this.#existingAnswers === 412) requirePreconditions(preconditions, live, 'write');
    if (live !== undefined) {
      this.world.iam.require(caller, 'storage.objects.delete', this.#objectAt(bucket.name, name));
      if (!bucket.versioning) requireUnretained(bucket, live, this.world.clock.now());
    }
    requirePreconditions(preconditions, live, 'write');
  }

  #drop(bucket: StoredBucket, object: StoredObject, archive: boolean): void {
    const now = this.world.clock.now();
    const { name, generation } = object;
    if (archive) this.commit({ kind: 'archive', bucket: bucket.name, name, generation, at: now });
    else {
      requireUnretained(bucket, object, now);
      this.commit({ kind: 'remove', bucket: bucket.name, name, generation });
    }
    this.#announce(
      bucket,
      archive ? { ...object, deleted: now } : object,
      archive ? 'OBJECT_ARCHIVE' : 'OBJECT_DELETE',
    );
  }

  /** Best effort, as Google's notifications are to the writer: what happened stays so when nobody can be told. */
  #announce(bucket: StoredBucket, object: StoredObject, type: EventType, more: Record<string, string> = {}): void {
    for (const { topic, data, attributes } of noticesOf(bucket, object, type, this.world.clock.now(), more)) {
      try {
        this.#publish(topic, data, attributes);
      } catch (error) {
        this.world.note(
          `storage: ${type} of ${bucket.name}/${object.name} not delivered to ${topic}: ${String(error)}`,
        );
      }
    }
  }
}
