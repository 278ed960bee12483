import { describe, expect, it } from 'vitest';
import { listPage } from '#local/cloud/storage/listing.ts';
import { compareNames } from '#local/cloud/storage/ordering.ts';
import { expectRefusal, storageLab } from '#test/contract/support-storage.ts';
import fc from '#test/support/properties.ts';

const B = 'lab-results';
const lab = (names: readonly string[], versioning = false) => {
  const made = storageLab();
  made.store.createBucket(made.admin, B, { versioning });
  for (const name of names) made.store.insert(made.admin, B, name, Buffer.from(name));
  return made;
};

describe('listing', () => {
  it('refuses tokens that it did not give, and empty pages', () => {
    const { store, admin } = lab(['a']);
    for (const pageToken of ['x', '', Buffer.from('{"name":1}').toString('base64url')])
      expectRefusal(() => store.list(admin, B, { pageToken }), 400, 'invalid', 'Invalid pageToken');
    expectRefusal(() => store.list(admin, B, { maxResults: 0 }), 400, 'invalid', 'maxResults');
  });

  it('orders names by their UTF-8 bytes', () => {
    const names = ['\u{1f511}', '\uffee', 'b', 'B', 'a/b', 'a'];
    const { store, admin } = lab(names);
    expect(store.list(admin, B).items.map(({ name }) => name)).toEqual(['B', 'a', 'a/b', 'b', '\uffee', '\u{1f511}']);
    expect('\u{1f511}' < '\uffee').toBe(true);
  });

  it('honours prefix, delimiter and offsets', () => {
    const { store, admin } = lab(['a/1', 'a/2', 'a/b/3', 'b', 'c/1']);
    const seen = (query: object) => {
      const { items, prefixes } = store.list(admin, B, query);
      return [items.map(({ name }) => name), prefixes];
    };
    expect(seen({ delimiter: '/' })).toEqual([['b'], ['a/', 'c/']]);
    expect(seen({ prefix: 'a/', delimiter: '/' })).toEqual([['a/1', 'a/2'], ['a/b/']]);
    expect(seen({ startOffset: 'a/2', endOffset: 'c/1' })).toEqual([['a/2', 'a/b/3', 'b'], []]);
    expect(seen({ prefix: 'none' })).toEqual([[], []]);
  });

  it('never shows more than 1000 a page', () => {
    const { store, admin } = lab(Array.from({ length: 1001 }, (_, at) => `n${String(at).padStart(4, '0')}`));
    const first = store.list(admin, B, { maxResults: 5000 });
    expect(first.items).toHaveLength(1000);
    expect(store.list(admin, B, { pageToken: first.nextPageToken }).items.map(({ name }) => name)).toEqual(['n1000']);
  });

  it('looks at what the page holds, not at what the bucket holds', () => {
    const names = Array.from({ length: 5000 }, (_, at) => `n${String(at).padStart(4, '0')}`);
    const looked: string[] = [];
    const look = (name: string) => {
      looked.push(name);
      return [];
    };
    listPage(names, look, { prefix: 'n0990' });
    expect(looked).toEqual(['n0990']);
  });

  it('pages put together are the whole, for any names, delimiter, versions and page size', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\u{1f511}', '\uffee'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 20 }),
        fc.constantFrom(undefined, '/'),
        fc.constantFrom('', 'a', 'a/', '/'),
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        (names, delimiter, prefix, versions, maxResults) => {
          const { store, admin } = lab(names, true);
          const query = { delimiter, prefix, versions };
          const whole = store.list(admin, B, query);
          const items: string[] = [];
          const prefixes: string[] = [];
          for (let pageToken: string | undefined, pages = 0; ; pages += 1) {
            const page = store.list(admin, B, { ...query, maxResults, pageToken });
            expect(page.items.length + page.prefixes.length).toBeLessThanOrEqual(maxResults);
            items.push(...page.items.map((object) => `${object.name}#${object.generation}`));
            prefixes.push(...page.prefixes);
            pageToken = page.nextPageToken;
            if (pageToken === undefined) break;
            expect(pages).toBeLessThan(50);
          }
          expect(items).toEqual(whole.items.map((object) => `${object.name}#${object.generation}`));
          expect(prefixes).toEqual(whole.prefixes);
          const expected = [...new Set(names)].filter((one) => one.startsWith(prefix));
          const grouped = (one: string) => delimiter !== undefined && one.indexOf(delimiter, prefix.length) >= 0;
          expect([...new Set(whole.items.map((object) => object.name))]).toEqual(
            expected.filter((one) => !grouped(one)).sort(compareNames),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
