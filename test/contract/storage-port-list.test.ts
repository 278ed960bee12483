import { afterAll, describe, expect, it } from 'vitest';
import type { Listing } from '#core/ports.ts';
import { failureOf } from './adapter-kit.ts';
import { BUCKET, bench, bytesOf, closeAll, KINDS, START, textOf } from './storage-port-kit.ts';

afterAll(closeAll);

const namesOf = ({ objects }: Listing): string[] => objects.map(({ name }) => name);

describe.each(KINDS)('$kind.name, where a taken name is $answer', ({ kind, answer }) => {
  const open = () => bench(kind, answer);

  describe('list', () => {
    it('pages in the order of UTF-8 bytes, below its prefix only', async () => {
      const { ours } = await open();
      const inOrder = ['p/', 'p/1', 'p/10', 'p/2', 'p/A', 'p/a', 'p/ä', 'p/\uff5e', 'p/😀'];
      for (const name of [...inOrder.toReversed(), 'o/9', 'p', 'q/0'])
        await ours.createOnce(BUCKET, name, bytesOf('x'));
      expect(namesOf(await ours.list(BUCKET, 'p/'))).toEqual(inOrder);
      const pages: string[][] = [];
      for (let from: string | undefined, more = true; more; more = from !== undefined) {
        const page = await ours.list(BUCKET, 'p/', { limit: 4, ...(from === undefined ? {} : { from }) });
        pages.push(namesOf(page));
        from = page.next;
      }
      expect(pages).toEqual([inOrder.slice(0, 4), inOrder.slice(4, 8), inOrder.slice(8)]);
    });

    it('begins at a name, whether or not that is there, and pages on from it', async () => {
      const { ours } = await open();
      for (const name of ['p/1', 'p/10', 'p/2', 'p/3', 'q/0']) await ours.createOnce(BUCKET, name, bytesOf('x'));
      const from = (startOffset: string) => ours.list(BUCKET, 'p/', { startOffset });
      expect(namesOf(await from('p/10'))).toEqual(['p/10', 'p/2', 'p/3']);
      expect(namesOf(await from('p/11'))).toEqual(['p/2', 'p/3']);
      expect(namesOf(await from('a'))).toEqual(['p/1', 'p/10', 'p/2', 'p/3']);
      expect(namesOf(await from('q'))).toEqual([]);
      const first = await ours.list(BUCKET, 'p/', { startOffset: 'p/10', limit: 2 });
      const rest = await ours.list(BUCKET, 'p/', { startOffset: 'p/10', from: first.next ?? '' });
      expect([namesOf(first), namesOf(rest)]).toEqual([['p/10', 'p/2'], ['p/3']]);
    });

    it('has no next page behind a full last one, and nothing in an empty one', async () => {
      const { ours } = await open();
      for (const name of ['a/1', 'a/2']) await ours.createOnce(BUCKET, name, bytesOf('x'));
      expect(await ours.list(BUCKET, 'a/', { limit: 2 })).toMatchObject({ next: undefined });
      expect(await ours.list(BUCKET, 'b/')).toMatchObject({ objects: [], next: undefined });
    });

    it('goes on where it was, whatever happened to the last name of a page', async () => {
      const { ours } = await open();
      for (const name of ['a/1', 'a/2', 'a/3']) await ours.createOnce(BUCKET, name, bytesOf('x'));
      const { next = '' } = await ours.list(BUCKET, 'a/', { limit: 1 });
      await ours.delete(BUCKET, 'a/1');
      await ours.createOnce(BUCKET, 'a/0', bytesOf('x'));
      expect(namesOf(await ours.list(BUCKET, 'a/', { from: next }))).toEqual(['a/2', 'a/3']);
    });

    it('shows every generation where asked, the oldest of a name first', async () => {
      const { ours, store, owner } = await open();
      store.patchBucket(owner, BUCKET, { versioning: true });
      for (const text of ['1', '2', '3']) {
        await ours.createOnce(BUCKET, 'a', bytesOf(text), { n: text });
        if (text !== '3') await ours.delete(BUCKET, 'a');
      }
      const { objects } = await ours.list(BUCKET, 'a', { versions: true });
      expect(objects.map(({ live, metadata }) => [live, metadata.n])).toEqual([
        [false, '1'],
        [false, '2'],
        [true, '3'],
      ]);
      // Of each generation's own bytes. CRC-32C of '123456789' is 0xe3069283 (RFC 3720, appendix B.4); these are by the same table.
      expect(objects.map(({ crc32c }) => crc32c)).toEqual(['kPWZ4w==', 'g6VqFw==', 'cc7pFA==']);
      expect((await ours.list(BUCKET, 'a')).objects.map(({ metadata }) => metadata.n)).toEqual(['3']);
      const reads = objects.map(async ({ generation }) =>
        textOf((await ours.read(BUCKET, 'a', { generation }))?.bytes),
      );
      expect(await Promise.all(reads)).toEqual(['1', '2', '3']);
    });

    it('is never said to be younger than it is: its time has whole seconds', async () => {
      const { ours, clock } = await open();
      const { at } = await ours.list(BUCKET, '');
      expect(at).toBeLessThanOrEqual(START - 750);
      expect(at).toBeGreaterThan(START - 5000);
      clock.advance(60_000);
      expect((await ours.list(BUCKET, '')).at).toBeLessThanOrEqual(START - 750 + 60_000);
    });

    it('needs a bucket, and the right to list it', async () => {
      const { ours, portOf } = await open();
      expect(await failureOf(ours.list('lab-none', ''))).toMatchObject({ code: 'NOT_FOUND' });
      const blind = portOf('user:roles/storage.objectCreator');
      expect(await failureOf(blind.list(BUCKET, ''))).toMatchObject({ code: 'PERMISSION_DENIED' });
      expect(await portOf('user:keyturn.list').list(BUCKET, '')).toMatchObject({ objects: [] });
      expect(await failureOf(ours.list(BUCKET, '', { from: 'no page' }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    });
  });

  describe('metadata, deletion, settings', () => {
    it('sets what it is given of the metadata, takes away what is null, keeps the rest, and neither bytes nor generation change', async () => {
      const { ours, portOf } = await open();
      const before = { stage: 'a', old: '1', wait: 'x' };
      const { object } = await ours.createOnce(BUCKET, 'mark', bytesOf('m'), before);
      expect(await ours.setMetadata(BUCKET, 'mark', { stage: 'b', due: '2', old: null, never: null })).toBe(true);
      const after = { ...object, metadata: { stage: 'b', due: '2', wait: 'x' }, metageneration: '2' };
      expect(await ours.stat(BUCKET, 'mark')).toEqual(after);
      expect(await ours.setMetadata(BUCKET, 'mark', {})).toBe(true);
      expect(await ours.stat(BUCKET, 'mark')).toEqual({ ...after, metageneration: '3' });
      expect(await ours.setMetadata(BUCKET, 'gone', {})).toBe(false);
      expect(await ours.setMetadata('lab-none', 'mark', {})).toBe(false);
      const writer = portOf('user:keyturn.append');
      expect(await failureOf(writer.setMetadata(BUCKET, 'mark', {}))).toMatchObject({ code: 'PERMISSION_DENIED' });
    });

    it('sets metadata only where nobody has set it since, if told so', async () => {
      const { ours } = await open();
      await ours.createOnce(BUCKET, 'mark', bytesOf('m'), { stage: 'a' });
      const [listed] = (await ours.list(BUCKET, 'mark')).objects;
      expect(await ours.setMetadata(BUCKET, 'mark', { stage: 'b' }, listed?.metageneration)).toBe(true);
      expect(await ours.setMetadata(BUCKET, 'mark', { stage: 'c' }, listed?.metageneration)).toBe(false);
      expect(await ours.stat(BUCKET, 'mark')).toMatchObject({ metadata: { stage: 'b' } });
      expect(await ours.setMetadata(BUCKET, 'gone', {}, '1')).toBe(false);
    });

    it('deletes once, for good', async () => {
      const { ours, portOf } = await open();
      await ours.createOnce(BUCKET, 'bye', bytesOf('m'));
      const writer = portOf('user:keyturn.append');
      expect(await failureOf(writer.delete(BUCKET, 'bye'))).toMatchObject({ code: 'PERMISSION_DENIED' });
      const deleted = [await ours.delete(BUCKET, 'bye'), await ours.delete(BUCKET, 'bye')];
      expect([...deleted, await ours.delete('lab-none', 'bye')]).toEqual([true, false, false]);
      expect((await ours.list(BUCKET, 'bye', { versions: true })).objects).toEqual([]);
    });

    it('does not delete what a retention policy keeps', async () => {
      const { ours, store, owner, clock } = await open();
      store.patchBucket(owner, BUCKET, { retentionSeconds: 10 });
      await ours.createOnce(BUCKET, 'kept', bytesOf('m'));
      clock.advance(9_999);
      expect(await failureOf(ours.delete(BUCKET, 'kept'))).toMatchObject({ code: 'PERMISSION_DENIED' });
      clock.advance(1);
      expect(await ours.delete(BUCKET, 'kept')).toBe(true);
    });

    it('tells a bucket by number, retention and lock', async () => {
      const { ours, world, store, owner, portOf } = await open();
      const project = { projectNumber: world.project.number, hierarchicalNamespace: false };
      expect(await ours.settings(BUCKET)).toEqual({ ...project, retentionSeconds: 0, retentionLocked: false });
      const { metageneration } = store.patchBucket(owner, BUCKET, { retentionSeconds: 864_000 });
      expect(await ours.settings(BUCKET)).toEqual({ ...project, retentionSeconds: 864_000, retentionLocked: false });
      store.lockRetentionPolicy(owner, BUCKET, metageneration);
      expect(await ours.settings(BUCKET)).toEqual({ ...project, retentionSeconds: 864_000, retentionLocked: true });
      expect(await failureOf(portOf('user:keyturn.append').settings(BUCKET))).toMatchObject({
        code: 'PERMISSION_DENIED',
      });
      expect(await failureOf(ours.settings('lab-none'))).toMatchObject({ code: 'NOT_FOUND' });
    });
  });
});
