import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Builder, type BuildTools, run } from '#cli/commands/build.ts';
import {
  checkDockerfile,
  contextWith,
  imageCommands,
  imageNameOf,
  isNoDigest,
  writeContext,
} from '#cli/deploy/image-context.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { parseLaw } from '#schemas/config.ts';
import { configOf, lawJson, stageOf } from '#test/support/cli/people.ts';
import { imageSettings } from '../../../../build/build.ts';
import { lockFor, resolvedFrom } from '../../../../build/lock.ts';
import { zipFunctions, zipOf } from '../../../../build/zip.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const DOCKERFILE = readFileSync(new URL('../../../../workload/Dockerfile', import.meta.url), 'utf8');
const LOCK: unknown = JSON.parse(readFileSync(new URL('../../../../package-lock.json', import.meta.url), 'utf8'));
const FRAMEWORK = '@google-cloud/functions-framework';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-build-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('zip', () => {
  test('the same bytes whatever the order, the day and the zone', async () => {
    const files = { 'b.js': bytesOf('b'), 'a.json': bytesOf('{}') };
    const before = process.env.TZ;
    const zips: string[] = [];
    try {
      for (const zone of ['UTC', 'Pacific/Auckland', 'America/St_Johns']) {
        process.env.TZ = zone;
        zips.push(
          sha256Hex(await zipOf(files)),
          sha256Hex(await zipOf(Object.fromEntries(Object.entries(files).reverse()))),
        );
      }
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
    expect(new Set(zips).size).toBe(1);
    expect(sha256Hex(await zipOf({ ...files, 'b.js': bytesOf('c') }))).not.toBe(zips[0]);
  });

  test('holds what a function needs and nothing else, under a name that says so', async () => {
    const dist = join(folder, 'zips');
    const at = join(dist, 'functions', 'intake');
    mkdirSync(at, { recursive: true });
    for (const name of ['index.js', 'package.json', 'package-lock.json', 'secret.txt', 'telemetry.js'])
      writeFileSync(join(at, name), name);
    const [zip] = await zipFunctions(dist, ['intake']);
    const bytes = new Uint8Array(readFileSync(join(dist, 'functions', 'intake.zip')));
    const inside = unzipSync(bytes);
    expect(Object.keys(inside)).toEqual(['index.js', 'package-lock.json', 'package.json', 'telemetry.js']);
    expect(new TextDecoder().decode(inside['index.js'])).toBe('index.js');
    expect(zip?.object).toBe(`intake-${sha256Hex(bytes)}.zip`);
    expect(JSON.parse(readFileSync(join(dist, 'functions', 'zips.json'), 'utf8'))).toEqual({
      intake: { sha256: sha256Hex(bytes), object: zip?.object },
    });
  });
});

describe('lock', () => {
  const packages = (more: Record<string, unknown>) => ({
    lockfileVersion: 3,
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', integrity: 'sha512-a', dependencies: { b: '^1' } },
      ...more,
    },
  });

  test.each<[string, unknown, string]>([
    ['one of another version', { lockfileVersion: 2, packages: {} }, 'lockfileVersion'],
    ['a package that is missing', packages({}), 'b, which node_modules/a needs, is not in package-lock.json'],
    ['one without integrity', packages({ 'node_modules/b': { version: '1.0.0' } }), 'node_modules/b has no integrity'],
    [
      'one that runs a script when it is installed',
      packages({ 'node_modules/b': { version: '1.0.0', integrity: 'x', hasInstallScript: true } }),
      'node_modules/b would run a script',
    ],
  ])('refuses %s', (_, lock, words) => {
    expect(() => lockFor(lock, 'fn', ['a'])).toThrow(words);
  });

  test('takes what is needed, as Node finds it, and leaves the rest and its marks', () => {
    const lock = packages({
      'node_modules/a/node_modules/b': {
        version: '1.5.0',
        integrity: 'sha512-b1',
        dev: true,
        resolved: 'https://mirror',
      },
      'node_modules/b': { version: '2.0.0', integrity: 'sha512-b2' },
      'node_modules/c': { version: '1.0.0', integrity: 'sha512-c' },
    });
    expect(lockFor(lock, 'fn', ['a'])).toEqual({
      name: 'fn',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { name: 'fn', dependencies: { a: '1.0.0' } },
        'node_modules/a': { version: '1.0.0', integrity: 'sha512-a', dependencies: { b: '^1' } },
        'node_modules/a/node_modules/b': { version: '1.5.0', integrity: 'sha512-b1' },
      },
    });
  });

  test('an optional one that is not there is left out', () => {
    const lock = packages({
      'node_modules/b': {
        version: '1.0.0',
        integrity: 'x',
        optionalDependencies: { gone: '1' },
        peerDependencies: { also: '1' },
        peerDependenciesMeta: { also: { optional: true } },
      },
    });
    expect(Object.keys(lockFor(lock, 'fn', ['a']).packages)).toEqual(['', 'node_modules/a', 'node_modules/b']);
  });

  test('scoped names are looked for upwards', () => {
    const places = { 'node_modules/@s/x': {}, 'node_modules/@s/x/node_modules/@s/y': {}, 'node_modules/@s/y': {} };
    expect(resolvedFrom(places, 'node_modules/@s/x', '@s/y')).toBe('node_modules/@s/x/node_modules/@s/y');
    expect(resolvedFrom(places, 'node_modules/@s/x/node_modules/@s/y', '@s/x')).toBe('node_modules/@s/x');
    expect(resolvedFrom(places, 'node_modules/@s/y', 'z')).toBeUndefined();
  });

  test("of the project's own: the framework, every package with its hash, no mirror, closed under dependencies", () => {
    const found = new Map<string, unknown>(Object.entries(lockFor(LOCK, 'keyturn-intake', [FRAMEWORK]).packages));
    const names = [...found.keys()].filter((name) => name !== '');
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) {
      expect(found.get(name)).toMatchObject({ integrity: expect.stringMatching(/^sha512-/) });
      expect(found.get(name)).not.toHaveProperty('resolved');
    }
    expect(names.some((name) => name.includes('esbuild') || name.includes('ethers'))).toBe(false);
  });
});

describe('image', () => {
  test('the base is pinned by digest, and a tag is refused', () => {
    expect(() => checkDockerfile(DOCKERFILE)).not.toThrow();
    for (const bad of [
      DOCKERFILE.replace(/@sha256:[0-9a-f]{64}/, ':latest'),
      DOCKERFILE.replace(/^ARG.*$/m, ''),
      'FROM x',
    ])
      expect(() => checkDockerfile(bad)).toThrow('is not pinned by digest');
  });

  test('the builder is pinned by digest too', () => {
    const [builder = ''] = imageCommands({ folder: '/a', tag: 'keyturn-1' }, 'us-docker.pkg.dev/p/r/i');
    expect(builder).toMatch(/image=moby\/buildkit:v[0-9.]+@sha256:[0-9a-f]{64}$/);
  });

  test('the launch policy: one variable, no command, no capability, always the log', () => {
    expect(imageSettings(DOCKERFILE)).toEqual({
      entrypoint: [
        '/nodejs/bin/node',
        '--permission',
        '--allow-fs-read=/app/',
        '--allow-fs-read=/run/container_launcher/',
        '--allow-fs-write=/proc/self/coredump_filter',
        '--allow-child-process',
        '--frozen-intrinsics',
        '--disable-proto=delete',
        '--disable-sigusr1',
        '--no-addons',
        '--secure-heap=65536',
        '--max-semi-space-size=2',
        '--disable-warning=ExperimentalWarning',
        '--disable-warning=PERM0002',
        'main.mjs',
      ],
      env: { NODE_ENV: 'production', KEYTURN_LAUNCHER_DIR: '/run/container_launcher' },
      labels: {
        'tee.launch_policy.allow_env_override': 'KEYTURN_TURN',
        'tee.launch_policy.allow_cmd_override': 'false',
        'tee.launch_policy.allow_capabilities': 'false',
        'tee.launch_policy.allow_cgroups': 'false',
        'tee.launch_policy.log_redirect': 'always',
        'tee.launch_policy.hardened_monitoring': 'none',
      },
    });
  });

  test('the tag changes with law, bundles and Dockerfile, and with nothing else', () => {
    const dist = join(folder, 'image-dist');
    mkdirSync(join(dist, 'image'), { recursive: true });
    const put = (name: string, text: string) => writeFileSync(join(dist, 'image', name), text);
    put('Dockerfile', DOCKERFILE);
    put('main.mjs', 'a');
    put('signer.mjs', 'a');
    expect(contextWith(dist, lawJson())).toBeUndefined();
    const { tag } = writeContext(dist, lawJson());
    expect(tag).toMatch(/^keyturn-[0-9a-f]{32}$/);
    expect(writeContext(dist, Object.fromEntries(Object.entries(lawJson()).reverse())).tag).toBe(tag);
    expect(contextWith(dist, lawJson())?.tag).toBe(tag);
    expect(contextWith(dist, lawJson({ name: 'other' }))).toBeUndefined();
    expect(writeContext(dist, lawJson({ name: 'other' })).tag).not.toBe(tag);
    put('main.mjs', 'b');
    expect(writeContext(dist, lawJson()).tag).not.toBe(tag);
    put('main.mjs', 'a');
    put('signer.mjs', 'b');
    expect(writeContext(dist, lawJson()).tag).not.toBe(tag);
    const { lawHash } = parseLaw(lawJson());
    expect(sha256Hex(new Uint8Array(readFileSync(join(dist, 'image', 'law.json'))))).toBe(lawHash);
  });

  test('commands quote what stands in them', () => {
    const lines = imageCommands({ folder: '/a b', tag: 'keyturn-1' }, 'us-docker.pkg.dev/p/r/i;rm -rf x');
    expect(lines.join('\n')).toContain("'/a b'");
    expect(lines.join('\n')).toContain("'us-docker.pkg.dev/p/r/i;rm -rf x:keyturn-1'");
    expect(imageNameOf('host:5000/r@sha256:ab')).toEqual({ repository: 'host:5000/r', digest: 'sha256:ab' });
    expect([isNoDigest(`sha256:${'0'.repeat(64)}`), isNoDigest(`sha256:${'0'.repeat(63)}1`)]).toEqual([true, false]);
  });
});

describe('keyturn build', () => {
  const builder = (dist: string, done: string[]): Builder => ({
    dist,
    build: async () => {
      done.push('build');
    },
    zip: async () => [{ name: 'intake', file: `${dist}/functions/intake.zip`, object: 'intake-1.zip' }],
  });

  const tools = (one: Builder): BuildTools => ({
    builder: async () => one,
    runner: () => Promise.reject(new Error('nothing is run')),
    has: () => true,
  });

  test('a configuration that is wrong is told before anything is built', async () => {
    const done: string[] = [];
    writeFileSync(join(folder, 'bad.json'), JSON.stringify({ law: {}, operations: {} }));
    const stage = stageOf();
    const work = run({ ...stage.session, folder }, 'bad.json', {}, tools(builder(folder, done)));
    await expect(work).rejects.toMatchObject({ code: 'CONFIG' });
    expect(done).toEqual([]);
  });

  test('without one: functions alone; with one: the image context too, and how to push it', async () => {
    const dist = join(folder, 'whole');
    mkdirSync(join(dist, 'image'), { recursive: true });
    writeFileSync(join(dist, 'image', 'Dockerfile'), DOCKERFILE);
    writeFileSync(join(dist, 'image', 'main.mjs'), 'main');
    writeFileSync(join(dist, 'image', 'signer.mjs'), 'signer');
    const alone = stageOf({ json: true });
    expect(await run({ ...alone.session, folder }, undefined, {}, tools(builder(dist, [])))).toBe(0);
    expect(alone.json()).toMatchObject({ image: null, commands: [], functions: [{ name: 'intake' }] });
    const operations = JSON.parse(JSON.stringify(configOf().operations));
    writeFileSync(join(folder, 'good.json'), JSON.stringify({ law: lawJson(), operations }));
    const stage = stageOf({ json: true });
    expect(await run({ ...stage.session, folder }, 'good.json', {}, tools(builder(dist, [])))).toBe(0);
    expect(stage.json()).toMatchObject({
      lawHash: parseLaw(lawJson()).lawHash,
      image: { tag: expect.stringMatching(/^keyturn-/) },
      commands: [
        expect.stringContaining('--driver docker-container'),
        expect.any(String),
        expect.stringContaining('rewrite-timestamp=true'),
        expect.any(String),
      ],
    });
  });

  describe('--compare', () => {
    const DIGEST = `sha256:${'d'.repeat(64)}`;
    const compare = async (runner: BuildTools['runner'], digest = DIGEST, config: string | undefined = 'good.json') => {
      const stage = stageOf({ json: true });
      const over = { runner, has: () => true };
      const code = await run(
        { ...stage.session, folder },
        config,
        { compare: digest },
        { ...tools(builder(join(folder, 'whole'), [])), ...over },
      );
      return { code, json: stage.json() };
    };
    /** Docker, as far as it writes what it built. */
    const docker =
      (digest: string, ran: string[] = []) =>
      async (line: string) => {
        ran.push(line);
        const [, file] = /--metadata-file (\S+)/.exec(line) ?? [];
        if (file !== undefined) writeFileSync(file, JSON.stringify({ 'containerimage.digest': digest }, null, 2));
        return 0;
      };

    test('wants a digest and a configuration', async () => {
      await expect(compare(docker(DIGEST), 'latest')).rejects.toMatchObject({ code: 'USAGE', field: 'compare' });
      const none = run({ ...stageOf().session, folder }, undefined, { compare: DIGEST }, tools(builder(folder, [])));
      await expect(none).rejects.toMatchObject({ code: 'USAGE', field: 'config' });
    });

    test('another image is refused', async () => {
      const built = `sha256:${'e'.repeat(64)}`;
      expect(await compare(docker(built))).toMatchObject({ code: 1, json: { ok: false, wanted: DIGEST, built } });
    });

    test.each([
      ['docker fails', async () => 1, 'docker ended with 1'],
      ['docker tells no digest', docker('none'), 'docker told no digest'],
    ])('%s', async (_, runner, words) => {
      await expect(compare(runner)).rejects.toThrow(words);
    });

    test('no docker: says where to get it', async () => {
      const work = run(
        { ...stageOf().session, folder },
        'good.json',
        { compare: DIGEST },
        { ...tools(builder(join(folder, 'whole'), [])), has: () => false },
      );
      await expect(work).rejects.toThrow(/docker is not installed: https/);
    });

    test('the same image; nothing is pushed, and nothing is left behind', async () => {
      const ran: string[] = [];
      expect(await compare(docker(DIGEST, ran))).toMatchObject({ code: 0, json: { ok: true, built: DIGEST } });
      expect(ran.join('\n')).not.toContain('push=');
      const [push = '', own = ''] = [imageCommands({ folder: '/x', tag: 't' }, 'h/r')[2], ran.at(-1)];
      // The same words but for where the image goes, or a difference would prove nothing.
      const words = (line: string) => line.split(' ').filter((word) => /^--(?!output|metadata)/.test(word));
      expect(words(own)).toEqual(words(push));
      for (const line of [push, own]) expect(line).toContain('oci-mediatypes=true,rewrite-timestamp=true');
      const [, file = ''] = /--metadata-file (\S+)/.exec(own) ?? [];
      expect(existsSync(file)).toBe(false);
    });
  });
});
