import { describe, expect, it } from 'vitest';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { expectRefusal, START_MS, storageLab } from '#test/contract/support-storage.ts';

const B = 'lab-work';
const bytes = Buffer.from('hello');
const lab = (options = {}) => {
  const made = storageLab({ options });
  made.store.createBucket(made.admin, B);
  return made;
};

describe('what a store refuses', () => {
  it('refuses object names that Cloud Storage does not take', () => {
    const { store, admin } = lab();
    for (const name of ['', '.', '..', 'a\nb', 'x'.repeat(1025), '.well-known/acme-challenge/x', '\ud800'])
      expectRefusal(() => store.insert(admin, B, name, bytes), 400, 'invalid', /object name/);
    expect(store.list(admin, B).items).toEqual([]);
  });

  it('refuses checksums that are not those of the bytes, and keeps nothing', () => {
    const { store, admin } = lab();
    expectRefusal(() => store.insert(admin, B, 'a', bytes, { crc32c: 'AAAAAA==' }), 400, 'invalid', /doesn't match/);
    expectRefusal(() => store.insert(admin, B, 'a', bytes, { md5: 'AAAAAA==' }), 400, 'invalid', /MD5/);
    expectRefusal(() => store.get(admin, B, 'a'), 404, 'notFound', 'No such object: lab-work/a');
  });

  it('refuses more than 8 KiB of metadata', () => {
    const { store, admin } = lab();
    const metadata = { long: 'x'.repeat(8200) };
    expectRefusal(() => store.insert(admin, B, 'a', bytes, { metadata }), 400, 'invalid', /8 KiB/);
    store.insert(admin, B, 'a', bytes);
    expectRefusal(() => store.patchObject(admin, B, 'a', { metadata }), 400, 'invalid', /8 KiB/);
  });

  it('knows no bucket that was not made', () => {
    const { store, admin } = lab();
    for (const run of [
      () => store.get(admin, 'lab-none', 'a'),
      () => store.insert(admin, 'lab-none', 'a', bytes),
      () => store.list(admin, 'lab-none'),
      () => store.delete(admin, 'lab-none', 'a'),
    ])
      expectRefusal(run, 404, 'notFound', 'The specified bucket does not exist.');
  });
});

describe('preconditions', () => {
  const absent = [
    [{ ifGenerationMatch: 0 }, true],
    [{ ifGenerationMatch: 7 }, false],
    [{ ifGenerationNotMatch: 0 }, false],
    [{ ifGenerationNotMatch: 7 }, true],
    [{ ifMetagenerationMatch: 1 }, false],
    [{ ifMetagenerationNotMatch: 1 }, true],
  ] as const;
  it.each(absent)('insert under %j of a name that is free: %s', (preconditions, allowed) => {
    const { store, admin } = lab();
    const run = () => store.insert(admin, B, 'a', bytes, { preconditions });
    if (allowed) expect(run().metageneration).toBe(1);
    else expectRefusal(run, 412, 'conditionNotMet', 'pre-conditions');
  });

  const present = [
    ['ifGenerationMatch', 'generation', true],
    ['ifGenerationMatch', 'other', false],
    ['ifGenerationNotMatch', 'generation', false],
    ['ifGenerationNotMatch', 'other', true],
    ['ifMetagenerationMatch', 'metageneration', true],
    ['ifMetagenerationMatch', 'other', false],
    ['ifMetagenerationNotMatch', 'metageneration', false],
    ['ifMetagenerationNotMatch', 'other', true],
  ] as const;
  it.each(present)('%s = %s on every verb of an object that is there: %s', (condition, which, allowed) => {
    for (const verb of ['insert', 'get', 'read', 'patch', 'delete'] as const) {
      const { store, admin } = lab();
      const made = store.insert(admin, B, 'a', bytes);
      const value = which === 'other' ? 99 : made[which];
      const preconditions = { [condition]: value };
      const run = {
        insert: () => store.insert(admin, B, 'a', bytes, { preconditions }),
        get: () => store.get(admin, B, 'a', { preconditions }),
        read: () => store.read(admin, B, 'a', { preconditions }),
        patch: () => store.patchObject(admin, B, 'a', {}, { preconditions }),
        delete: () => store.delete(admin, B, 'a', { preconditions }),
      }[verb];
      if (allowed) run();
      else if (condition.includes('Not') && (verb === 'get' || verb === 'read'))
        expectRefusal(run, 304, 'notModified', 'Not Modified');
      else expectRefusal(run, 412, 'conditionNotMet', 'pre-conditions');
    }
  });

  it('answers 404, not 412, for an object that is not there', () => {
    const { store, admin } = lab();
    const preconditions = { ifGenerationMatch: 5 };
    expectRefusal(() => store.get(admin, B, 'a', { preconditions }), 404, 'notFound', 'No such object');
    expectRefusal(() => store.delete(admin, B, 'a', { preconditions }), 404, 'notFound', 'No such object');
    expectRefusal(() => store.patchObject(admin, B, 'a', {}, { preconditions }), 404, 'notFound', 'No such object');
  });
});

describe('generations', () => {
  it('are strictly increasing, from the clock, also within one millisecond and over all buckets', () => {
    const { store, admin, clock } = lab();
    store.createBucket(admin, 'lab-other');
    const made = ['a', 'b', 'a'].map((name) => store.insert(admin, B, name, bytes).generation);
    made.push(store.insert(admin, 'lab-other', 'a', bytes).generation);
    expect(made.every((generation, at) => at === 0 || generation > (made[at - 1] ?? 0))).toBe(true);
    clock.advance(1000);
    expect(store.insert(admin, B, 'c', bytes).generation).toBe((START_MS + 1000) * 1000);
  });

  it('without versioning an overwritten or deleted generation is gone', () => {
    const { store, admin } = lab();
    const first = store.insert(admin, B, 'a', bytes);
    const second = store.insert(admin, B, 'a', Buffer.from('two'));
    expectRefusal(() => store.read(admin, B, 'a', { generation: first.generation }), 404, 'notFound', '#');
    expect(store.list(admin, B, { versions: true }).items).toEqual([second]);
    store.delete(admin, B, 'a');
    expect(store.list(admin, B, { versions: true }).items).toEqual([]);
  });

  it('with versioning they stay, hidden from get and list, and generation 0 means: none is live', () => {
    const { store, admin, clock } = lab();
    store.patchBucket(admin, B, { versioning: true });
    const first = store.insert(admin, B, 'a', bytes);
    clock.advance(5);
    const second = store.insert(admin, B, 'a', Buffer.from('two'));
    clock.advance(5);
    expect(store.get(admin, B, 'a').generation).toBe(second.generation);
    expect(store.read(admin, B, 'a', { generation: first.generation }).bytes).toEqual(bytes);
    store.delete(admin, B, 'a');
    expectRefusal(() => store.get(admin, B, 'a'), 404, 'notFound', 'No such object');
    expect(store.list(admin, B).items).toEqual([]);
    const all = store.list(admin, B, { versions: true }).items;
    expect(all.map(({ generation, deleted }) => [generation, deleted])).toEqual([
      [first.generation, START_MS + 5],
      [second.generation, START_MS + 10],
    ]);
    const third = store.insert(admin, B, 'a', bytes, { preconditions: { ifGenerationMatch: 0 } });
    expect(store.get(admin, B, 'a')).toEqual(third);
    store.delete(admin, B, 'a', { generation: second.generation });
    store.delete(admin, B, 'a', { generation: third.generation });
    expect(store.list(admin, B, { versions: true }).items.map(({ generation }) => generation)).toEqual([
      first.generation,
    ]);
  });
});

describe('metadata', () => {
  it('is patched key by key, and counts metagenerations', () => {
    const { store, admin, clock } = lab();
    const made = store.insert(admin, B, 'a', bytes, { contentType: 'text/plain', metadata: { stage: '1', due: '2' } });
    clock.advance(10);
    const next = store.patchObject(admin, B, 'a', { metadata: { due: null, more: '3' }, contentType: null });
    expect(next).toEqual({
      ...made,
      metageneration: 2,
      updated: made.updated + 10,
      headers: {},
      metadata: { stage: '1', more: '3' },
    });
    expect(store.patchObject(admin, B, 'a', { metadata: null }).metadata).toEqual({});
  });

  it('and bytes go along with a copy', () => {
    const { store, admin } = lab();
    const made = store.insert(admin, B, 'a', bytes, { contentType: 'text/plain', metadata: { stage: '1' } });
    const copy = store.copy(admin, { bucket: B, name: 'a' }, { bucket: B, name: 'b' });
    expect(copy).toMatchObject({ crc32c: made.crc32c, headers: made.headers, metadata: made.metadata, size: 5 });
    const changed = store.copy(admin, { bucket: B, name: 'a' }, { bucket: B, name: 'c' }, { contentType: 'x/y' });
    expect(changed).toMatchObject({ headers: { contentType: 'x/y' }, metadata: {} });
    const little = { bucket: B, name: 'a', maxBytes: 4 };
    expectRefusal(
      () => store.copy(admin, little, { bucket: B, name: 'd' }),
      400,
      'notImplemented',
      'more than one call',
    );
    const stale = { bucket: B, name: 'a', preconditions: { ifGenerationMatch: 1 } };
    expectRefusal(() => store.copy(admin, stale, { bucket: B, name: 'd' }), 412, 'conditionNotMet', 'pre-conditions');
  });
});

describe('permissions', () => {
  const stranger = callerNamed('user:bob@example.com');
  it('denies everything to a caller without a grant, naming the permission', () => {
    const { store, admin } = lab();
    store.insert(admin, B, 'a', bytes);
    for (const [permission, run] of [
      ['storage.objects.create', () => store.insert(stranger, B, 'b', bytes)],
      ['storage.objects.create', () => store.checkInsert(stranger, B, 'b')],
      ['storage.objects.get', () => store.get(stranger, B, 'a')],
      ['storage.objects.get', () => store.read(stranger, B, 'a')],
      ['storage.objects.list', () => store.list(stranger, B)],
      ['storage.objects.update', () => store.patchObject(stranger, B, 'a', {})],
      ['storage.objects.delete', () => store.delete(stranger, B, 'a')],
    ] as const)
      expectRefusal(run, 403, 'forbidden', permission);
  });

  it('hides whether an object exists from a caller who may not list', () => {
    const { store, world, caller } = lab();
    const reader = caller('alice', 'roles/storage.objectViewer', B);
    expectRefusal(() => store.get(reader, B, 'none'), 404, 'notFound', 'No such object');
    const signer = caller('bob', 'roles/storage.objectUser', B, `resource.type == 'storage.googleapis.com/Object'`);
    for (const run of [
      () => store.get(signer, B, 'none'),
      () => store.delete(signer, B, 'none'),
      () => store.patchObject(signer, B, 'none', {}),
    ])
      expectRefusal(run, 403, 'forbidden', 'storage.objects.list');
    expect(world.iam.uses.get(`bob-roles/storage.objectUser-${B}`)).toBe(3);
  });

  it('asks IAM with the names that conditions are written for', () => {
    const { store, caller } = lab();
    const prefix = `resource.name.startsWith('projects/_/buckets/${B}/objects/alice/')`;
    const alice = caller('alice', 'roles/storage.objectUser', B, prefix);
    expect(store.insert(alice, B, 'alice/x', bytes).name).toBe('alice/x');
    expectRefusal(() => store.insert(alice, B, 'bob/x', bytes), 403, 'forbidden', 'storage.objects.create');
    expectRefusal(() => store.list(alice, B, { prefix: 'alice/' }), 403, 'forbidden', 'storage.objects.list');
  });

  it('asks for delete, too, before an object is replaced; which of 403 and 412 is an option', () => {
    for (const existingAnswers of [412, 403] as const) {
      const { store, caller } = lab({ existingAnswers });
      const writer = caller('alice', 'roles/storage.objectCreator', B);
      store.insert(writer, B, 'a', bytes);
      expectRefusal(() => store.insert(writer, B, 'a', bytes), 403, 'forbidden', 'storage.objects.delete');
      const once = () => store.insert(writer, B, 'a', bytes, { preconditions: { ifGenerationMatch: 0 } });
      if (existingAnswers === 412) expectRefusal(once, 412, 'conditionNotMet', 'pre-conditions');
      else expectRefusal(once, 403, 'forbidden', 'storage.objects.delete');
    }
  });
});

describe('faults', () => {
  it('before: nothing happened; after: it happened; once each', () => {
    const { store, admin, world } = lab();
    world.faults.add({ method: 'storage.objects.insert', matching: 'lab-work/a', kind: 'before' });
    expectRefusal(() => store.insert(admin, B, 'a', bytes), 503, 'backendError', 'planned fault before');
    expectRefusal(() => store.get(admin, B, 'a'), 404, 'notFound', 'No such object');
    world.faults.add({ method: 'storage.objects.insert', kind: 'after', status: 'INTERNAL' });
    expectRefusal(() => store.insert(admin, B, 'a', bytes), 500, 'internalError', 'planned fault after');
    expect(store.get(admin, B, 'a').size).toBe(5);
    expect(world.faults.pending).toEqual([]);
  });
});
