import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { LifecycleRule, NotificationConfig, StorageRecord, StoredBucket } from './model.ts';
import { storageRecord } from './model.ts';
import { bucketAt, projectAt, requireBucketName } from './names.ts';
import { type NotificationSettings, notificationOf } from './notifications.ts';
import { compareNames } from './ordering.ts';
import { type Preconditions, requirePreconditions } from './preconditions.ts';
import { changeRetention } from './retention.ts';
import { StorageState } from './state.ts';

/** What a caller may set on a bucket. A field left out stays as it is. */
export interface BucketSettings {
  /** Of the project that the bucket is made in, where that is not the world's. Only at creation. */
  readonly projectNumber?: string | undefined;
  readonly location?: string | undefined;
  readonly versioning?: boolean | undefined;
  /** Retention period; null removes the policy. */
  readonly retentionSeconds?: number | null | undefined;
  readonly lifecycle?: readonly LifecycleRule[] | undefined;
  readonly publicAccessPrevention?: 'inherited' | 'enforced' | undefined;
  /** 0: deleted is gone. Any other is refused: soft delete is not implemented. */
  readonly softDeleteSeconds?: number | undefined;
  /** null removes a label, or all of them. */
  readonly labels?: Readonly<Record<string, string | null>> | null | undefined;
}

type MetagenerationMatch = Pick<Preconditions, 'ifMetagenerationMatch' | 'ifMetagenerationNotMatch'>;

const withoutNulls = (labels: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).flatMap(([key, value]) => (value === null ? [] : [[key, value]])));

/** Buckets and their notification configurations, in memory. https://cloud.google.com/storage/docs/json_api/v1/buckets */
export class BucketStore {
  protected readonly world: World;
  protected readonly state = new StorageState();

  readonly #mayPublish: (topic: string) => boolean;

  constructor(world: World, mayPublish: (topic: string) => boolean = () => true) {
    this.world = world;
    this.#mayPublish = mayPublish;
    world.journal.replay('storage', (record) => this.state.apply(storageRecord.parse(record)));
  }

  createBucket(caller: Caller, name: string, settings: BucketSettings = {}): StoredBucket {
    this.world.iam.require(caller, 'storage.buckets.create', projectAt(this.world.project.id));
    return this.world.faults.around('storage.buckets.insert', name, () => {
      requireBucketName(name);
      if (this.state.bucket(name) !== undefined)
        throw new CloudError(
          'ALREADY_EXISTS',
          'Your previous request to create the named bucket succeeded and you already own it.',
          { reason: 'conflict' },
        );
      const now = this.world.clock.now();
      return this.#save(
        {
          name,
          generation: this.nextGeneration(),
          metageneration: 0,
          created: now,
          updated: now,
          location: (settings.location ?? 'US').toUpperCase(),
          projectNumber: settings.projectNumber ?? null,
          versioning: false,
          retention: null,
          lifecycle: [],
          publicAccessPrevention: 'inherited',
          labels: {},
          notifications: [],
          notificationsMade: 0,
        },
        { ...settings, location: undefined },
      );
    });
  }

  getBucket(caller: Caller, name: string, preconditions: MetagenerationMatch = {}): StoredBucket {
    const bucket = this.bucket(name);
    this.world.iam.require(caller, 'storage.buckets.get', this.at(name));
    return this.world.faults.around('storage.buckets.get', name, () => {
      requirePreconditions(preconditions, bucket, 'read');
      return bucket;
    });
  }

  /** All buckets of the project by name, a page at a time; the token is the last name of the page before. */
  listBuckets(
    caller: Caller,
    query: { prefix?: string | undefined; pageToken?: string | undefined; maxResults?: number | undefined } = {},
  ): { items: StoredBucket[]; nextPageToken?: string } {
    this.world.iam.require(caller, 'storage.buckets.list', projectAt(this.world.project.id));
    return this.world.faults.around('storage.buckets.list', query.prefix ?? '', () => {
      const { prefix = '', pageToken = '', maxResults = 1000 } = query;
      if (!(maxResults >= 1)) throw new CloudError('INVALID_ARGUMENT', 'maxResults must be positive.');
      const found = this.state
        .buckets()
        .filter(({ name }) => name.startsWith(prefix) && compareNames(name, pageToken) > 0)
        .sort((a, b) => compareNames(a.name, b.name));
      const items = found.slice(0, maxResults);
      const last = items.at(-1);
      return found.length > items.length && last !== undefined ? { items, nextPageToken: last.name } : { items };
    });
  }

  patchBucket(
    caller: Caller,
    name: string,
    settings: BucketSettings,
    preconditions: MetagenerationMatch = {},
  ): StoredBucket {
    const bucket = this.bucket(name);
    this.world.iam.require(caller, 'storage.buckets.update', this.at(name));
    return this.world.faults.around('storage.buckets.patch', name, () => {
      requirePreconditions(preconditions, bucket, 'write');
      return this.#save(bucket, settings);
    });
  }

  /** Irreversible: from now on the policy can only be made longer. `metageneration` names the state that was looked at. */
  lockRetentionPolicy(caller: Caller, name: string, metageneration: number): StoredBucket {
    const bucket = this.bucket(name);
    this.world.iam.require(caller, 'storage.buckets.update', this.at(name));
    return this.world.faults.around('storage.buckets.lockRetentionPolicy', name, () => {
      requirePreconditions({ ifMetagenerationMatch: metageneration }, bucket, 'write');
      if (bucket.retention === null || bucket.retention.locked)
        throw new CloudError('INVALID_ARGUMENT', `Bucket '${name}' does not have an unlocked retention policy.`);
      return this.#save({ ...bucket, retention: { ...bucket.retention, locked: true } }, {});
    });
  }

  deleteBucket(caller: Caller, name: string, preconditions: MetagenerationMatch = {}): void {
    const bucket = this.bucket(name);
    this.world.iam.require(caller, 'storage.buckets.delete', this.at(name));
    this.world.faults.around('storage.buckets.delete', name, () => {
      requirePreconditions(preconditions, bucket, 'write');
      if (this.state.names(name).length > 0)
        throw new CloudError('ALREADY_EXISTS', 'The bucket you tried to delete is not empty.', { reason: 'conflict' });
      this.commit({ kind: 'bucketDeleted', name });
    });
  }

  createNotification(caller: Caller, bucketName: string, settings: NotificationSettings): NotificationConfig {
    const bucket = this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.buckets.update', this.at(bucketName));
    return this.world.faults.around('storage.notifications.insert', bucketName, () => {
      const config = notificationOf(String(bucket.notificationsMade + 1), settings);
      // Cloud Storage looks at it here, once. Later it says nothing to anybody.
      if (!this.#mayPublish(config.topic))
        throw new CloudError(
          'PERMISSION_DENIED',
          `The service account of Cloud Storage may not publish to the Cloud Pub/Sub topic ${config.topic}, or that topic does not exist.`,
        );
      const notifications = [...bucket.notifications, config];
      this.commit({
        kind: 'bucket',
        bucket: { ...bucket, notifications, notificationsMade: bucket.notificationsMade + 1 },
      });
      return config;
    });
  }

  listNotifications(caller: Caller, bucketName: string): readonly NotificationConfig[] {
    const bucket = this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.buckets.get', this.at(bucketName));
    return this.world.faults.around('storage.notifications.list', bucketName, () => bucket.notifications);
  }

  getNotification(caller: Caller, bucketName: string, id: string): NotificationConfig {
    const bucket = this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.buckets.get', this.at(bucketName));
    return this.world.faults.around('storage.notifications.get', bucketName, () => {
      const config = bucket.notifications.find((one) => one.id === id);
      if (config === undefined)
        throw new CloudError('NOT_FOUND', `Notification ${id} not found in bucket ${bucketName}`);
      return config;
    });
  }

  deleteNotification(caller: Caller, bucketName: string, id: string): void {
    const bucket = this.bucket(bucketName);
    this.world.iam.require(caller, 'storage.buckets.update', this.at(bucketName));
    this.world.faults.around('storage.notifications.delete', bucketName, () => {
      const notifications = bucket.notifications.filter((one) => one.id !== id);
      if (notifications.length === bucket.notifications.length)
        throw new CloudError('NOT_FOUND', `Notification ${id} not found in bucket ${bucketName}`);
      this.commit({ kind: 'bucket', bucket: { ...bucket, notifications } });
    });
  }

  /** The bucket, or NOT_FOUND: names are global, so that one exists is no secret and needs no permission. */
  bucket(name: string): StoredBucket {
    const bucket = this.state.bucket(name);
    if (bucket === undefined) throw new CloudError('NOT_FOUND', 'The specified bucket does not exist.');
    return bucket;
  }

  protected at(bucket: string) {
    return bucketAt(this.world.project.id, bucket);
  }

  protected commit(record: StorageRecord): void {
    this.world.journal.append('storage', record);
    this.state.apply(record);
  }

  /** µs since the epoch, or one more than the last one: strictly increasing even within one ms and after a restart. */
  protected nextGeneration(): number {
    return Math.max(Math.floor(this.world.clock.now() * 1000), this.state.lastGeneration + 1);
  }

  #save(bucket: StoredBucket, settings: BucketSettings): StoredBucket {
    const { location, versioning, retentionSeconds, lifecycle, publicAccessPrevention, labels } = settings;
    if (settings.softDeleteSeconds) throw unimplemented('storage: soft delete (softDeletePolicy other than 0 seconds)');
    if (location !== undefined && location.toUpperCase() !== bucket.location)
      throw new CloudError('INVALID_ARGUMENT', 'The location of a bucket cannot be changed.');
    const now = this.world.clock.now();
    const next: StoredBucket = {
      ...bucket,
      metageneration: bucket.metageneration + 1,
      updated: now,
      versioning: versioning ?? bucket.versioning,
      retention:
        retentionSeconds === undefined
          ? bucket.retention
          : changeRetention(bucket.name, bucket.retention, retentionSeconds, now),
      lifecycle: lifecycle === undefined ? bucket.lifecycle : [...lifecycle],
      publicAccessPrevention: publicAccessPrevention ?? bucket.publicAccessPrevention,
      labels: labels === null ? {} : withoutNulls({ ...bucket.labels, ...labels }),
    };
    this.commit({ kind: 'bucket', bucket: next });
    return next;
  }
}
