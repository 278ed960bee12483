import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import { refusalOf, type ServedLab, START_MS, servedLab, storageClient } from './support-storage.ts';

/** What only ours can be asked for: callers with one permission less, planned faults, its own clock, delivery of notifications. */
const B = 'lab-keys';
let lab: ServedLab;
beforeEach(async () => {
  lab = await servedLab();
  lab.store.createBucket(lab.admin, B);
});
afterEach(() => lab.close());

const url = (path: string) => `http://127.0.0.1:${lab.port}${path}`;
const call = (path: string, init: RequestInit = {}, caller: Caller = lab.admin) =>
  fetch(url(path), {
    ...init,
    headers: { authorization: `Bearer ${lab.tokenFor(caller)}`, ...Object.fromEntries(new Headers(init.headers)) },
  });
const upload = (query: string, init: RequestInit = {}) =>
  call(`/upload/storage/v1/b/${B}/o?${query}`, { method: 'POST', ...init });

describe('refused by name', () => {
  it.each([
    ['GET', `/storage/v1/b/${B}/o?matchGlob=*`, undefined, 400, 'matchGlob'],
    ['GET', `/storage/v1/b/${B}/o?softDeleted=true`, undefined, 400, 'softDeleted'],
    ['POST', `/upload/storage/v1/b/${B}/o?uploadType=media&name=a&kmsKeyName=k`, 'x', 400, 'kmsKeyName'],
    ['POST', `/upload/storage/v1/b/${B}/o?uploadType=media&name=a&predefinedAcl=private`, 'x', 400, 'predefinedAcl'],
    ['POST', `/storage/v1/b/${B}/o/a/compose`, '{}', 400, 'compose'],
    ['PUT', `/storage/v1/b/${B}`, '{}', 400, 'PUT /storage/v1/b'],
    ['PATCH', `/storage/v1/b/${B}`, '{"cors":[]}', 400, 'cors'],
    ['PATCH', `/storage/v1/b/${B}`, '{', 400, 'valid JSON'],
    ['POST', '/storage/v1/b?project=other', '{"name":"lab-x"}', 400, 'other'],
    ['POST', `/upload/storage/v1/b/${B}/o?uploadType=none&name=a`, 'x', 400, 'uploadType'],
    ['POST', `/upload/storage/v1/b/${B}/o?uploadType=media`, 'x', 400, 'name is empty'],
    ['GET', `/storage/v1/b/${B}/o?maxResults=-1`, undefined, 400, 'maxResults'],
    ['GET', `/storage/v1/b/${B}/o?versions=perhaps`, undefined, 400, 'versions'],
    ['GET', `/storage/v1/b/${B}/o?fields=items(`, undefined, 400, 'field selection'],
    ['GET', `/storage/v1/b/${B}/o/%zz`, undefined, 400, 'percent-encoding'],
    ['POST', `/storage/v1/b/${B}/lockRetentionPolicy`, '', 400, 'ifMetagenerationMatch'],
    ['POST', `/storage/v1/b/${B}/notificationConfigs`, '{"topic":"t","filter":"x"}', 400, 'filter'],
  ])('%s %s', async (method, path, body, status, message) => {
    const answer = await call(path, { method, ...(body === undefined ? {} : { body }) });
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(message)]);
  });

  const KEY = Buffer.alloc(32, 7).toString('base64');
  it.each([
    ['x-goog-encryption-algorithm', 'AES256'],
    ['x-goog-encryption-key', KEY],
    ['x-goog-encryption-key-sha256', KEY],
    ['x-goog-copy-source-encryption-key', KEY],
    ['x-goog-acl', 'private'],
    ['x-goog-meta-color', 'red'],
    ['x-goog-if-generation-match', '0'],
    ['if-none-match', '"a"'],
    ['if-match', '"a"'],
    ['x-http-method-override', 'DELETE'],
  ])('header %s, in an upload and in a download', async (name, value) => {
    lab.store.insert(lab.admin, B, 'there', Buffer.from('x'));
    for (const answer of [
      await upload('uploadType=media&name=a', { body: 'secret', headers: { [name]: value } }),
      await call(`/storage/v1/b/${B}/o/there?alt=media`, { headers: { [name]: value } }),
    ])
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(`header ${name} of`)]);
    expect(lab.store.list(lab.admin, B).items.map(({ name: found }) => found)).toEqual(['there']);
  });

  it('x-goog-hash where nothing is uploaded', async () => {
    const answer = await call(`/storage/v1/b/${B}/o`, { headers: { 'x-goog-hash': 'crc32c=AAAAAA==' } });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('x-goog-hash')]);
  });

  it('a caller without a token, or with a stale one', async () => {
    for (const headers of [{ authorization: '' }, { authorization: 'Bearer stale' }])
      expect((await call(`/storage/v1/b/${B}/o`, { headers })).status).toBe(401);
  });
});

describe('what asks for nothing is taken', () => {
  it('headers that say who asks and who pays', async () => {
    const headers = {
      'x-goog-api-client': 'gl-node/24',
      'x-goog-user-project': 'other',
      'x-goog-request-params': `bucket=${B}`,
      'x-goog-gcs-idempotency-token': '1',
    };
    expect((await upload('uploadType=media&name=a', { body: 'x', headers })).status).toBe(200);
  });

  it.each([
    ['POST', '/storage/v1/b?project=keyturn-local&enableObjectRetention=False', '{"name":"lab-new"}', 200],
    ['POST', '/storage/v1/b?project=keyturn-local&enableObjectRetention=True', '{"name":"lab-new"}', 400],
    ['DELETE', `/storage/v1/b/${B}/o/there?versions=true`, undefined, 204],
    ['DELETE', `/storage/v1/b/${B}/o/there?versions=false`, undefined, 400],
    ['GET', `/storage/v1/b/${B}/managedFolders`, undefined, 200],
    [
      'GET',
      `/storage/v1/b/${B}/o?fields=items/metadata/goog-reserved-posix-gid,items(name,metadata/a.b)`,
      undefined,
      200,
    ],
  ])('%s %s', async (method, path, body, status) => {
    lab.store.insert(lab.admin, B, 'there', Buffer.from('x'));
    const answer = await call(path, { method, ...(body === undefined ? {} : { body }) });
    expect([answer.status, answer.status < 400 ? '' : await answer.text()]).toEqual([
      status,
      status < 400 ? '' : expect.stringContaining('query parameter'),
    ]);
  });
});

describe('a gzip body', () => {
  const gzip = { 'content-encoding': 'gzip' };
  it('is inflated before anything is read of it', async () => {
    const body = gzipSync('twenty-six bytes of a share');
    expect((await upload('uploadType=media&name=a', { body, headers: gzip })).status).toBe(200);
    expect(lab.store.read(lab.admin, B, 'a').bytes.toString()).toBe('twenty-six bytes of a share');
    expect(lab.store.get(lab.admin, B, 'a').headers.contentEncoding).toBeUndefined();
  });

  it.each([
    ['another encoding', 'br', 'content-encoding: br'],
    ['a body that is not gzip', 'gzip', 'not gzip'],
  ])('%s is refused', async (_, encoding, message) => {
    const answer = await upload('uploadType=media&name=a', { body: 'x', headers: { 'content-encoding': encoding } });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(message)]);
    expect(lab.store.list(lab.admin, B).items).toEqual([]);
  });
});

describe('permissions, through the client', () => {
  it('one role less, one 403 more', async () => {
    lab.store.insert(lab.admin, B, 'a', Buffer.from('x'));
    const creator = lab.clientFor(lab.caller('alice', 'roles/storage.objectCreator', B)).bucket(B);
    const viewer = lab.clientFor(lab.caller('bob', 'roles/storage.objectViewer', B)).bucket(B);
    await creator.file('new').save('x', { resumable: false });
    for (const refused of [
      () => creator.file('a').download(),
      () => creator.file('a').getMetadata(),
      () => creator.getFiles(),
      () => creator.file('a').delete(),
      () => creator.file('a').setMetadata({ metadata: { a: 'b' } }),
      () => creator.file('a').save('overwritten', { resumable: false }),
      () => viewer.file('b').save('x', { resumable: false }),
      () => viewer.file('b').createResumableUpload(),
      () => viewer.getMetadata(),
      () => viewer.setMetadata({ versioning: { enabled: true } }),
      () => viewer.delete(),
    ])
      expect((await refusalOf(refused())).code).toBe(403);
    expect((await viewer.file('a').download())[0].toString()).toBe('x');
    expect(await refusalOf(viewer.file('none').getMetadata())).toEqual({ code: 404, reason: 'notFound' });
    const list = lab.clientFor(lab.caller('finance', 'keyturn.list', B)).bucket(B);
    expect((await list.getFiles())[0].map(({ name }) => name)).toEqual(['a', 'new']);
    expect((await refusalOf(list.file('a').download())).code).toBe(403);
  });

  it('the client sends no bearer when it starts save({ resumable: true }) on an endpoint of ours: refused, nothing kept', async () => {
    const file = lab.clientFor(lab.admin).bucket(B).file('a');
    expect(await refusalOf(file.save('x', { resumable: true }))).toMatchObject({ code: 401 });
    expect(await file.exists()).toEqual([false]);
  });
});

describe('resumable sessions', () => {
  const start = async (query = '', headers: Record<string, string> = {}) => {
    const answer = await upload(`uploadType=resumable&name=big${query}`, { headers });
    expect(answer.status).toBe(200);
    return answer.headers.get('location') ?? '';
  };
  const put = (location: string, range: string, body: Buffer, headers: Record<string, string> = {}) =>
    fetch(location, { method: 'PUT', headers: { 'content-range': range, ...headers }, body: new Uint8Array(body) });
  const UNIT = 256 * 1024;

  it('keep whole units of 256 KiB of a chunk, say where to go on, and end with the object', async () => {
    const location = await start('&fields=name%2Csize', { 'x-upload-content-type': 'text/plain' });
    const bytes = Buffer.alloc(UNIT + 100, 7);
    const first = await put(location, `bytes 0-${bytes.length - 1}/*`, bytes);
    expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${UNIT - 1}`]);
    const asked = await put(location, 'bytes */*', Buffer.alloc(0));
    expect([asked.status, asked.headers.get('range')]).toEqual([308, `bytes=0-${UNIT - 1}`]);
    expect((await put(location, `bytes ${UNIT + 1}-${UNIT + 1}/*`, Buffer.from('x'))).status).toBe(400);
    const last = await put(location, `bytes ${UNIT}-${bytes.length - 1}/${bytes.length}`, bytes.subarray(UNIT));
    expect([last.status, await last.json()]).toEqual([200, { name: 'big', size: String(bytes.length) }]);
    const again = await put(location, 'bytes */*', Buffer.alloc(0));
    expect(again.status).toBe(200);
    const kept = lab.store.read(lab.admin, B, 'big');
    expect([kept.bytes.equals(bytes), kept.object.headers.contentType]).toEqual([true, 'text/plain']);
  });

  it('look at precondition and permission at the start and at the end', async () => {
    const once = '&ifGenerationMatch=0';
    const location = await start(once);
    lab.store.insert(lab.admin, B, 'big', Buffer.from('other'));
    expect((await put(location, 'bytes 0-0/1', Buffer.from('x'))).status).toBe(412);
    expect((await upload(`uploadType=resumable&name=big${once}`)).status).toBe(412);
    expect(lab.store.read(lab.admin, B, 'big').bytes.toString()).toBe('other');
    const free = await start('2');
    lab.world.iam.unbind('admin');
    expect((await put(free, 'bytes 0-0/1', Buffer.from('x'))).status).toBe(403);
  });

  it('end with the checksum of the last request, are forgotten when cancelled, unknown when guessed, gone after a week', async () => {
    const location = await start();
    const wrong = await put(location, 'bytes 0-0/1', Buffer.from('x'), { 'x-goog-hash': 'crc32c=AAAAAA==' });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('AAAAAA==')]);
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(499);
    expect((await put(location, 'bytes 0-0/1', Buffer.from('x'))).status).toBe(404);
    const stale = await start();
    lab.clock.advance(8 * 86_400_000);
    expect((await put(stale, 'bytes 0-0/1', Buffer.from('x'))).status).toBe(410);
    expect(lab.store.list(lab.admin, B).items).toEqual([]);
  });

  it('whose last answer was lost are done: asked again, they give the object', async () => {
    const location = await start();
    lab.world.faults.add({ method: 'storage.objects.insert', kind: 'after' });
    expect((await put(location, 'bytes 0-0/1', Buffer.from('x'))).status).toBe(503);
    const asked = await put(location, 'bytes */*', Buffer.alloc(0));
    expect([asked.status, await asked.json()]).toEqual([
      200,
      expect.objectContaining({ name: 'big', metageneration: '1' }),
    ]);
    expect(lab.world.faults.pending).toEqual([]);
  });
});

describe('faults, through the client', () => {
  const save = (text: string) =>
    lab
      .clientFor(lab.admin)
      .bucket(B)
      .file('a')
      .save(text, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });

  it('a refused write did not happen; a write whose answer was lost did, and the retry learns it by 412', async () => {
    lab.world.faults.add({ method: 'storage.objects.insert', matching: `${B}/a`, kind: 'before' });
    expect(await refusalOf(save('x'))).toMatchObject({ code: 503 });
    lab.world.faults.add({ method: 'storage.objects.insert', kind: 'after' });
    expect(await refusalOf(save('x'))).toMatchObject({ code: 503 });
    expect(await refusalOf(save('x'))).toMatchObject({ code: 412 });
    expect(lab.store.read(lab.admin, B, 'a').bytes.toString()).toBe('x');
    expect(lab.world.faults.pending).toEqual([]);
  });

  it('the client retries a lost create by itself and then meets its own object', async () => {
    lab.world.faults.add({ method: 'storage.objects.insert', kind: 'after' });
    const retryOptions = { autoRetry: true, maxRetries: 2 };
    const file = storageClient(lab.port, lab.tokenFor(lab.admin), { retryOptions }).bucket(B).file('a');
    const call = file.save('x', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    expect(await refusalOf(call)).toMatchObject({ code: 412 });
    expect(lab.store.read(lab.admin, B, 'a').bytes.toString()).toBe('x');
  });

  it('a delayed write is met by the store only after the wait: the one who came later wins', async () => {
    lab.world.faults.add({ method: 'storage.objects.insert', kind: 'delay', delayMs: 5000 });
    const slow = save('slow');
    await expect.poll(() => lab.clock.nextDue() === START_MS + 5000).toBe(true);
    await save('fast');
    lab.clock.advance(5000);
    expect(await refusalOf(slow)).toMatchObject({ code: 412 });
    expect(lab.store.read(lab.admin, B, 'a').bytes.toString()).toBe('fast');
  });
});

describe('the rest', () => {
  it('the Date of an answer is the time of the world, not of the machine', async () => {
    lab.clock.advance(86_400_000);
    const answer = await call(`/storage/v1/b/${B}/o`);
    expect(answer.headers.get('date')).toBe('Fri, 02 Jan 2026 00:00:00 GMT');
    const [, , listing] = await lab.clientFor(lab.admin).bucket(B).getFiles({ autoPaginate: false });
    expect(listing).toBeDefined();
  });

  it('a reader who has the newest is told so with 304 and no body', async () => {
    const { generation } = lab.store.insert(lab.admin, B, 'a', Buffer.from('x'));
    const answer = await call(`/storage/v1/b/${B}/o/a?ifGenerationNotMatch=${generation}`);
    expect([answer.status, await answer.text()]).toEqual([304, '']);
  });

  it('notifications are configured by the client and delivered', async () => {
    const bucket = lab.clientFor(lab.admin).bucket(B);
    const topic = 'projects/keyturn-local/topics/shares';
    const [made] = await bucket.createNotification(topic, {
      eventTypes: ['OBJECT_FINALIZE'],
      objectNamePrefix: 'shares/',
    });
    const [all] = await bucket.getNotifications();
    expect(all.map(({ id, metadata }) => [id, metadata.topic])).toEqual([['1', `//pubsub.googleapis.com/${topic}`]]);
    expect((await made.getMetadata())[0]).toMatchObject({
      event_types: ['OBJECT_FINALIZE'],
      payload_format: 'JSON_API_V1',
    });
    await bucket.file('shares/a').save('x', { resumable: false });
    expect(lab.published.map(({ topic: to, attributes }) => [to, attributes.objectId])).toEqual([[topic, 'shares/a']]);
    await made.delete();
    await bucket.file('shares/b').save('x', { resumable: false });
    expect(lab.published).toHaveLength(1);
  });

  it('a locked retention policy only grows', async () => {
    const bucket = lab.clientFor(lab.admin).bucket(B);
    await bucket.setRetentionPeriod(60);
    expect(await refusalOf(bucket.lock(1))).toEqual({ code: 412, reason: 'conditionNotMet' });
    await bucket.lock(2);
    expect((await bucket.getMetadata())[0].retentionPolicy).toMatchObject({ retentionPeriod: '60', isLocked: true });
    expect(await refusalOf(bucket.setRetentionPeriod(59))).toEqual({ code: 403, reason: 'forbidden' });
    expect(await refusalOf(bucket.removeRetentionPeriod())).toEqual({ code: 403, reason: 'forbidden' });
    await bucket.setRetentionPeriod(61);
    await bucket.file('a').save('x', { resumable: false });
    expect(await refusalOf(bucket.file('a').delete())).toEqual({ code: 403, reason: 'retentionPolicyNotMet' });
    lab.clock.advance(61_000);
    await bucket.file('a').delete();
  });

  it('lifecycle rules run while the server listens', async () => {
    const bucket = lab.clientFor(lab.admin).bucket(B);
    await bucket.addLifecycleRule({ action: { type: 'Delete' }, condition: { age: 1 } });
    await bucket.file('a').save('x', { resumable: false });
    lab.clock.advance(23 * 3_600_000);
    expect(await bucket.file('a').exists()).toEqual([true]);
    lab.clock.advance(3_600_000);
    expect(await bucket.file('a').exists()).toEqual([false]);
    await lab.close();
    expect(lab.clock.nextDue()).toBeUndefined();
  });
});
