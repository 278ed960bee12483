import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const WRAPPER = join(ROOT, 'keyturn');

const place = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-wrapper-')));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const called = (cwd: string, command: string, args: readonly string[], path = '/usr/bin:/bin') => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env: { PATH: path } });
  return { status, stdout, stderr };
};

describe('a checkout of its own, with a Node that tells what it is given', () => {
  const home = join(place, '-my checkout');
  const program = join(home, 'cli/keyturn.js');
  const told = (args: readonly string[]) => ({ status: 0, stdout: [program, ...args, ''].join('\n'), stderr: '' });

  beforeAll(() => {
    mkdirSync(join(home, 'node_modules/node/bin'), { recursive: true });
    mkdirSync(join(home, 'deep/er'), { recursive: true });
    mkdirSync(join(place, 'bin'));
    copyFileSync(WRAPPER, join(home, 'keyturn'));
    const node = join(home, 'node_modules/node/bin/node');
    writeFileSync(node, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
    chmodSync(node, 0o755);
    symlinkSync('../-my checkout/keyturn', join(place, 'bin/keyturn'));
    symlinkSync(join(place, 'bin/keyturn'), join(home, 'deep/er/kt'));
    symlinkSync(join(place, '-my checkout'), join(place, 'linked'));
  });

  test.each([
    ['in its own folder', '-my checkout', './keyturn'],
    ['from a folder below', '-my checkout/deep/er', '../../keyturn'],
    ['by its absolute path, from anywhere', '.', join(home, 'keyturn')],
    ['through a relative link', '.', 'bin/keyturn'],
    ['through a link to a link, of another name', '-my checkout/deep/er', './kt'],
    ['through a linked folder', '.', 'linked/keyturn'],
  ])('%s', (_, folder, command) => {
    const args = ['show', 'two words', '', '*', "it's", '--', '$HOME'];
    expect(called(join(place, folder), command, args)).toEqual(told(args));
  });

  test('through a link on the PATH', () => {
    expect(called('/', 'keyturn', ['status'], `${join(place, 'bin')}:/usr/bin:/bin`)).toEqual(told(['status']));
  });

  test('given to a shell by its name', () => {
    expect(called(home, 'sh', ['keyturn', 'status'])).toEqual(told(['status']));
  });

  test('where CDPATH is set, as some people have it', () => {
    const { stdout } = spawnSync('./keyturn', ['a'], {
      cwd: home,
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', CDPATH: place },
    });
    expect(stdout).toBe(told(['a']).stdout);
  });
});

test('before npm ci it says what to do, and where', () => {
  const home = join(place, 'fresh');
  mkdirSync(home);
  copyFileSync(WRAPPER, join(home, 'keyturn'));
  expect(called('/', join(home, 'keyturn'), ['status', '--json'])).toEqual({
    status: 1,
    stdout: '',
    stderr: `keyturn: it is not installed yet. Run "npm ci" in this folder, then try again:\n  ${home}\n`,
  });
});

describe('the real one', () => {
  const usage = (typed: string) => ({
    status: 0,
    stderr: '',
    stdout: expect.stringContaining(`Usage: ${typed} show `),
  });

  test.each([
    ['.', './keyturn', './keyturn'],
    ['terraform/examples', '../../keyturn', '../../keyturn'],
  ])('in %s it is typed %s, and says so', (folder, command, typed) => {
    const help = called(join(ROOT, folder), command, ['show', '--help']);
    expect(help).toEqual(usage(typed));
    expect(help.stdout).toContain(`$ ${typed} show 3f2a91bc`);
  });

  test('elsewhere its absolute path is what can be pasted', () => {
    const home = realpathSync(ROOT);
    expect(called(place, WRAPPER, ['show', '--help'])).toEqual(usage(join(home, 'keyturn')));
    expect(called(place, WRAPPER, ['status'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`start the local cloud with "${join(home, 'keyturn')} dev"`),
    });
  });
});
