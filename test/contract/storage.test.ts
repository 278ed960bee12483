import { randomBytes } from 'node:crypto';
import { type Bucket, type File, type SaveOptions, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refusalOf, servedLab } from './support-storage.ts';

/**
 * What Cloud Storage does and this pipeline relies on, through the official client: against ours, and against a real project where one is
 * named. Known differences of ours, by name:
 * - soft-delete: ours is off and refuses to be on (nothing relies on it; production buckets that hold shares switch it off). Real: 7 days.
 * - missing-or-denied-bucket: ours answers 404 for an unknown bucket to any caller with a token. Real: the same, seen only by documentation.
 * - existing-answers: 412 before 403 where both hold is an option of ours (default 412). Real: not documented.
 * - sessions: ours forgets open upload sessions at a restart. Real: they last a week. Clients start again on 404.
 * - topic-check: ours does not look whether the topic of a notification exists. Real: creating the configuration fails.
 * - lifecycle: ours looks every hour while it listens. Real: within about a day.
 * - anonymous: ours asks a bearer of every caller, so allUsers means all who have one.
 */
/**
 * A resumable upload whose start carries the bearer. `save({ resumable: true })` of client 8.4 sends none to a custom endpoint, whatever
 * useAuthWithCustomEndpoint says, because it does not hand that option on. To ask for the session first helps.
 */
const saveResumably = async (file: File, data: Buffer | string, options: SaveOptions = {}): Promise<void> => {
  const { preconditionOpts = {}, metadata = {}, validation = false, chunkSize } = options;
  const [uri] = await file.createResumableUpload({ preconditionOpts, metadata });
  await file.save(data, { resumable: true, uri, validation, ...(chunkSize === undefined ? {} : { chunkSize }) });
};

const saveSimply = (file: File, data: Buffer | string, options: SaveOptions = {}) =>
  file.save(data, { resumable: false, ...options });

interface Backend {
  readonly client: Storage;
  readonly close: () => Promise<void>;
}

const contract = (name: string, open: () => Promise<Backend>) =>
  describe(`Cloud Storage, ${name}`, () => {
    let backend: Backend;
    const made: Bucket[] = [];
    const bucket = async (metadata: object = {}): Promise<Bucket> => {
      const [one] = await backend.client.createBucket(`keyturn-test-${randomBytes(6).toString('hex')}`, {
        iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
        softDeletePolicy: { retentionDurationSeconds: 0 },
        ...metadata,
      });
      made.push(one);
      return one;
    };
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(async () => {
      for (const one of made) {
        const [files] = await one.getFiles({ versions: true });
        await Promise.all(files.map((file) => file.delete()));
        await one.delete();
      }
      await backend.close();
    });

    it.each([
      ['simple', saveSimply],
      ['resumable', saveResumably],
    ])('of two writers who create once, one gets 412: %s', async (_label, save) => {
      const b = await bucket();
      const write = (text: string) => save(b.file('turns/lab/1'), text, { preconditionOpts: { ifGenerationMatch: 0 } });
      const results = await Promise.allSettled([write('one'), write('two')]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const lost = results.find((result) => result.status === 'rejected');
      expect(await refusalOf(Promise.reject(lost?.reason))).toMatchObject({ code: 412 });
      const won = results[0]?.status === 'fulfilled' ? 'one' : 'two';
      expect((await b.file('turns/lab/1').download())[0].toString()).toBe(won);
    });

    it.each([
      ['empty', 0],
      ['small', 5],
      ['beyond one chunk', 600_000],
    ])('bytes go up and come down unchanged: %s', async (_label, size) => {
      const b = await bucket();
      const bytes = randomBytes(size);
      await b.file('simple').save(bytes, { resumable: false, validation: 'crc32c', contentType: 'application/json' });
      await saveResumably(b.file('resumable'), bytes, { validation: 'md5' });
      // Of no bytes in chunks the client makes a Content-Range of `bytes 0--1/0`, which nobody can read.
      if (size > 0) await saveResumably(b.file('chunks'), bytes, { chunkSize: 256 * 1024 });
      for (const name of size > 0 ? ['simple', 'resumable', 'chunks'] : ['simple', 'resumable']) {
        const [down] = await b.file(name).download({ validation: 'crc32c' });
        expect(down.equals(bytes), name).toBe(true);
        const [metadata] = await b.file(name).getMetadata();
        expect(metadata).toMatchObject({ name, bucket: b.name, size: String(size), metageneration: '1' });
        expect(metadata.generation).toMatch(/^\d{16}$/);
      }
      expect((await b.file('simple').getMetadata())[0].contentType).toBe('application/json');
    });

    it('a part can be read', async () => {
      const b = await bucket();
      await b.file('a').save('0123456789', { resumable: false });
      expect((await b.file('a').download({ start: 2, end: 4 }))[0].toString()).toBe('234');
      expect(await refusalOf(b.file('a').download({ start: 10 }))).toMatchObject({ code: 416 });
    });

    it('what is stored as gzip comes down as it was', async () => {
      const b = await bucket();
      await b.file('a').save('x'.repeat(1000), { resumable: false, gzip: true });
      expect((await b.file('a').getMetadata())[0]).toMatchObject({ contentEncoding: 'gzip' });
      expect((await b.file('a').download())[0].toString()).toBe('x'.repeat(1000));
    });

    it('a wrong checksum is refused and nothing is kept', async () => {
      const b = await bucket();
      for (const save of [saveSimply, saveResumably]) {
        const call = save(b.file('a'), 'hello', { metadata: { crc32c: 'AAAAAA==' }, validation: false });
        expect(await refusalOf(call)).toMatchObject({ code: 400 });
      }
      expect(await b.file('a').exists()).toEqual([false]);
    });

    it('generations of a versioned bucket stay, and none live means generation 0', async () => {
      const b = await bucket({ versioning: { enabled: true } });
      await b.file('a').save('one', { resumable: false });
      const first = Number((await b.file('a').getMetadata())[0].generation);
      await b.file('a').save('two', { resumable: false, preconditionOpts: { ifGenerationMatch: first } });
      const second = Number((await b.file('a').getMetadata())[0].generation);
      expect(second).toBeGreaterThan(first);
      expect((await b.file('a', { generation: first }).download())[0].toString()).toBe('one');
      await b.file('a').delete({ ifGenerationMatch: second });
      expect((await b.getFiles())[0]).toEqual([]);
      const [all] = await b.getFiles({ versions: true });
      expect(all.map(({ metadata }) => Number(metadata.generation))).toEqual([first, second]);
      expect(all.every(({ metadata }) => typeof metadata.timeDeleted === 'string')).toBe(true);
      await b.file('a').save('three', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
      await b.file('a', { generation: first }).delete();
      expect((await b.getFiles({ versions: true }))[0]).toHaveLength(2);
    });

    it('a stale generation or metageneration is refused with 412 on every verb', async () => {
      const b = await bucket();
      const file = b.file('a');
      await file.save('one', { resumable: false });
      const stale = { ifGenerationMatch: 1 };
      for (const save of [saveSimply, saveResumably])
        expect(await refusalOf(save(file, 'x', { preconditionOpts: stale }))).toMatchObject({ code: 412 });
      expect(await refusalOf(file.delete(stale))).toEqual({ code: 412, reason: 'conditionNotMet' });
      const old = { ifMetagenerationMatch: 9 };
      expect(await refusalOf(file.setMetadata({ metadata: {} }, old))).toEqual({
        code: 412,
        reason: 'conditionNotMet',
      });
      expect((await file.download())[0].toString()).toBe('one');
    });

    it('lists by prefix and delimiter, in pages, with the fields asked for', async () => {
      const b = await bucket();
      for (const name of ['a/1', 'a/2', 'a/b/3', 'c']) await b.file(name).save(name, { resumable: false });
      const names = async (query: object) => (await b.getFiles(query))[0].map(({ name }) => name);
      expect(await names({ prefix: 'a/' })).toEqual(['a/1', 'a/2', 'a/b/3']);
      expect(await names({ prefix: 'a/', delimiter: '/' })).toEqual(['a/1', 'a/2']);
      expect(await names({ startOffset: 'a/2', endOffset: 'c' })).toEqual(['a/2', 'a/b/3']);
      expect(await names({ maxResults: 1 })).toEqual(['a/1']);
      const [, , answer] = await b.getFiles({ delimiter: '/', autoPaginate: false });
      expect(answer).toMatchObject({ prefixes: ['a/'], items: [{ name: 'c' }] });
      const [one, next] = await b.getFiles({ maxResults: 3, autoPaginate: false, fields: 'items(name),nextPageToken' });
      expect(one).toEqual([{ name: 'a/1' }, { name: 'a/2' }, { name: 'a/b/3' }]);
      const [rest, end] = await b.getFiles({ ...next, autoPaginate: false });
      expect([rest, end]).toEqual([[{ name: 'c' }], null]);
    });

    it('metadata is patched, and copied along', async () => {
      const b = await bucket();
      const file = b.file('open/lab/1');
      await file.save('x', { resumable: false, metadata: { metadata: { stage: 'open', due: '1' } } });
      await file.setMetadata({ metadata: { stage: 'approved', due: null } }, { ifMetagenerationMatch: 1 });
      expect((await file.getMetadata())[0]).toMatchObject({ metageneration: '2', metadata: { stage: 'approved' } });
      await file.copy(b.file('copy'), { preconditionOpts: { ifGenerationMatch: 0 } });
      const [copied] = await b.file('copy').getMetadata();
      expect(copied).toMatchObject({ metadata: { stage: 'approved' }, metageneration: '1' });
    });

    it('what is not there answers 404, and a bucket goes only when empty', async () => {
      const b = await bucket();
      expect(await refusalOf(b.file('none').download())).toMatchObject({ code: 404 });
      expect(await refusalOf(b.file('none').getMetadata())).toEqual({ code: 404, reason: 'notFound' });
      expect(await refusalOf(b.file('none').delete())).toEqual({ code: 404, reason: 'notFound' });
      await b.file('a').save('x', { resumable: false });
      expect(await refusalOf(b.delete())).toEqual({ code: 409, reason: 'conflict' });
    });

    it('retention keeps objects until their age is reached, and an open policy can be changed', async () => {
      const b = await bucket({ retentionPolicy: { retentionPeriod: '3600' } });
      const file = b.file('a');
      await file.save('x', { resumable: false });
      expect((await file.getMetadata())[0].retentionExpirationTime).toMatch(/^\d{4}-/);
      expect(await refusalOf(file.delete())).toMatchObject({ code: 403 });
      expect(await refusalOf(file.save('y', { resumable: false }))).toMatchObject({ code: 403 });
      await b.removeRetentionPeriod();
      await file.delete();
    });
  });

contract('local', async () => {
  const lab = await servedLab({ now: Date.now() });
  return { client: lab.clientFor(lab.admin), close: lab.close };
});

contract('local, through the paths of STORAGE_EMULATOR_HOST', async () => {
  const lab = await servedLab({ now: Date.now() });
  vi.stubEnv('STORAGE_EMULATOR_HOST', `http://127.0.0.1:${lab.port}`);
  const client = lab.clientFor(lab.admin);
  vi.unstubAllEnvs();
  expect(client.baseUrl).not.toContain('/storage/v1');
  return { client, close: lab.close };
});

const project = process.env.KEYTURN_TEST_PROJECT;
if (project === undefined)
  console.warn('SKIPPED: Cloud Storage contract against a real project (KEYTURN_TEST_PROJECT names none)');
else
  contract(`project ${project}`, async () => ({ client: new Storage({ projectId: project }), close: async () => {} }));
