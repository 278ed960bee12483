import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signerFlags } from '#adapters/signer/child.ts';
import { onHost } from '#local/cloud/compute/image-paths.ts';
import { canonicalText, type Json } from '#schemas/canonical.ts';
import { plainLaw, plainWallet, splitOf } from '#test/support/law.ts';
import { DIST, ensureBuilt, imageSettings } from '../../build/build.ts';

/** What each flag of the attested entry point refuses, seen in the runtime itself, and that without it the same is possible (threat 73). */
const DOCKERFILE = new URL('../../workload/Dockerfile', import.meta.url);
const { entrypoint } = imageSettings(readFileSync(DOCKERFILE, 'utf8'));
const [, ...flagsAndFile] = entrypoint;
const FLAGS = flagsAndFile.slice(0, -1);

const folder = mkdtempSync(join(tmpdir(), 'keyturn-entrypoint-'));
const root = join(folder, 'root');
const launcherDir = join(folder, 'launcher');
for (const each of [root, launcherDir]) mkdirSync(each);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROBE = `
import { spawnSync } from 'node:child_process';
import { secureHeapUsed } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const told = (run) => {
  try { return run() ?? 'done'; } catch (error) { return error.code ?? error.name; }
};
const answers = {
  readsElsewhere: told(() => void readFileSync('/etc/passwd')),
  readsOwn: told(() => void readFileSync(fileURLToPath(import.meta.url))),
  writes: told(() => writeFileSync(fileURLToPath(new URL('./written', import.meta.url)), '')),
  spawns: told(() => { const { error } = spawnSync(process.execPath, ['--version']); if (error) throw error; }),
  threads: told(() => void new Worker('', { eval: true }).terminate()),
  builtins: told(() => { 'use strict'; Array.prototype.map = Array.prototype.map; }),
  proto: '__proto__' in {} ? 'there' : 'gone',
  addons: told(() => process.dlopen({ exports: {} }, '/nowhere.node', constants.dlopen.RTLD_LAZY)),
  secureHeap: secureHeapUsed()?.total ?? 0,
  code: told(() => void new Function('return 1')()),
};
process.stdout.write(JSON.stringify(answers));
`;

beforeAll(async () => {
  writeFileSync(join(root, 'main.mjs'), PROBE);
  await ensureBuilt();
}, 120_000);

const probed = (flags: readonly string[]): Record<string, unknown> => {
  const args = [...flags.map((flag) => onHost(flag, { root, launcherDir })), 'main.mjs'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env: {}, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
};

const REFUSED = {
  readsElsewhere: 'ERR_ACCESS_DENIED',
  readsOwn: 'done',
  writes: 'ERR_ACCESS_DENIED',
  // It starts what signs.
  spawns: 'done',
  threads: 'ERR_ACCESS_DENIED',
  builtins: 'TypeError',
  proto: 'gone',
  addons: 'ERR_DLOPEN_DISABLED',
  secureHeap: 65_536,
  // Google's clients make code at their import.
  code: 'done',
};

const OPEN = {
  readsElsewhere: 'done',
  readsOwn: 'done',
  writes: 'done',
  spawns: 'done',
  threads: 'done',
  builtins: 'done',
  proto: 'there',
  addons: 'ERR_DLOPEN_FAILED',
  secureHeap: 0,
  code: 'done',
};

const PERMISSION = FLAGS.filter((flag) => /^--(permission$|allow-)/.test(flag));

test('with all of them everything is refused, and its own folder is read', () => {
  expect(probed(FLAGS)).toEqual(REFUSED);
});

test('threat 107: what signs may do less still: it starts nothing, and runs no text as code', () => {
  const flags = signerFlags(join(realpathSync(root), 'main.mjs'));
  expect(probed(flags)).toEqual({
    ...REFUSED,
    spawns: 'ERR_ACCESS_DENIED',
    code: 'EvalError',
    // Its keys lie in the curve's own memory.
    secureHeap: 0,
  });
});

test('without any, everything is possible', () => {
  expect(probed([])).toEqual(OPEN);
});

test.each([
  ['--permission', PERMISSION, ['readsElsewhere', 'writes', 'threads', 'addons']],
  ['--frozen-intrinsics', ['--frozen-intrinsics'], ['builtins']],
  ['--disable-proto=delete', ['--disable-proto=delete'], ['proto']],
  ['--no-addons', ['--no-addons'], ['addons']],
  ['--secure-heap=65536', ['--secure-heap=65536'], ['secureHeap']],
] as const)('%s alone refuses its part, and nothing else', (flag, flags, refused) => {
  expect(FLAGS).toContain(flag);
  const closed = Object.entries(REFUSED).filter(([what]) => (refused as readonly string[]).includes(what));
  expect(probed(flags)).toEqual({ ...OPEN, ...Object.fromEntries(closed) });
});

test('what is soon forgotten takes a few MB, however much of it there is', () => {
  const young = `
    const kept = [];
    for (let n = 0; n < 3e6; n++) kept[n % 1e5] = { n };
    const { space_size } = require('node:v8').getHeapSpaceStatistics().find((one) => one.space_name === 'new_space');
    console.log(space_size / 2 ** 20);
  `;
  const grown = (flags: readonly string[]): number =>
    Number(spawnSync(process.execPath, [...flags, '-e', young], { encoding: 'utf8' }).stdout);
  expect(grown(FLAGS)).toBeLessThanOrEqual(6);
  expect(grown([])).toBeGreaterThan(6);
});

test('every flag is tried here', () => {
  const told = [
    '--frozen-intrinsics',
    '--disable-proto=delete',
    '--no-addons',
    '--secure-heap=65536',
    '--disable-sigusr1',
  ];
  const small = ['--max-semi-space-size=2'];
  // Each keeps a line out of the log, no more.
  const quiet = ['--disable-warning=ExperimentalWarning', '--disable-warning=PERM0002'];
  expect(FLAGS.toSorted()).toEqual([...PERMISSION, ...told, ...small, ...quiet].toSorted());
});

/** Starts it, and gives what /proc says of it once it spoke and `until` came true. */
const lookAt = async <T>(
  args: readonly string[],
  look: (pid: number) => T,
  { env = {}, until = Promise.resolve() }: { env?: Record<string, string>; until?: Promise<void> } = {},
): Promise<T> => {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    await until;
    return look(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
};

/** Signals that the process handles, of /proc/<pid>/status (proc(5)). */
const handles = (pid: number, signal: number): boolean => {
  const [, mask = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
};

const onLinux = test.skipIf(process.platform !== 'linux');
if (process.platform !== 'linux') console.warn('SKIPPED: what /proc says of the entry point (this is not Linux)');

onLinux('--disable-sigusr1: the signal that starts the inspector is not handled', async () => {
  writeFileSync(join(root, 'up.mjs'), "process.stdout.write('up'); process.stdin.resume();");
  const handled = (flags: readonly string[]) =>
    lookAt([...flags, 'up.mjs'], (pid) => handles(pid, constants.signals.SIGUSR1));
  expect(await handled([])).toBe(true);
  expect(await handled(['--disable-sigusr1'])).toBe(false);
});

onLinux('the built workload keeps its pages out of core dumps', async () => {
  copyFileSync(join(DIST, 'image', 'main.mjs'), join(root, 'main.mjs'));
  writeFileSync(join(root, 'law.json'), canonicalText(plainLaw([plainWallet(splitOf(2, 3))]) as Json));
  // It asks here for a token, and waits: the launcher never answers.
  const asked = Promise.withResolvers<void>();
  const launcher = createServer(() => asked.resolve());
  launcher.listen(join(launcherDir, 'teeserver.sock'));
  const args = [...FLAGS.map((flag) => onHost(flag, { root, launcherDir })), 'main.mjs'];
  const env = { KEYTURN_TURN: 'hot/1', KEYTURN_LAUNCHER_DIR: launcherDir };
  try {
    const look = (pid: number) => readFileSync(`/proc/${pid}/coredump_filter`, 'utf8').trim();
    const filter = await lookAt(args, look, { env, until: asked.promise });
    expect(filter).toBe('00000000');
  } finally {
    launcher.close();
  }
});
