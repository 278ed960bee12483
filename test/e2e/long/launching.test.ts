import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { KeptWatch } from '../../support/leaks/kept.ts';
import { descendants, startedWith, stillRunning } from '../support/cli.ts';
import { waitFor } from '../support/waiting.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'keyturn-launching-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** npm in the checkout, which starts a whole cloud. `ready` is printed when every process of it runs. */
const npm = async (program: string, args: readonly string[], ready: string) => {
  const child = spawn(program, args, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: home,
      TMPDIR: home,
      NO_COLOR: '1',
      npm_config_cache: join(home, 'cache'),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
  const exited = once(child, 'exit');
  await waitFor('the cloud', () => said.includes(ready), { why: () => said });
  const below = descendants(child.pid ?? 0);
  const [folder = ''] = readdirSync(home).filter((name) => existsSync(join(home, name, 'wallet.json')));
  const leaks = new KeptWatch(join(home, folder));
  const started = below.flatMap(startedWith);
  const check = (): void => leaks.check([{ where: 'output of npm', bytes: Buffer.from(said) }, ...started]);
  return { child, exited, below, check };
};

// /proc tells what runs; where there is none, nothing can be told.
describe.skipIf(process.platform !== 'linux')('npm is told to end, and the whole cloud goes with it', () => {
  it.each([
    ['SIGTERM', 'npm', ['start'], 'approves'],
    ['SIGHUP', 'npm', ['start'], 'approves'],
    ['SIGTERM', 'npx', ['keyturn', 'demo'], 'approves'],
  ] as const)('%s to %s', async (signal, program, args, ready) => {
    const { child, exited, below, check } = await npm(program, args, ready);
    try {
      expect(below.length).toBeGreaterThanOrEqual(7);
      child.kill(signal);
      await exited;
      await waitFor('its processes to end', () => stillRunning(below).length === 0, {
        patience: 20_000,
        why: () => stillRunning(below).join(),
      });
      check();
    } finally {
      for (const one of stillRunning(below)) process.kill(Number(one.split(' ')[0]), 'SIGKILL');
    }
  });
});
