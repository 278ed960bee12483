import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { crc32cBase64 } from '#adapters/calls/crc32c.ts';
import { storagePort } from '#adapters/storage/storage.ts';
import type { Storage } from '#core/ports.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { storageServer } from '#local/cloud/storage/rest.ts';
import { clientOf, eagerly, failureOf, grant } from './adapter-kit.ts';

const OPERATOR = 'user:operator';
const ALICE = 'user:alice';
const BUCKET = 'lab-results';
const bytesOf = (text: string) => new TextEncoder().encode(text);

const world = createWorld();
const store = new ObjectStore(world, () => {}, {});
const server = storageServer(world, store);
const servers: Server[] = [server];
const operator = callerNamed(OPERATOR);
let endpoint = '';
let ours: Storage;
let alice: Storage;

const portOf = (name: string, url = endpoint) =>
  storagePort({ projectId: world.project.id, authClient: clientOf(world, name), endpoint: url }, eagerly);

beforeAll(async () => {
  endpoint = `http://127.0.0.1:${await listen(server)}`;
  grant(world, OPERATOR, 'roles/storage.admin', `projects/${world.project.id}`);
  store.createBucket(operator, BUCKET);
  grant(world, ALICE, 'keyturn.append', `buckets/${BUCKET}`);
  ours = portOf(OPERATOR);
  alice = portOf(ALICE);
});
afterAll(() => Promise.all(servers.map(closeServer)));
beforeEach(() => world.faults.clear());

/** A server of our own making, for what the real one never does. */
const lying = async (answer: (path: string) => { status: number; headers?: object; body: string | Buffer }) => {
  const liar = createServer((request, response) => {
    const { status, headers = {}, body } = answer(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });
  servers.push(liar);
  return portOf(OPERATOR, `http://127.0.0.1:${await listen(liar)}`);
};

describe('createOnce', () => {
  it('creates once, with metadata, and says who was first', async () => {
    const first = await ours.createOnce(BUCKET, 'requests/a b/ä.json', bytesOf('{}'), { stage: 'open' });
    expect(first).toMatchObject({ created: true, object: { size: 2, metadata: { stage: 'open' }, live: true } });
    const second = await ours.createOnce(BUCKET, 'requests/a b/ä.json', bytesOf('{"other":1}'));
    expect(second).toEqual({ created: false, object: first.object });
  });

  it('takes 403 for "exists" where a GET finds it, and for a refusal where it does not', async () => {
    const strict = createWorld();
    const other = new ObjectStore(strict, () => {}, { existingAnswers: 403 });
    const face = storageServer(strict, other);
    servers.push(face);
    const url = `http://127.0.0.1:${await listen(face)}`;
    grant(strict, OPERATOR, 'roles/storage.admin', `projects/${strict.project.id}`);
    other.createBucket(operator, BUCKET);
    grant(strict, ALICE, 'keyturn.append', `buckets/${BUCKET}`);
    const port = storagePort({ projectId: 'p', authClient: clientOf(strict, ALICE), endpoint: url }, eagerly);
    expect((await port.createOnce(BUCKET, 'seal', bytesOf('1'))).created).toBe(true);
    expect((await port.createOnce(BUCKET, 'seal', bytesOf('2'))).created).toBe(false);
    const bob = storagePort({ projectId: 'p', authClient: clientOf(strict, 'user:bob'), endpoint: url }, eagerly);
    const refusal = await failureOf(bob.createOnce(BUCKET, 'seal', bytesOf('3')));
    expect(refusal).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(refusal.message).toBe('storage: create gs://lab-results/seal: HTTP 403 forbidden');
  });

  it('tries again where nothing happened, and finds its own where only the answer was lost', async () => {
    world.faults.add({ method: 'storage.objects.insert', kind: 'before' });
    expect((await ours.createOnce(BUCKET, 'retried', bytesOf('x'))).created).toBe(true);
    world.faults.add({ method: 'storage.objects.insert', kind: 'after' });
    expect((await ours.createOnce(BUCKET, 'lost', bytesOf('x'))).created).toBe(false);
    expect(world.faults.pending).toEqual([]);
    expect((await ours.list(BUCKET, 'lost', { versions: true })).objects).toHaveLength(1);
  });

  it('names a missing bucket', async () => {
    expect(await failureOf(ours.createOnce('lab-none', 'x', bytesOf('x')))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('does not believe an answer with another checksum', async () => {
    const object = { bucket: BUCKET, name: 'x', generation: '1', size: '1', timeCreated: '2026-01-01T00:00:00Z' };
    const port = await lying(() => ({ status: 200, body: JSON.stringify({ ...object, crc32c: 'AAAAAA==' }) }));
    expect(await failureOf(port.createOnce(BUCKET, 'x', bytesOf('x')))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });
});

describe('read', () => {
  it('gives bytes as they are, by generation too, or nothing', async () => {
    const bytes = Uint8Array.from({ length: 4000 }, (_, i) => i & 0xff);
    const { object } = await ours.createOnce(BUCKET, 'raw', bytes);
    expect(await ours.read(BUCKET, 'raw')).toEqual({ object, bytes: Buffer.from(bytes) });
    expect((await ours.read(BUCKET, 'raw', { generation: object.generation }))?.object).toEqual(object);
    expect(await ours.read(BUCKET, 'raw', { generation: '1' })).toBeUndefined();
    expect(await ours.read(BUCKET, 'none')).toBeUndefined();
    expect((await ours.read(BUCKET, 'empty/none'))?.bytes).toBeUndefined();
  });

  it('reads an empty object, and a compressed one as it is stored', async () => {
    await ours.createOnce(BUCKET, 'empty', new Uint8Array());
    expect((await ours.read(BUCKET, 'empty'))?.bytes).toHaveLength(0);
    const zipped = Buffer.from('1f8b0800000000000003030000000000000000', 'hex');
    store.insert(operator, BUCKET, 'zipped', zipped, { contentEncoding: 'gzip' });
    expect((await ours.read(BUCKET, 'zipped'))?.bytes).toEqual(zipped);
  });

  it('downloads nothing above the limit', async () => {
    const paths: string[] = [];
    const object = { bucket: BUCKET, name: 'x', generation: '1', size: '9000', timeCreated: '2026-01-01T00:00:00Z' };
    const port = await lying((path) => {
      paths.push(path);
      return { status: 200, body: JSON.stringify(object) };
    });
    const refusal = await failureOf(port.read(BUCKET, 'x', { limit: 8192 }));
    expect(refusal).toMatchObject({
      code: 'TOO_LARGE',
      message: 'storage: read gs://lab-results/x: 9000 bytes, more than 8192',
    });
    expect(paths).toHaveLength(1);
  });

  it.each([
    ['other bytes', 'abc', crc32cBase64(bytesOf('abd'))],
    ['too few', 'ab', crc32cBase64(bytesOf('ab'))],
    ['too many', 'abcd', crc32cBase64(bytesOf('abcd'))],
    ['no checksum', 'abc', undefined],
  ])('refuses damaged content: %s', async (_what, content, crc32c) => {
    const object = { bucket: BUCKET, name: 'x', generation: '1', size: '3', timeCreated: '2026-01-01T00:00:00Z' };
    const port = await lying((path) =>
      path.includes('alt=media')
        ? { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: content }
        : { status: 200, body: JSON.stringify({ ...object, crc32c }) },
    );
    expect(await failureOf(port.read(BUCKET, 'x'))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });
});

describe('read of what was listed', () => {
  const counted = async <T>(run: () => Promise<T>): Promise<{ gets: number; result: T }> => {
    let gets = 0;
    const end = world.faults.watch(({ method, phase }) => {
      if (method === 'storage.objects.get' && phase === 'before') gets++;
    });
    try {
      const result = await run();
      return { gets, result };
    } finally {
      end();
    }
  };

  it('asks once, for exactly that generation, whether a listing, a create or a stat told of it', async () => {
    const { object } = await ours.createOnce(BUCKET, 'listed/one', bytesOf('{"n":1}'));
    const [listed] = (await ours.list(BUCKET, 'listed/')).objects;
    const found = await ours.stat(BUCKET, 'listed/one');
    for (const each of [object, listed, found]) {
      const { gets, result } = await counted(async () =>
        ours.read(BUCKET, 'listed/one', each === undefined ? {} : { listed: each }),
      );
      expect([gets, result]).toEqual([1, { object, bytes: Buffer.from('{"n":1}') }]);
    }
  });

  it('gives nothing where that generation is gone, though there is a newer one', async () => {
    const { object } = await ours.createOnce(BUCKET, 'listed/gone', bytesOf('old'));
    await ours.delete(BUCKET, 'listed/gone');
    await ours.createOnce(BUCKET, 'listed/gone', bytesOf('new'));
    expect(await ours.read(BUCKET, 'listed/gone', { listed: object })).toBeUndefined();
  });

  it('does not take an object of another name, generation or making for it', async () => {
    const { object } = await ours.createOnce(BUCKET, 'listed/a', bytesOf('a'));
    await ours.createOnce(BUCKET, 'listed/b', bytesOf('b'));
    const made = { ...object, size: 99 };
    const reads = [
      () => ours.read(BUCKET, 'listed/b', { listed: object }),
      () => ours.read(BUCKET, 'listed/a', { listed: object, generation: '1' }),
      () => ours.read(BUCKET, 'listed/a', { listed: made }),
    ];
    const texts = await Promise.all(reads.map(async (read) => (await read())?.bytes.toString()));
    expect(texts).toEqual(['b', undefined, 'a']);
  });

  it('downloads nothing above the limit, and nothing damaged', async () => {
    const object = { bucket: BUCKET, name: 'x', generation: '1', size: '3', timeCreated: '2026-01-01T00:00:00Z' };
    const listed = { ...object, crc32c: crc32cBase64(bytesOf('abd')) };
    const port = await lying((path) =>
      path.includes('alt=media')
        ? { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: 'abc' }
        : { status: 200, headers: { date: new Date(0).toUTCString() }, body: JSON.stringify({ items: [listed] }) },
    );
    const [one] = (await port.list(BUCKET, 'x')).objects;
    if (one === undefined) throw new Error('nothing listed');
    expect(await failureOf(port.read(BUCKET, 'x', { listed: one }))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(await failureOf(port.read(BUCKET, 'x', { listed: one, limit: 2 }))).toMatchObject({ code: 'TOO_LARGE' });
  });
});

describe('list', () => {
  it('pages in name order, with the time of the answer', async () => {
    for (const name of ['p/2', 'p/1', 'p/3']) await ours.createOnce(BUCKET, name, bytesOf(name), { due: '1' });
    const before = Date.now();
    const first = await ours.list(BUCKET, 'p/', { limit: 2 });
    expect(first.objects.map(({ name }) => name)).toEqual(['p/1', 'p/2']);
    expect(first.objects[0]?.metadata).toEqual({ due: '1' });
    const { objects, next } = await ours.list(BUCKET, 'p/', { limit: 2, from: first.next ?? '' });
    expect([objects.map(({ name }) => name), next]).toEqual([['p/3'], undefined]);
    // The header has whole seconds, and the listing is older than it.
    expect(first.at).toBeLessThanOrEqual(Date.now());
    expect(first.at).toBeGreaterThan(before - 3000);
  });

  it('shows every generation where asked', async () => {
    const versioned = 'lab-versioned';
    store.createBucket(operator, versioned, { versioning: true });
    await ours.createOnce(versioned, 'a', bytesOf('1'));
    expect(await ours.delete(versioned, 'a')).toBe(true);
    expect((await ours.createOnce(versioned, 'a', bytesOf('2'))).created).toBe(true);
    const { objects } = await ours.list(versioned, 'a', { versions: true });
    expect(objects.map(({ live }) => live)).toEqual([false, true]);
    expect((await ours.list(versioned, 'a')).objects).toHaveLength(1);
    const [old] = objects;
    expect((await ours.read(versioned, 'a', { generation: old?.generation ?? '' }))?.bytes).toEqual(Buffer.from('1'));
  });

  it('does not guess the time', async () => {
    const dateless = createServer((_, response) => {
      response.sendDate = false;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    servers.push(dateless);
    const port = portOf(OPERATOR, `http://127.0.0.1:${await listen(dateless)}`);
    expect(await failureOf(port.list(BUCKET, ''))).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'storage: list gs://lab-results/: the answer has no date',
    });
  });

  it.each([['a name that is no text'], ['a page that is no object']])('refuses %s', async (what) => {
    const body = what === 'a page that is no object' ? '"text"' : '{"items":[{"name":1}]}';
    const port = await lying(() => ({ status: 200, body }));
    expect(await failureOf(port.list(BUCKET, ''))).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('metadata, deletion, settings', () => {
  it('replaces all custom metadata', async () => {
    await ours.createOnce(BUCKET, 'mark', bytesOf('m'), { stage: 'a', old: '1' });
    expect(await ours.setMetadata(BUCKET, 'mark', { stage: 'b', due: '2' })).toBe(true);
    expect((await ours.stat(BUCKET, 'mark'))?.metadata).toEqual({ stage: 'b', due: '2' });
    expect(await ours.setMetadata(BUCKET, 'gone', {})).toBe(false);
    expect(await failureOf(alice.setMetadata(BUCKET, 'mark', { stage: 'c' }))).toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it('deletes once', async () => {
    await ours.createOnce(BUCKET, 'bye', bytesOf('m'));
    expect(await ours.delete(BUCKET, 'bye')).toBe(true);
    expect(await ours.delete(BUCKET, 'bye')).toBe(false);
    expect(await ours.stat(BUCKET, 'bye')).toBeUndefined();
    expect(await failureOf(alice.delete(BUCKET, 'mark'))).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('tells a bucket by number, retention and lock', async () => {
    const project = { projectNumber: world.project.number, hierarchicalNamespace: false };
    expect(await ours.settings(BUCKET)).toEqual({ ...project, retentionSeconds: 0, retentionLocked: false });
    store.createBucket(operator, 'lab-register', { retentionSeconds: 864_000 });
    expect(await ours.settings('lab-register')).toMatchObject({ retentionSeconds: 864_000, retentionLocked: false });
    const { metageneration } = store.getBucket(operator, 'lab-register');
    store.lockRetentionPolicy(operator, 'lab-register', metageneration);
    expect(await ours.settings('lab-register')).toMatchObject({ retentionSeconds: 864_000, retentionLocked: true });
    expect(await failureOf(alice.settings(BUCKET))).toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

it('says who it is on every call', async () => {
  const nobody = storagePort({ projectId: 'p', authClient: clientOf(createWorld(), ALICE), endpoint }, eagerly);
  for (const call of [
    () => nobody.createOnce(BUCKET, 'x', bytesOf('x')),
    () => nobody.read(BUCKET, 'x'),
    () => nobody.list(BUCKET, ''),
    () => nobody.setMetadata(BUCKET, 'x', {}),
    () => nobody.delete(BUCKET, 'x'),
    () => nobody.settings(BUCKET),
  ])
    expect(await failureOf(call())).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await failureOf(portOf(OPERATOR, 'http://127.0.0.1:1').stat(BUCKET, 'x'))).toMatchObject({
    code: 'UNAVAILABLE',
    message: 'storage: get gs://lab-results/x: ECONNREFUSED',
  });
});
