import { afterAll, describe, expect, it } from 'vitest';
import type { StoredObject } from '#core/ports.ts';
import { failureOf } from './adapter-kit.ts';
import { BUCKET, bench, bytesOf, closeAll, KINDS, OWNER, START, textOf } from './storage-port-kit.ts';

afterAll(closeAll);

describe.each(KINDS)('$kind.name, where a taken name is $answer', ({ kind, answer }) => {
  const open = () => bench(kind, answer);

  describe('createOnce', () => {
    it('creates once, with metadata, and says who was first', async () => {
      const { ours } = await open();
      const first = await ours.createOnce(BUCKET, 'requests/a b/ä.json', bytesOf('{}'), { stage: 'open' });
      const expected = {
        bucket: BUCKET,
        name: 'requests/a b/ä.json',
        metageneration: '1',
        size: 2,
        metadata: { stage: 'open' },
        live: true,
        // Of `{}`.
        crc32c: 'KXvQqg==',
      };
      expect(first).toEqual({
        created: true,
        object: { ...expected, timeCreated: START, generation: expect.stringMatching(/^[0-9]{16}$/) },
      });
      const second = await ours.createOnce(BUCKET, 'requests/a b/ä.json', bytesOf('{"other":1}'), { stage: 'late' });
      expect(second).toEqual({ created: false, object: first.object });
      expect(textOf((await ours.read(BUCKET, 'requests/a b/ä.json'))?.bytes)).toBe('{}');
    });

    it('lets one of many writers be first', async () => {
      const { ours } = await open();
      const made = await Promise.all([1, 2, 3, 4, 5].map((n) => ours.createOnce(BUCKET, 'one', bytesOf(`${n}`))));
      expect(made.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(made.map(({ object }) => object.generation)).size).toBe(1);
    });

    it('has a newer generation where the name is free again', async () => {
      const { ours } = await open();
      const { object: old } = await ours.createOnce(BUCKET, 'again', bytesOf('old'));
      await ours.delete(BUCKET, 'again');
      const { created, object } = await ours.createOnce(BUCKET, 'again', bytesOf('new'));
      expect([created, BigInt(object.generation) > BigInt(old.generation)]).toEqual([true, true]);
    });

    it('does not overwrite, whatever right to delete the writer has', async () => {
      const { ours, portOf } = await open();
      await ours.createOnce(BUCKET, 'seal', bytesOf('1'));
      for (const who of [OWNER, 'user:keyturn.append'])
        expect((await portOf(who).createOnce(BUCKET, 'seal', bytesOf('2'))).created).toBe(false);
      expect(textOf((await ours.read(BUCKET, 'seal'))?.bytes)).toBe('1');
    });

    it('nor under a retention policy', async () => {
      const { ours, store, owner } = await open();
      store.patchBucket(owner, BUCKET, { retentionSeconds: 3600 });
      expect((await ours.createOnce(BUCKET, 'kept', bytesOf('1'))).created).toBe(true);
      expect((await ours.createOnce(BUCKET, 'kept', bytesOf('2'))).created).toBe(false);
    });

    it('refuses whoever may not create, and says nothing of what is there to whoever may not look', async () => {
      const { ours, portOf } = await open();
      await ours.createOnce(BUCKET, 'taken', bytesOf('1'));
      const refused = { code: 'PERMISSION_DENIED' };
      expect(await failureOf(portOf('user:nobody').createOnce(BUCKET, 'free', bytesOf('x')))).toMatchObject(refused);
      expect(await failureOf(portOf('user:nobody').createOnce(BUCKET, 'taken', bytesOf('x')))).toMatchObject(refused);
      const creator = portOf('user:roles/storage.objectCreator');
      expect((await creator.createOnce(BUCKET, 'free', bytesOf('x'))).created).toBe(true);
      expect(await failureOf(creator.createOnce(BUCKET, 'taken', bytesOf('x')))).toMatchObject(refused);
    });

    it('names a missing bucket, and a name that cannot be', async () => {
      const { ours } = await open();
      expect(await failureOf(ours.createOnce('lab-none', 'x', bytesOf('x')))).toMatchObject({ code: 'NOT_FOUND' });
      expect(await failureOf(ours.createOnce(BUCKET, 'a\nb', bytesOf('x')))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      const metadata = { much: 'x'.repeat(9000) };
      expect(await failureOf(ours.createOnce(BUCKET, 'x', bytesOf('x'), metadata))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    });
  });

  describe('read and stat', () => {
    it('give bytes as they are, by generation too, or nothing', async () => {
      const { ours } = await open();
      const bytes = Uint8Array.from({ length: 4000 }, (_, i) => i & 0xff);
      const { object } = await ours.createOnce(BUCKET, 'raw', bytes, { a: '1' });
      await ours.createOnce(BUCKET, 'empty', new Uint8Array());
      const found = await ours.read(BUCKET, 'raw');
      expect([found?.object, Buffer.from(found?.bytes ?? [])]).toEqual([object, Buffer.from(bytes)]);
      expect((await ours.read(BUCKET, 'raw', { generation: object.generation }))?.object).toEqual(object);
      expect((await ours.read(BUCKET, 'empty'))?.bytes).toHaveLength(0);
      expect(await ours.stat(BUCKET, 'raw')).toEqual(object);
      expect(await ours.read(BUCKET, 'raw', { generation: '1' })).toBeUndefined();
      for (const [bucket, name] of [
        [BUCKET, 'none'],
        ['lab-none', 'raw'],
      ] as const)
        expect([await ours.read(bucket, name), await ours.stat(bucket, name)]).toEqual([undefined, undefined]);
    });

    it('give a copy: what the reader does with it changes nothing', async () => {
      const { ours } = await open();
      const given = bytesOf('secret');
      await ours.createOnce(BUCKET, 'mine', given);
      given.fill(0);
      (await ours.read(BUCKET, 'mine'))?.bytes.fill(0);
      expect(textOf((await ours.read(BUCKET, 'mine'))?.bytes)).toBe('secret');
    });

    it('give stored bytes, whatever encoding somebody wrote on them', async () => {
      const { ours, store, owner } = await open();
      const zipped = Buffer.from('1f8b0800000000000003030000000000000000', 'hex');
      store.insert(owner, BUCKET, 'zipped', zipped, { contentEncoding: 'gzip' });
      expect(Buffer.from((await ours.read(BUCKET, 'zipped'))?.bytes ?? [])).toEqual(zipped);
    });

    it('refuse more than the limit, and take exactly that much', async () => {
      const { ours } = await open();
      const { object } = await ours.createOnce(BUCKET, 'nine', bytesOf('123456789'));
      expect((await ours.read(BUCKET, 'nine', { limit: 9 }))?.bytes).toHaveLength(9);
      for (const listed of [undefined, object])
        expect(
          await failureOf(ours.read(BUCKET, 'nine', listed === undefined ? { limit: 8 } : { limit: 8, listed })),
        ).toMatchObject({ code: 'TOO_LARGE' });
    });

    it('tell nothing to whoever may not look: "not there" only to whoever may list', async () => {
      const { ours, portOf } = await open();
      await ours.createOnce(BUCKET, 'there', bytesOf('x'));
      expect(await portOf('user:roles/storage.objectViewer').stat(BUCKET, 'none')).toBeUndefined();
      for (const who of ['user:nobody', 'user:keyturn.list', 'user:roles/storage.objectCreator'])
        for (const name of ['there', 'none']) {
          expect(await failureOf(portOf(who).stat(BUCKET, name))).toMatchObject({ code: 'PERMISSION_DENIED' });
          expect(await failureOf(portOf(who).read(BUCKET, name))).toMatchObject({ code: 'PERMISSION_DENIED' });
        }
    });
  });

  describe('read of what was listed', () => {
    it('gives that very generation, whether a listing, a create or a stat told of it', async () => {
      const { ours } = await open();
      const { object } = await ours.createOnce(BUCKET, 'listed/one', bytesOf('one'));
      const [listed] = (await ours.list(BUCKET, 'listed/')).objects;
      for (const each of [object, listed, await ours.stat(BUCKET, 'listed/one')]) {
        const read = await ours.read(BUCKET, 'listed/one', each === undefined ? {} : { listed: each });
        expect([read?.object, textOf(read?.bytes)]).toEqual([object, 'one']);
      }
    });

    it('gives nothing where that generation is gone, though there is a newer one', async () => {
      const { ours } = await open();
      const { object } = await ours.createOnce(BUCKET, 'listed/gone', bytesOf('old'));
      await ours.delete(BUCKET, 'listed/gone');
      await ours.createOnce(BUCKET, 'listed/gone', bytesOf('new'));
      expect(await ours.read(BUCKET, 'listed/gone', { listed: object })).toBeUndefined();
    });

    it('gives a generation that somebody archived, under the one that took its place', async () => {
      const { ours, store, owner } = await open();
      store.patchBucket(owner, BUCKET, { versioning: true });
      const { object } = await ours.createOnce(BUCKET, 'listed/old', bytesOf('old'));
      await ours.delete(BUCKET, 'listed/old');
      await ours.createOnce(BUCKET, 'listed/old', bytesOf('new'));
      expect(textOf((await ours.read(BUCKET, 'listed/old', { listed: object }))?.bytes)).toBe('old');
    });

    it('does not take an object of another name, generation or making for it', async () => {
      const { ours } = await open();
      const { object } = await ours.createOnce(BUCKET, 'listed/a', bytesOf('a'));
      await ours.createOnce(BUCKET, 'listed/b', bytesOf('b'));
      const made: StoredObject[] = [
        { ...object, generation: '1' },
        { ...object, size: 99 },
      ];
      const texts = [
        await ours.read(BUCKET, 'listed/b', { listed: object }),
        await ours.read(BUCKET, 'listed/a', { listed: object, generation: '1' }),
        ...(await Promise.all(made.map((listed) => ours.read(BUCKET, 'listed/a', { listed })))),
      ].map((read) => textOf(read?.bytes));
      expect(texts).toEqual(['b', undefined, 'a', 'a']);
    });
  });
});
