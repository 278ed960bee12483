import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The scripts need the npm registry, so nothing here runs them: this keeps their form, and the list in their README. */
const FOLDER = join(import.meta.dirname, '../../../findings');
const PINNED = /^([\w-]+@npm:)?(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.]+)?$/;

const scripts = readdirSync(FOLDER).filter((file) => file.endsWith('.sh') && file !== 'lib.sh');
const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');

describe.each(scripts)('findings/%s', (file) => {
  const source = readFileSync(join(FOLDER, file), 'utf8');
  const lines = source.split('\n');

  it('says in its header what it is: title, version, expected, seen, output', () => {
    expect(lines[0]).toBe('#!/usr/bin/env bash');
    expect(lines[1]).toMatch(/^# .+\.$/);
    expect(lines[2]).toBe('#');
    const fields = lines.filter((line) => /^# (Version|Expected|Seen|Output seen):/.test(line));
    expect(fields.map((line) => line.slice(2, line.indexOf(':')))).toEqual([
      'Version',
      'Expected',
      'Seen',
      'Output seen',
    ]);
    expect(lines[lines.indexOf('# Output seen:') + 1]).toMatch(/^# {3}\S/);
  });

  it('can be started by name and stops at the first fault', () => {
    expect(statSync(join(FOLDER, file)).mode & 0o111).not.toBe(0);
    expect(lines).toContain('set -euo pipefail');
  });

  it('installs exact versions and names no host of its own', () => {
    const packages = lines.filter((line) => line.startsWith('install ')).flatMap((line) => line.split(' ').slice(1));
    for (const each of packages) expect(each).toMatch(PINNED);
    for (const [, host] of source.matchAll(/https?:\/\/([\w.-]+)/g)) expect(['127.0.0.1', 'localhost']).toContain(host);
  });

  it('stands in the README with its title', () => {
    expect(readme).toContain(`* [${basename(file, '.sh')}](${file}): ${lines[1]?.slice(2)}\n`);
  });
});

it('the README lists no finding that is not there', () => {
  const listed = [...readme.matchAll(/\]\(([\w.-]+\.sh)\)/g)].map(([, file]) => file);
  expect(listed.sort()).toEqual(scripts.sort());
});
