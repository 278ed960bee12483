import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeWhole } from '#local/cloud/runtime/whole-file.ts';
import { fullDisk } from '#test/support/local/full-disk.ts';
import { folder } from '#test/support/local/processes.ts';

describe('a file is there whole or not at all', () => {
  test('it takes the place of the one before, for its owner only', () => {
    const path = join(folder({ 'a.json': 'before' }), 'a.json');
    writeWhole(path, Buffer.from('after'));
    expect(readFileSync(path, 'utf8')).toBe('after');
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  test.each([0, 3])('a disk with room for %i bytes leaves what was there, and nothing beside it', (room) => {
    const place = folder({ 'a.json': 'before' });
    expect(() => writeWhole(join(place, 'a.json'), Buffer.from('after'), fullDisk(room))).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    );
    expect(readFileSync(join(place, 'a.json'), 'utf8')).toBe('before');
    expect(readdirSync(place)).toEqual(['a.json']);
  });

  test('a disk that takes a byte at a time gets all of them', () => {
    const path = join(folder(), 'a.json');
    const real = fullDisk(100);
    writeWhole(path, Buffer.from('after'), { write: (file, bytes) => real.write(file, bytes.subarray(0, 1)) });
    expect(readFileSync(path, 'utf8')).toBe('after');
  });

  test('a folder that is not there is an error with its path', () => {
    const path = join(folder(), 'none', 'a.json');
    expect(() => writeWhole(path, Buffer.from('x'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});
