import { describe, expect, it } from 'vitest';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { parseBucketBody } from '#local/cloud/storage/bucket-body.ts';
import { DAY_MS, expectRefusal, START_MS, storageLab } from '#test/contract/support-storage.ts';

const B = 'lab-register';
const bytes = Buffer.from('seal');
const lab = (settings = {}) => {
  const made = storageLab();
  made.store.createBucket(made.admin, B, settings);
  return made;
};

describe('bucket resources', () => {
  it.each([
    [{ acl: [] }, 400, 'notImplemented', 'field acl'],
    [{ website: {} }, 400, 'notImplemented', 'field website'],
    [{ encryption: {} }, 400, 'notImplemented', 'field encryption'],
    [{ storageClass: 'COLDLINE' }, 400, 'notImplemented', 'storage class COLDLINE'],
    [{ iamConfiguration: { uniformBucketLevelAccess: { enabled: false } } }, 400, 'notImplemented', 'access control'],
    [
      { lifecycle: { rule: [{ action: { type: 'SetStorageClass' }, condition: { age: 1 } }] } },
      400,
      'notImplemented',
      'SetStorageClass',
    ],
    [
      { lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { createdBefore: 'x' } }] } },
      400,
      'notImplemented',
      'createdBefore',
    ],
    [{ lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: -1 } }] } }, 400, 'invalid', 'age'],
    [{ lifecycle: { rule: [{ action: { type: 'Delete' }, condition: {} }] } }, 400, 'invalid', 'condition'],
    [{ versioning: { enabled: 'yes' } }, 400, 'invalid', 'versioning.enabled'],
    [{ retentionPolicy: { retentionPeriod: '-5' } }, 400, 'invalid', 'retentionPeriod'],
    [{ retentionPolicy: { retentionPeriod: '5', isLocked: true } }, 400, 'invalid', 'lockRetentionPolicy'],
    ['text', 400, 'invalid', 'object'],
  ] as const)('%j is refused by name', (body, http, reason, message) => {
    expectRefusal(() => parseBucketBody(body), http, reason, message);
  });

  it('soft delete is refused, 0 seconds is what there is', () => {
    const { store, admin } = lab();
    expectRefusal(
      () => store.patchBucket(admin, B, { softDeleteSeconds: 604800 }),
      400,
      'notImplemented',
      'soft delete',
    );
    expect(store.patchBucket(admin, B, { softDeleteSeconds: 0 }).metageneration).toBe(2);
  });
});

describe('buckets', () => {
  it.each(['a', 'Upper', '-a-', 'goog-x', 'my-google', '1.2.3.4', 'x'.repeat(64), 'a b'])(
    '%j is no bucket name',
    (name) => {
      const { store, admin } = storageLab();
      expectRefusal(() => store.createBucket(admin, name), 400, 'invalid', 'Invalid bucket name');
    },
  );

  it('exist once, and are listed in pages', () => {
    const { store, admin } = storageLab();
    for (const name of ['lab-c', 'lab-a', 'lab-b']) store.createBucket(admin, name);
    expectRefusal(() => store.createBucket(admin, 'lab-a'), 409, 'conflict', 'you already own it');
    const first = store.listBuckets(admin, { maxResults: 2 });
    expect(first.items.map(({ name }) => name)).toEqual(['lab-a', 'lab-b']);
    expect(store.listBuckets(admin, { pageToken: first.nextPageToken }).items.map(({ name }) => name)).toEqual([
      'lab-c',
    ]);
    expectRefusal(() => store.listBuckets(admin, { maxResults: 0 }), 400, 'invalid', 'maxResults');
  });

  it('are patched under metageneration preconditions', () => {
    const { store, admin } = lab();
    const stale = { ifMetagenerationMatch: 7 };
    expectRefusal(() => store.patchBucket(admin, B, { versioning: true }, stale), 412, 'conditionNotMet', 'pre-cond');
    expectRefusal(() => store.getBucket(admin, B, { ifMetagenerationNotMatch: 1 }), 304, 'notModified', 'Not Modified');
    const next = store.patchBucket(
      admin,
      B,
      { versioning: true, labels: { a: '1', b: null } },
      { ifMetagenerationMatch: 1 },
    );
    expect(next).toMatchObject({ metageneration: 2, versioning: true, labels: { a: '1' } });
  });

  it('go only when empty, noncurrent generations included', () => {
    const { store, admin } = lab({ versioning: true });
    store.insert(admin, B, 'a', bytes);
    store.delete(admin, B, 'a');
    expectRefusal(() => store.deleteBucket(admin, B), 409, 'conflict', 'not empty');
    const [only] = store.list(admin, B, { versions: true }).items;
    store.delete(admin, B, 'a', { generation: only?.generation });
    store.deleteBucket(admin, B);
    expectRefusal(() => store.getBucket(admin, B), 404, 'notFound', 'does not exist');
  });

  it('ask for their own permission on each call', () => {
    const { store } = lab();
    const bob = callerNamed('user:bob@example.com');
    for (const [permission, run] of [
      ['storage.buckets.create', () => store.createBucket(bob, 'lab-bob')],
      ['storage.buckets.get', () => store.getBucket(bob, B)],
      ['storage.buckets.list', () => store.listBuckets(bob)],
      ['storage.buckets.update', () => store.patchBucket(bob, B, {})],
      ['storage.buckets.update', () => store.lockRetentionPolicy(bob, B, 1)],
      ['storage.buckets.delete', () => store.deleteBucket(bob, B)],
      ['storage.buckets.update', () => store.createNotification(bob, B, { topic: 'projects/p/topics/shares' })],
      ['storage.buckets.get', () => store.listNotifications(bob, B)],
      ['storage.buckets.get', () => store.getNotification(bob, B, '1')],
      ['storage.buckets.update', () => store.deleteNotification(bob, B, '1')],
    ] as const)
      expectRefusal(run, 403, 'forbidden', permission);
  });
});

describe('retention', () => {
  it('keeps an object from deletion and replacement until its age is reached', () => {
    const { store, admin, clock } = lab({ retentionSeconds: 60 });
    const made = store.insert(admin, B, 'a', bytes);
    const until = 'until 2026-01-01T00:01:00.000Z';
    expectRefusal(() => store.delete(admin, B, 'a'), 403, 'retentionPolicyNotMet', until);
    expectRefusal(
      () => store.delete(admin, B, 'a', { generation: made.generation }),
      403,
      'retentionPolicyNotMet',
      until,
    );
    expectRefusal(() => store.insert(admin, B, 'a', bytes), 403, 'retentionPolicyNotMet', until);
    expect(store.patchObject(admin, B, 'a', { metadata: { k: 'v' } }).metageneration).toBe(2);
    clock.advance(59_999);
    expectRefusal(() => store.delete(admin, B, 'a'), 403, 'retentionPolicyNotMet', until);
    clock.advance(1);
    store.delete(admin, B, 'a');
    expect(store.list(admin, B, { versions: true }).items).toEqual([]);
  });

  it('with versioning lets an object become noncurrent, but keeps every generation', () => {
    const { store, admin, clock } = lab({ retentionSeconds: 60, versioning: true });
    const first = store.insert(admin, B, 'a', bytes);
    clock.advance(10_000);
    store.insert(admin, B, 'a', bytes);
    store.delete(admin, B, 'a');
    expect(store.list(admin, B, { versions: true }).items).toHaveLength(2);
    const drop = () => store.delete(admin, B, 'a', { generation: first.generation });
    expectRefusal(drop, 403, 'retentionPolicyNotMet', '00:01:00');
    clock.advance(50_000);
    drop();
    expect(store.list(admin, B, { versions: true }).items).toHaveLength(1);
  });

  it('is refused outside 1 second to 100 years', () => {
    const { store, admin } = lab();
    for (const retentionSeconds of [0, -1, 1.5, 3_155_760_001])
      expectRefusal(() => store.patchBucket(admin, B, { retentionSeconds }), 400, 'invalid', '100 years');
  });

  it('once locked only grows, and never goes', () => {
    const { store, admin } = lab();
    expectRefusal(() => store.lockRetentionPolicy(admin, B, 1), 400, 'invalid', 'unlocked retention policy');
    store.patchBucket(admin, B, { retentionSeconds: 100 });
    store.patchBucket(admin, B, { retentionSeconds: 60 });
    expectRefusal(() => store.lockRetentionPolicy(admin, B, 1), 412, 'conditionNotMet', 'pre-conditions');
    expect(store.lockRetentionPolicy(admin, B, 3).retention).toEqual({
      seconds: 60,
      effective: START_MS,
      locked: true,
    });
    expectRefusal(() => store.lockRetentionPolicy(admin, B, 4), 400, 'invalid', 'unlocked retention policy');
    expectRefusal(() => store.patchBucket(admin, B, { retentionSeconds: 59 }), 403, 'forbidden', 'Cannot reduce');
    expectRefusal(() => store.patchBucket(admin, B, { retentionSeconds: null }), 403, 'forbidden', 'cannot be removed');
    expect(store.patchBucket(admin, B, { retentionSeconds: 61 }).retention).toMatchObject({
      seconds: 61,
      locked: true,
    });
  });

  it('comes before or after the precondition, as the option says', () => {
    for (const existingAnswers of [412, 403] as const) {
      const { store, admin } = storageLab({ options: { existingAnswers } });
      store.createBucket(admin, B, { retentionSeconds: 60 });
      store.insert(admin, B, 'a', bytes);
      const once = () => store.insert(admin, B, 'a', bytes, { preconditions: { ifGenerationMatch: 0 } });
      if (existingAnswers === 412) expectRefusal(once, 412, 'conditionNotMet', 'pre-conditions');
      else expectRefusal(once, 403, 'retentionPolicyNotMet', 'retention policy');
    }
  });
});

describe('lifecycle', () => {
  const rules = (condition: object) =>
    parseBucketBody({ lifecycle: { rule: [{ action: { type: 'Delete' }, condition }] } }).settings;

  it('deletes by age and prefix, and not a moment earlier', () => {
    const { store, admin, clock } = lab(rules({ age: 2, matchesPrefix: ['shares/'] }));
    store.insert(admin, B, 'shares/a', bytes);
    store.insert(admin, B, 'kept', bytes);
    clock.advance(2 * DAY_MS - 1);
    expect(store.applyLifecycle()).toBe(0);
    clock.advance(1);
    expect(store.applyLifecycle()).toBe(1);
    expect(store.list(admin, B).items.map(({ name }) => name)).toEqual(['kept']);
  });

  it('archives first in a versioned bucket, then deletes by noncurrent age', () => {
    const { store, admin, clock } = lab({ ...rules({ age: 1, isLive: true }), versioning: true });
    store.insert(admin, B, 'a', bytes);
    clock.advance(DAY_MS);
    expect(store.applyLifecycle()).toBe(1);
    expect(store.list(admin, B, { versions: true }).items).toHaveLength(1);
    store.patchBucket(admin, B, rules({ daysSinceNoncurrentTime: 1 }));
    expect(store.applyLifecycle()).toBe(0);
    clock.advance(DAY_MS);
    expect(store.applyLifecycle()).toBe(1);
  });

  it('keeps the newest versions and leaves what is under retention', () => {
    const { store, admin } = lab({ ...rules({ numNewerVersions: 2 }), versioning: true, retentionSeconds: 60 });
    const made = [1, 2, 3].map(() => store.insert(admin, B, 'a', bytes).generation);
    expect(store.applyLifecycle()).toBe(0);
    store.patchBucket(admin, B, { retentionSeconds: null });
    expect(store.applyLifecycle()).toBe(1);
    expect(store.list(admin, B, { versions: true }).items.map(({ generation }) => generation)).toEqual(made.slice(1));
  });
});
