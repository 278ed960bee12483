import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAbout, bundleFolder, currentBundle } from '../../../build/bundle.js';
import { buildCli } from '../../../build/cli.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
let dist = '';
let folder = '';
let metafile: Metafile;

beforeAll(async () => {
  // Two levels below the root, as dist/ is one: modules find files by their place.
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  dist = mkdtempSync(join(ROOT, 'dist.cli-test-'));
  metafile = await buildCli(ROOT, dist);
  folder = bundleFolder(dist, bundleAbout(dist).digest);
});
afterAll(() => rmSync(dist, { recursive: true, force: true }));

const ran = (...args: readonly string[]): string =>
  execFileSync(process.execPath, args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NO_COLOR: '1', HOME: dist },
  });

const START = 'await (await import(process.argv[1])).start()';
const bundled = (...args: readonly string[]) =>
  ran('--input-type=module', '-e', START, '--', join(folder, 'main.js'), ...args);

test('says what the sources say', () => {
  const sources = (...args: readonly string[]) =>
    ran('--input-type=module', '-e', START, '--', join(ROOT, 'cli/app/main.ts'), ...args);
  for (const args of [['--help'], ['help', 'status'], ['completion', 'bash']])
    expect(bundled(...args), args.join(' ')).toBe(sources(...args));
});

test('every module of it loads, and names only files that are there', () => {
  const modules = readdirSync(folder).filter((name) => name.endsWith('.js'));
  expect(modules.length).toBeGreaterThan(100);
  const loads = `for (const name of ${JSON.stringify(modules)}) await import(${JSON.stringify(`${folder}/`)} + name);`;
  ran('--input-type=module', '-e', `${loads} process.exit(0)`);
  const named = modules.flatMap((name) =>
    [
      ...readFileSync(join(folder, name), 'utf8').matchAll(
        /new URL\("(\.\.\/\.\.\/\.\.\/[^"]+)",\s*import\.meta\.url\)/g,
      ),
    ].map(([, path = '']) => path),
  );
  expect(named.length).toBeGreaterThan(5);
  for (const path of named) expect(existsSync(join(folder, path)), path).toBe(true);
});

test('no module of Node is imported as an ES module, and no path of this machine is in it', () => {
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.js'))) {
    const text = readFileSync(join(folder, name), 'utf8').split('\n').slice(2).join('\n');
    expect(/(?:from|import)\s*\(?"node:/.test(text), name).toBe(false);
    expect(text.includes(ROOT), name).toBe(false);
  }
});

test('what --help loads has neither a parser nor a client in it', () => {
  const outputs = Object.entries(metafile.outputs);
  const entry = outputs.find(([, { entryPoint }]) => entryPoint === 'cli/app/main.ts')?.[0];
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement') load(next);
  };
  load(entry ?? '');
  const inputs = [...loaded].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
  expect(inputs).toContain('cli/app/main.ts');
  expect(inputs.filter((path) => /node_modules\/(?!commander\/)/.test(path))).toEqual([]);
});

test('no part of it is a CommonJS module of a package: whoever loads one gets none of its names', () => {
  const entries = Object.values(metafile.outputs).flatMap(({ entryPoint = '' }) =>
    entryPoint === '' ? [] : [entryPoint],
  );
  expect(entries.length).toBeGreaterThan(30);
  expect(entries.filter((path) => metafile.inputs[path]?.format === 'cjs' && !path.startsWith('builtin:'))).toEqual([]);
  const [name = ''] = readdirSync(folder).filter((each) => each.startsWith('instances_client-'));
  const names = `console.log(Object.keys(await import(${JSON.stringify(join(folder, name))})).join())`;
  expect(ran('--input-type=module', '-e', names)).toContain('InstancesClient');
});

test('it is used only while every source is what it was', () => {
  const root = mkdtempSync(join(tmpdir(), 'keyturn-sources-'));
  try {
    const { files } = bundleAbout(dist);
    expect(files).toEqual(expect.arrayContaining(['cli/app/main.ts', 'schemas/config.ts', 'package-lock.json']));
    for (const file of files) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      copyFileSync(join(ROOT, file), join(root, file));
    }
    expect(currentBundle(root, dist)).toBe(folder);
    const one = join(root, 'schemas/config.ts');
    const was = readFileSync(one, 'utf8');
    writeFileSync(one, was.replace('z', 'y'));
    expect(currentBundle(root, dist)).toBeUndefined();
    writeFileSync(one, was);
    expect(currentBundle(root, dist)).toBe(folder);
    rmSync(one);
    expect(currentBundle(root, dist)).toBeUndefined();
    expect(currentBundle(root, join(root, 'dist'))).toBeUndefined();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('what decides how it is built is among its sources: a bundle that was built otherwise is another one', () => {
  const imported = [...readFileSync(join(ROOT, 'build/cli.ts'), 'utf8').matchAll(/from '\.\/([a-z-]+\.ts)'/g)];
  expect(imported.length).toBeGreaterThan(1);
  const builders = ['build/cli.ts', ...imported.map(([, name]) => `build/${name}`)];
  expect(bundleAbout(dist).files).toEqual(expect.arrayContaining(builders));
});

test('the bundle of the build before stays, for programs that still run', async () => {
  const next = mkdtempSync(join(ROOT, 'dist.cli-test-'));
  try {
    const old = mkdtempSync(join(ROOT, 'dist.cli-test-'));
    const about = { digest: '0'.repeat(64), files: [] };
    mkdirSync(bundleFolder(old, about.digest), { recursive: true });
    writeFileSync(join(old, 'cli/bundle.json'), JSON.stringify(about));
    writeFileSync(join(bundleFolder(old, about.digest), 'later.js'), '');
    await buildCli(ROOT, next, old);
    rmSync(old, { recursive: true });
    expect(existsSync(join(bundleFolder(next, about.digest), 'later.js'))).toBe(true);
    expect(bundleAbout(next).digest).toBe(bundleAbout(dist).digest);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
});
