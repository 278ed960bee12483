import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findLab, foldersUp } from '#cli/app/find-lab.ts';

describe('where a lab is looked for', () => {
  test.each([
    ['up to the home folder', '/home/al/a/b', '/home/al', ['/home/al/a/b', '/home/al/a', '/home/al']],
    ['in the home folder alone', '/home/al', '/home/al', ['/home/al']],
    ['outside of it, up to the root', '/srv/a', '/home/al', ['/srv/a', '/srv', '/']],
    ['of a user without a home', '/a', '/nonexistent', ['/a', '/']],
    ['at the root', '/', '/home/al', ['/']],
  ])('%s', (_, folder, home, expected) => {
    expect(foldersUp(folder, home)).toEqual(expected);
  });
});

describe('the nearest lab', () => {
  let root = '';
  const paths: string[] = [];
  beforeEach(() => {
    paths.splice(0);
    root = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-find-')));
    mkdirSync(join(root, 'home/a/b/c'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const lab = (folder: string): string => {
    mkdirSync(join(root, folder, '.keyturn'), { recursive: true });
    const path = join(root, folder, '.keyturn/dev.json');
    writeFileSync(path, '{}');
    return path;
  };
  /** Who owns what: this user, but for these files. */
  const find = (folder: string, others: readonly string[] = [], user: number | undefined = 1000) => {
    const known = new Set<string>(paths);
    return findLab(join(root, folder), {
      home: join(root, 'home'),
      user,
      ownerOf: (path) => (!known.has(path) ? undefined : others.includes(path) ? 1001 : 1000),
    });
  };
  const put = (folder: string): string => {
    const path = lab(folder);
    paths.push(path, join(root, folder, '.keyturn'));
    return path;
  };
  test('is that of this folder, then of each above it', () => {
    expect(find('home/a/b/c')).toBeUndefined();
    const far = put('home/a');
    expect(find('home/a/b/c')).toBe(far);
    const near = put('home/a/b');
    expect([find('home/a/b/c'), find('home/a/b'), find('home/a')]).toEqual([near, near, far]);
  });
  test('above the home folder nothing is looked at', () => {
    put('.');
    expect(find('home/a')).toBeUndefined();
  });
  test('one of another user is refused, file or folder, and none beyond it is taken', () => {
    put('home');
    const theirs = put('home/a');
    for (const other of [theirs, join(root, 'home/a/.keyturn')])
      expect(() => find('home/a/b', [other])).toThrow(/belongs to another user/);
    expect(find('home', [theirs])).toBe(join(root, 'home/.keyturn/dev.json'));
  });
  test('on Windows nobody is asked for an owner', () => {
    const path = put('home/a');
    const look = { home: '', user: undefined, ownerOf: (one: string) => (paths.includes(one) ? 0 : undefined) };
    expect(findLab(join(root, 'home/a'), look)).toBe(path);
  });
  test('of real files, also where a folder on the way is a file or goes in a circle', () => {
    const path = lab('home/a');
    expect(findLab(join(root, 'home/a/b/c'))).toBe(path);
    writeFileSync(join(root, 'home/a/b/.keyturn'), 'no folder');
    symlinkSync('.keyturn', join(root, 'home/a/b/c/.keyturn'));
    expect(findLab(join(root, 'home/a/b/c'))).toBe(path);
  });
});
