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

const portOf = (name: string, url = endpoint) =>
  storagePort({ projectId: world.project.id, authClient: clientOf(world, name), endpoint: url }, eagerly);

beforeAll(async () => {
  endpoint = `http://127.0.0.1:${await listen(server)}`;
  grant(world, OPERATOR, 'roles/storage.admin', `projects/${world.project.id}`);
  store.createBucket(operator, BUCKET);
  ours = portOf(OPERATOR);
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

/** What the port promises is asked of the adapter in storage-port.test.ts; here: what only a client on a wire can meet. */
describe('createOnce', () => {
  it('says of a refusal what was asked of which object, and nothing else', async () => {
    const refusal = await failureOf(portOf(ALICE).createOnce(BUCKET, 'seal', bytesOf('3')));
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

  it('does not believe an answer with another checksum', async () => {
    const object = {
      bucket: BUCKET,
      name: 'x',
      generation: '1',
      size: '1',
      metageneration: '1',
      timeCreated: '2026-01-01T00:00:00Z',
    };
    const port = await lying(() => ({ status: 200, body: JSON.stringify({ ...object, crc32c: 'AAAAAA==' }) }));
    expect(await failureOf(port.createOnce(BUCKET, 'x', bytesOf('x')))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });
});

describe('read', () => {
  it('downloads nothing above the limit', async () => {
    const paths: string[] = [];
    const object = {
      bucket: BUCKET,
      name: 'x',
      generation: '1',
      size: '9000',
      metageneration: '1',
      timeCreated: '2026-01-01T00:00:00Z',
    };
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
    const object = {
      bucket: BUCKET,
      name: 'x',
      generation: '1',
      size: '3',
      metageneration: '1',
      timeCreated: '2026-01-01T00:00:00Z',
    };
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

  it('downloads nothing above the limit, and nothing damaged', async () => {
    const object = {
      bucket: BUCKET,
      name: 'x',
      generation: '1',
      size: '3',
      metageneration: '1',
      timeCreated: '2026-01-01T00:00:00Z',
    };
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
