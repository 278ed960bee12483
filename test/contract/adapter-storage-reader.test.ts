import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readerPort, type StorageReader } from '#adapters/storage/reader.ts';
import { storagePort } from '#adapters/storage/storage.ts';
import type { Storage } from '#core/ports.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { storageServer } from '#local/cloud/storage/rest.ts';
import { clientOf, eagerly, failureOf, grant } from './adapter-kit.ts';

/** The reader against the whole port, over one server: of a bucket that only one of them can write, both see the same. */
const OWNER = 'user:owner';
const DAPP = 'user:dapp';
const BUCKET = 'lab-results';
const bytesOf = (text: string) => new TextEncoder().encode(text);

const world = createWorld();
const store = new ObjectStore(world, () => {}, {});
const servers: Server[] = [storageServer(world, store)];
let endpoint = '';
let whole: Storage;
let ours: StorageReader;
const readerOf = (name: string, url = endpoint) =>
  readerPort({ authClient: clientOf(world, name), endpoint: url }, eagerly);

beforeAll(async () => {
  const [server] = servers;
  if (server === undefined) throw new Error('no server');
  endpoint = `http://127.0.0.1:${await listen(server)}`;
  grant(world, OWNER, 'roles/storage.admin', `projects/${world.project.id}`);
  grant(world, DAPP, 'roles/storage.objectViewer', `buckets/${BUCKET}`);
  store.createBucket(callerNamed(OWNER), BUCKET);
  whole = storagePort({ projectId: world.project.id, authClient: clientOf(world, OWNER), endpoint }, eagerly);
  ours = readerOf(DAPP);
  await whole.createOnce(BUCKET, 'requests/ä b/request.json', bytesOf('{"a":1}'), { stage: 'open' });
  for (let n = 0; n < 5; n++) await whole.createOnce(BUCKET, `many/${n}`, bytesOf(`${n}`));
});
afterAll(() => Promise.all(servers.map(closeServer)));

it('stat, read and list tell what the whole port tells', async () => {
  const name = 'requests/ä b/request.json';
  expect(await ours.stat(BUCKET, name)).toEqual(await whole.stat(BUCKET, name));
  const read = await ours.read(BUCKET, name);
  expect(Buffer.from(read?.bytes ?? []).toString()).toBe('{"a":1}');
  expect(read?.object).toEqual((await whole.read(BUCKET, name))?.object);
  const first = await ours.list(BUCKET, 'many/', { limit: 3 });
  const same = await whole.list(BUCKET, 'many/', { limit: 3 });
  expect([first.objects, first.next]).toEqual([same.objects, same.next]);
  const rest = await ours.list(BUCKET, 'many/', { from: first.next ?? '' });
  expect([...first.objects, ...rest.objects].map((object) => object.name)).toEqual(
    [0, 1, 2, 3, 4].map((n) => `many/${n}`),
  );
});

it('nothing is no error, a bucket that may not be read is', async () => {
  expect(await ours.stat(BUCKET, 'none')).toBeUndefined();
  expect(await ours.read(BUCKET, 'none')).toBeUndefined();
  expect((await ours.list(BUCKET, 'none/')).objects).toEqual([]);
  const refusal = await failureOf(readerOf('user:mallory').read(BUCKET, 'many/0'));
  expect(refusal).toMatchObject({ code: 'PERMISSION_DENIED' });
  expect(refusal.message).toBe('storage: get gs://lab-results/many/0: HTTP 403 PERMISSION_DENIED');
});

it('asks again where a call fails, and reads no more than its limit', async () => {
  world.faults.add({ method: 'storage.objects.get', kind: 'before' });
  expect(await ours.stat(BUCKET, 'many/1')).toMatchObject({ size: 1 });
  expect(await failureOf(ours.read(BUCKET, 'many/1', { limit: 0 }))).toMatchObject({ code: 'TOO_LARGE' });
});

it('reads no more of a refusal than of an answer', async () => {
  const text = JSON.stringify({ error: { status: 'PERMISSION_DENIED', message: 'x'.repeat(9 * 1024 * 1024) } });
  const talker = createServer((_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' }).end(text);
  });
  servers.push(talker);
  const reader = readerOf(DAPP, `http://127.0.0.1:${await listen(talker)}`);
  const refusal = await failureOf(reader.stat(BUCKET, 'x'));
  expect(refusal).toMatchObject({
    code: 'PERMISSION_DENIED',
    message: expect.stringMatching(/^storage: get gs:\/\/lab-results\/x: HTTP 403$/),
  });
});

it('believes no bytes that are not what was stored, and no length', async () => {
  const resource = JSON.stringify({
    bucket: BUCKET,
    name: 'x',
    generation: '1',
    size: '3',
    metageneration: '1',
    timeCreated: '2027-01-01T00:00:00Z',
    crc32c: 'AAAAAA==',
  });
  for (const [body, code] of [
    ['abc', 'CHECKSUM_MISMATCH'],
    ['ab', 'CHECKSUM_MISMATCH'],
    ['a'.repeat(100_000), 'TOO_LARGE'],
  ] as const) {
    const liar = createServer((request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(request.url?.includes('alt=media') ? body : resource);
    });
    servers.push(liar);
    const reader = readerOf(DAPP, `http://127.0.0.1:${await listen(liar)}`);
    expect(await failureOf(reader.read(BUCKET, 'x', { limit: 1000 }))).toMatchObject({ code });
  }
});
