import type { BucketSettings, Storage, StoredObject } from '#core/ports.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { bindOwner } from '#local/lab/bindings.ts';
import { OWNER } from '#local/lab/people.ts';
import { canonicalBytes, type Json } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { orNone, type StorageCall, storageOver } from './storage-port.ts';

/** The error by which a call fails before it has any effect; undefined where it goes on. */
export type Fault = (call: StorageCall['kind'], bucket: string, name: string) => Error | undefined;

/** An identity that may neither list nor read below these `bucket/prefix`. */
export const denying =
  (...paths: readonly string[]): Fault =>
  (_, bucket, name) =>
    paths.some((path) => `${bucket}/${name}`.startsWith(path))
      ? new KeyturnError('PERMISSION_DENIED', `storage: gs://${bucket}/${name}: HTTP 403`)
      : undefined;

interface Put {
  readonly metadata?: Readonly<Record<string, string>>;
  /** ms */
  readonly timeCreated?: number;
}

/** The tests' one Storage port over a store of its own, with what whoever owns its buckets can do behind everyone's back. */
export class MemoryStorage implements Storage {
  readonly #store: ObjectStore;
  readonly #port: Storage;
  readonly #buckets: string[] = [];
  #stamp: number | undefined;
  /** Cloud Storage's clock, in ms. */
  now: () => number;
  fault: Fault = () => undefined;
  /** Runs once before the next call of that kind on a name with that prefix: another actor's move in between. */
  before: { call: StorageCall['kind']; prefix: string; run: () => void | Promise<void> } | undefined;
  /** The most that one page of a listing holds: Cloud Storage may list fewer than it is asked for. */
  page = 1000;
  /** `<kind> <bucket>/<name>` of each call. */
  readonly calls: string[] = [];
  /** What a bucket says of itself that its owner can arrange and this store cannot: another project, folders that can be renamed. */
  readonly disguises = new Map<string, Partial<BucketSettings>>();

  constructor(now: () => number, buckets: readonly string[]) {
    this.now = now;
    const clock = { now: () => this.#stamp ?? this.now(), after: () => () => {} };
    const world = createWorld({ clock, project: { id: 'lab-project', number: '1' } });
    bindOwner(world);
    this.#store = new ObjectStore(world, () => {});
    this.create(...buckets);
    this.#port = storageOver({ store: this.#store, world }, OWNER, async (call, run) => {
      await this.#enter(call);
      return run();
    });
  }

  async #enter({ kind, bucket, name }: StorageCall): Promise<void> {
    this.calls.push(`${kind} ${bucket}/${name}`);
    const { before } = this;
    if (before?.call === kind && name.startsWith(before.prefix)) {
      this.before = undefined;
      await before.run();
    }
    const error = this.fault(kind, bucket, name);
    if (error !== undefined) throw error;
  }

  /** Buckets as production has them: without versions. One that is there stays. */
  create(...buckets: readonly string[]): void {
    for (const bucket of buckets.filter((each) => !this.#buckets.includes(each))) {
      this.#store.createBucket(OWNER, bucket);
      this.#buckets.push(bucket);
    }
  }

  /** A retention policy of so many seconds; from now on it keeps everybody from removing what is younger. */
  retain(bucket: string, retentionSeconds: number, locked: boolean): void {
    const { metageneration } = this.#store.patchBucket(OWNER, bucket, { retentionSeconds });
    if (locked) this.#store.lockRetentionPolicy(OWNER, bucket, metageneration);
  }

  /** A new live generation, in place of the one that may be there. */
  put(
    bucket: string,
    name: string,
    content: Json | Uint8Array,
    { metadata = {}, timeCreated }: Put = {},
  ): StoredObject {
    const bytes = content instanceof Uint8Array ? content : canonicalBytes(content);
    this.#stamp = timeCreated;
    try {
      const made = this.#store.insert(OWNER, bucket, name, Buffer.from(bytes), { metadata });
      const { size, created, crc32c } = made;
      const counts = { generation: String(made.generation), metageneration: String(made.metageneration) };
      return { bucket, name, ...counts, size, timeCreated: created, metadata, live: true, crc32c };
    } finally {
      this.#stamp = undefined;
    }
  }

  /** Makes the live generation a noncurrent one, for which its owner lets the bucket keep versions. */
  archive(bucket: string, name: string): void {
    this.#store.patchBucket(OWNER, bucket, { versioning: true });
    this.#store.delete(OWNER, bucket, name);
    this.#store.patchBucket(OWNER, bucket, { versioning: false });
  }

  /** Removes every generation of these names. */
  erase(bucket: string, ...names: readonly string[]): void {
    for (const name of names)
      for (const one of this.#store.list(OWNER, bucket, { prefix: name, versions: true }).items)
        if (one.name === name) this.#store.delete(OWNER, bucket, name, { generation: one.generation });
  }

  /** Of the live objects, in order. */
  names(bucket: string, prefix = ''): string[] {
    const names: string[] = [];
    for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
      const page = this.#store.list(OWNER, bucket, { prefix, pageToken });
      names.push(...page.items.map(({ name }) => name));
      pageToken = page.nextPageToken;
    }
    return names;
  }

  /** `<bucket>/<name>` of all that is live anywhere. */
  get paths(): string[] {
    return this.#buckets.flatMap((bucket) => this.names(bucket).map((name) => `${bucket}/${name}`));
  }

  json(bucket: string, name: string): unknown {
    const kept = orNone(() => this.#store.read(OWNER, bucket, name));
    return kept === undefined ? undefined : JSON.parse(kept.bytes.toString());
  }

  createOnce(...given: Parameters<Storage['createOnce']>) {
    return this.#port.createOnce(...given);
  }
  read(...given: Parameters<Storage['read']>) {
    return this.#port.read(...given);
  }
  stat(...given: Parameters<Storage['stat']>) {
    return this.#port.stat(...given);
  }
  list(...[bucket, prefix, options = {}]: Parameters<Storage['list']>) {
    return this.#port.list(bucket, prefix, { ...options, limit: Math.min(this.page, options.limit ?? this.page) });
  }
  setMetadata(...given: Parameters<Storage['setMetadata']>) {
    return this.#port.setMetadata(...given);
  }
  delete(...given: Parameters<Storage['delete']>) {
    return this.#port.delete(...given);
  }
  async settings(bucket: string) {
    return { ...(await this.#port.settings(bucket)), ...this.disguises.get(bucket) };
  }
}
