import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deploymentOf } from '#cli/app/deployment.ts';
import { marksFolder, openMarks } from '#cli/watch/marks.ts';
import { configOf, NOW } from '#test/support/cli/people.ts';

const [ONE, TWO] = ['a'.repeat(64), 'b'.repeat(64)];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-marks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('marks of what was handed over', () => {
  test('outlive a restart, and are for their owner alone', () => {
    const path = join(folder, 'a', 'b');
    const marks = openMarks(path, NOW);
    expect(marks.has(ONE)).toBe(false);
    marks.add(ONE, NOW + 60_000);
    marks.add(ONE, NOW + 60_000);
    expect([marks.has(ONE), marks.has(TWO)]).toEqual([true, false]);
    expect(openMarks(path, NOW + 59_999).has(ONE)).toBe(true);
    expect(statSync(join(path, ONE)).mode & 0o077).toBe(0);
    expect(readFileSync(join(path, ONE), 'utf8')).toBe('2026-03-01T12:01:00.000Z\n');
  });
  test('are removed at the start once nobody can answer, with those that were torn; what is not ours stays', () => {
    const marks = openMarks(folder, NOW);
    marks.add(ONE, NOW + 60_000);
    writeFileSync(join(folder, TWO), '2026-0');
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    openMarks(folder, NOW + 60_000);
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });
  test('two watchers may share a folder', () => {
    const [first, second] = [openMarks(folder, NOW), openMarks(folder, NOW)];
    first.add(ONE, NOW + 1000);
    expect(second.has(ONE)).toBe(true);
  });
});

describe('where they lie', () => {
  const lab = deploymentOf('/home/al/.keyturn/dev.json', configOf());
  const real = deploymentOf('/srv/keyturn.json', configOf());
  test('beside dev.json, and in .keyturn beside keyturn.json', () => {
    expect(marksFolder(lab, 'alice', ['run', 'x'])).toMatch(/^\/home\/al\/\.keyturn\/watch\/alice-[0-9a-f]{16}$/);
    expect(marksFolder(real, 'alice', ['run', 'x'])).toMatch(/^\/srv\/\.keyturn\/watch\/alice-[0-9a-f]{16}$/);
  });
  test('each co-signer and each receiver has a folder of its own, whose name holds nothing of a url', () => {
    const names = [
      marksFolder(real, 'alice', ['run', 'a b']),
      marksFolder(real, 'alice', ['run', 'a', 'b']),
      marksFolder(real, 'bob', ['run', 'a', 'b']),
      marksFolder(real, 'alice', ['webhook', 'https://hooks.example/s3cr3t']),
      marksFolder(real, 'alice', ['webhook', 'https://hooks.example/0ther']),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names.join()).not.toContain('s3cr3t');
  });
});
