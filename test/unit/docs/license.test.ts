import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

/** sha256 of https://www.apache.org/licenses/LICENSE-2.0.txt, whose copyright line is a blank form. */
const APACHE_2 = 'cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30';

describe('whoever finds this may use it', () => {
  test('LICENSE is the whole Apache License 2.0, with the form filled in', () => {
    const form = read('LICENSE').replace(
      'Copyright 2026 The keyturn authors',
      'Copyright [yyyy] [name of copyright owner]',
    );
    expect(createHash('sha256').update(form).digest('hex')).toBe(APACHE_2);
    expect(read('LICENSE')).toContain('Copyright 2026 The keyturn authors');
  });

  test('npm prints no warning for each package that asks for a newer Node than npm runs on', () => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)));
    const cwd = fileURLToPath(new URL('../../../', import.meta.url));
    const { stdout } = spawnSync('npm', ['config', 'get', 'loglevel'], { cwd, env, encoding: 'utf8' });
    expect(stdout).toBe('error\n');
  });

  test('package.json names the same license', () => {
    expect(JSON.parse(read('package.json'))).toMatchObject({ license: 'Apache-2.0' });
  });

  test('CHANGELOG begins with what is not released, in the sections of Keep a Changelog', () => {
    const headings = [...read('CHANGELOG.md').matchAll(/^##+ (.+)$/gm)].map(([, text]) => text);
    expect(headings[0]).toBe('[Unreleased]');
    const sections = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
    for (const heading of headings.slice(1))
      expect(sections.includes(heading ?? '') || /^\[\d/.test(heading ?? '')).toBe(true);
  });
});
