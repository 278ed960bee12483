import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownerOf, removeDevFile, writeDevFile } from '#cli/dev/dev-file.ts';
import { folder } from '#test/support/local/processes.ts';

const ME = { pid: 7, started: 'monday' };

test('dev.json says whose it is, and is for its owner only', () => {
  const path = join(folder(), 'dev.json');
  expect(ownerOf(path)).toBeUndefined();
  writeDevFile(path, ME, { ready: true, pid: 0 });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ready: true, ...ME });
  expect(ownerOf(path)).toEqual(ME);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test.each([
  ['another process', { pid: 8, started: 'monday' }],
  ['a later process of the same number', { pid: 7, started: 'tuesday' }],
])('that of %s is never removed', (_, other) => {
  const path = join(folder(), 'dev.json');
  writeDevFile(path, other, {});
  removeDevFile(path, ME);
  expect(existsSync(path)).toBe(true);
  removeDevFile(path, other);
  expect(existsSync(path)).toBe(false);
});

test('what nobody can read stays', () => {
  const path = join(folder(), 'dev.json');
  writeFileSync(path, '{"pid":');
  removeDevFile(path, ME);
  expect([ownerOf(path), existsSync(path)]).toEqual([undefined, true]);
});
