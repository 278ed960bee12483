import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { descendants, stillRunning } from '#test/e2e/support/cli.ts';
import { waitFor } from '#test/e2e/support/waiting.ts';
import { waitingCommand } from '#test/support/cli/waiting.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'keyturn-launchers-'));
const [command = '', ...options] = waitingCommand(folder);
/** A command that waits, whatever folder it is started in. */
const WAIT = [command, ...options.map((word) => (word === 'dev.json' ? join(folder, word) : word))];

const children: ChildProcess[] = [];
afterEach(() => {
  for (const { pid } of children.splice(0))
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // All of its group have ended.
    }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts it in a group of its own; resolves once keyturn waits, with every process below. */
const started = async (program: string, args: readonly string[]) => {
  const child = spawn(program, [...args, ...WAIT], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: folder,
      npm_config_cache: join(folder, 'cache'),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    },
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
  const exited = once(child, 'exit');
  const ended = exited.then(([code, signal]) => code ?? signal);
  await waitFor('keyturn to wait', () => said.includes('Ctrl-C ends it') || (child.exitCode !== null && fail(said)), {
    why: () => said,
  });
  const below = descendants(child.pid ?? 0);
  return { child, ended, below };
};

const fail = (said: string): never => {
  throw new Error(`it ended: ${said}`);
};

const gone = (below: readonly string[]) =>
  waitFor('every process to end', () => stillRunning(below).length === 0, { why: () => stillRunning(below).join() });

// /proc tells what runs; where there is none, nothing can be told.
describe.skipIf(process.platform !== 'linux')('a signal to what a person started ends all of it', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s, to the wrapper: it is keyturn itself, and no process stands between', async (signal, code) => {
    const { child, ended, below } = await started('./keyturn', []);
    expect(below).toEqual([]);
    child.kill(signal);
    expect(await ended).toBe(code);
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('%s, to npx', async (signal) => {
    const { child, ended, below } = await started('npx', ['keyturn']);
    expect(below.length).toBeGreaterThan(0);
    child.kill(signal);
    await ended;
    await gone(below);
  });

  // npm passes SIGINT to its shell alone, which waits on. A terminal sends it to all of them.
  test('Ctrl-C, to npx and what it started', async () => {
    const { child, ended, below } = await started('npx', ['keyturn']);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await ended;
    await gone(below);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('%s, to the Node that handed over', async (signal) => {
    const { child, ended, below } = await started(process.execPath, ['--no-strip-types', 'cli/keyturn.js']);
    expect(below).toHaveLength(1);
    child.kill(signal);
    expect(await ended).toBe(signal === 'SIGTERM' ? 143 : 'SIGKILL');
    await gone(below);
  });

  test('a shell that a person leaves is not watched', async () => {
    const one = await started('/bin/sh', ['-c', './keyturn "$@" & wait $!', 'sh']);
    expect(one.below).toHaveLength(1);
    one.child.kill('SIGKILL');
    await one.ended;
    // As long as it takes another to start, to be left alone, and to notice it.
    const other = await started(process.execPath, ['--no-strip-types', 'cli/keyturn.js']);
    other.child.kill('SIGKILL');
    await gone(other.below);
    expect(stillRunning(one.below)).toEqual(one.below);
  });
});
