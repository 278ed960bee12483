import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileJournal, type Journal } from '#local/cloud/runtime/journal.ts';
import { expectRefusal, START_MS, storageLab } from '#test/contract/support-storage.ts';

const B = 'lab-register';
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const everything = ({ store, admin }: ReturnType<typeof storageLab>) => ({
  buckets: store.listBuckets(admin).items,
  objects: store.listBuckets(admin).items.map(({ name }) =>
    store.list(admin, name, { versions: true }).items.map((object) => ({
      ...object,
      bytes: store.read(admin, name, object.name, { generation: object.generation }).bytes.toString('hex'),
    })),
  ),
});

const history = ({ store, admin, clock }: ReturnType<typeof storageLab>): void => {
  store.createBucket(admin, B, { versioning: true, retentionSeconds: 60 });
  store.createBucket(admin, 'lab-gone');
  store.deleteBucket(admin, 'lab-gone');
  store.createNotification(admin, B, { topic: 'projects/p/topics/shares' });
  store.lockRetentionPolicy(admin, B, 1);
  store.insert(admin, B, 'a', Buffer.from([0, 255, 10, 13]), { contentType: 'x/y', metadata: { stage: '1' } });
  clock.advance(1);
  store.insert(admin, B, 'a', Buffer.from('two'));
  store.insert(admin, B, 'b', Buffer.from('three'));
  store.patchObject(admin, B, 'b', { metadata: { due: '9' } });
  store.delete(admin, B, 'a');
  store.insert(admin, B, 'c', Buffer.alloc(0));
  clock.advance(60_000);
  store.delete(admin, B, 'c', { generation: store.get(admin, B, 'c').generation });
};

describe('journal', () => {
  it('a store made from it is the store that wrote it, and goes on from there', () => {
    const path = join(folder, 'journal');
    const writing = new FileJournal(path);
    const before = storageLab({ journal: writing });
    history(before);
    writing.close();

    const reading = new FileJournal(path);
    const after = storageLab({ journal: reading, now: START_MS });
    expect(everything(after)).toEqual(everything(before));
    const newest = Math.max(
      ...everything(before)
        .objects.flat()
        .map(({ generation }) => generation),
    );
    expect(after.store.insert(after.admin, B, 'd', Buffer.from('x')).generation).toBeGreaterThan(newest);
    expectRefusal(
      () => after.store.patchBucket(after.admin, B, { retentionSeconds: null }),
      403,
      'forbidden',
      'locked',
    );
    reading.close();
  });

  it('is written before the memory changes: what it refuses did not happen', () => {
    let full = false;
    const journal: Journal = {
      append: () => {
        if (full) throw new Error('disk full');
      },
      replay: () => {},
    };
    const { store, admin, published } = storageLab({ journal });
    store.createBucket(admin, B);
    store.createNotification(admin, B, { topic: 'projects/p/topics/shares' });
    full = true;
    expectRefusal(() => store.insert(admin, B, 'a', Buffer.from('x')), 500, 'internalError', 'disk full');
    expect(store.list(admin, B).items).toEqual([]);
    expect(published).toEqual([]);
  });

  it('cut short by a kill loses only what was never answered', () => {
    const path = join(folder, 'journal');
    const writing = new FileJournal(path);
    const before = storageLab({ journal: writing });
    history(before);
    writing.close();
    appendFileSync(path, '{"service":"storage","record":{"kind":"insert","obj');
    const reading = new FileJournal(path);
    expect(everything(storageLab({ journal: reading }))).toEqual(everything(before));
    reading.close();
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
  });

  it('with a record that is not one is refused, not half read', () => {
    const journal: Journal = { append: () => {}, replay: (_service, apply) => apply({ kind: 'insert', object: {} }) };
    expect(() => storageLab({ journal })).toThrow(/generation/);
  });
});
