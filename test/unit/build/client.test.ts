import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildClient, CLIENT_MODULES, CLIENT_PACKAGE } from '../../../build/client.ts';
import { billOfMaterials, bundledPackages } from '../../../build/sbom.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const run = promisify(execFile);
/** A dApp's folder: the package as npm would put it there, and its neighbours. */
const folder = mkdtempSync(join(tmpdir(), 'keyturn-client-'));
const installed = join(folder, 'node_modules', CLIENT_PACKAGE);
let metafile: Metafile;

const link = (name: string): void => {
  const at = join(folder, 'node_modules', name);
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(`${ROOT}node_modules/${name}`, at);
};

beforeAll(async () => {
  metafile = await buildClient(ROOT, folder);
  mkdirSync(join(folder, 'node_modules'));
  await run('mv', [join(folder, 'client'), installed]);
  link('@google-cloud/pubsub');
}, 90_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isNode = (name: string): boolean => name.startsWith('node:') || builtinModules.includes(name);

/** What a module of the package and its shared parts ask for from outside. */
const askedBy = (file: string, seen = new Set<string>()): string[] => {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`/client/${file}`))?.[1].imports;
  if (imports === undefined) throw new Error(`no module ${file}`);
  return imports.flatMap(({ path, external }) =>
    external === true ? [path] : askedBy(path.slice(path.lastIndexOf('/') + 1), seen),
  );
};
const packagesOf = (file: string): string[] => [...new Set(askedBy(file))].filter((name) => !isNode(name)).toSorted();

const declarations = (): { readonly file: string; readonly text: string }[] =>
  readdirSync(join(installed, 'types'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => ({ file, text: readFileSync(join(installed, 'types', file), 'utf8') }));
const named = (text: string): string[] =>
  [...text.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)].map(([, name = '']) => name);

describe('dist/client', () => {
  test('imports the Pub/Sub client, and each adapter its own library', () => {
    expect(packagesOf('index.js')).toEqual(['@google-cloud/pubsub']);
    expect(packagesOf('ethers.js')).toEqual(['ethers']);
    expect(packagesOf('viem.js')).toEqual(['viem']);
  });

  test('and so do its modules as they are written, whatever the bundler says of them', () => {
    for (const file of readdirSync(installed).filter((name) => name.endsWith('.js'))) {
      const text = readFileSync(join(installed, file), 'utf8');
      const outside = [...text.matchAll(/^(?:import|export)\b[^'"\n]*?from "([^"]+)";$/gm)].map(
        ([, name = '']) => name,
      );
      const allowed = [...(file === 'ethers.js' ? ['ethers'] : []), ...(file === 'viem.js' ? ['viem'] : [])];
      const strange = outside.filter((name) => !name.startsWith('./') && !isNode(name));
      expect(strange.filter((name) => ![...allowed, '@google-cloud/pubsub'].includes(name))).toEqual([]);
    }
  });

  test('declares no module but its own, those, and none of our rooms by name', () => {
    const outside = declarations().flatMap(({ file, text }) =>
      named(text)
        .filter((name) => !name.startsWith('.'))
        .map((name) => `${file} ${name}`),
    );
    const allowed = ['@google-cloud/pubsub', 'ethers', 'viem'];
    expect(outside.filter((one) => !allowed.includes(one.split(' ')[1] ?? ''))).toEqual([]);
    for (const library of ['ethers', 'viem'])
      expect(outside.filter((one) => one.endsWith(` ${library}`)).map((one) => one.split(' ')[0])).toEqual([
        `client/${library}.d.ts`,
      ]);
  });

  test('package.json names what it needs, and runs nothing', () => {
    const about = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(Object.keys(about.dependencies)).toEqual(['@google-cloud/pubsub']);
    expect(about.peerDependenciesMeta).toEqual({ ethers: { optional: true }, viem: { optional: true } });
    expect(Object.keys(about.exports)).toEqual(['.', './ethers', './viem']);
    expect(about.scripts).toBeUndefined();
  });

  test('its bill of materials is CycloneDX, and names each package that left bytes in it', async () => {
    const text = billOfMaterials(ROOT, 'client', metafile);
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
    const names = JSON.parse(text).components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['ethers', 'zod']));
    expect(bundledPackages(metafile).filter((key) => /google|viem/.test(key))).toEqual([]);
  });
});

const CONSUMER = `
import { CODES, isKeyturnError, type KeyturnEvent, type Client, openClient, readPush } from '${CLIENT_PACKAGE}';

export const told = (event: KeyturnEvent): string => {
  switch (event.type) {
    case 'keyturn.request.refused':
      return CODES[event.code].advice;
    case 'keyturn.receipt':
      return event.receipt.transactionHash;
    case 'unreadable':
      return event.reason;
    default:
      return event.reference;
  }
};

export const pay = async (law: unknown): Promise<string> => {
  const client: Client = openClient({ config: law, requester: 'shop' });
  try {
    const asked = await client.request({ reference: 'invoice-7', to: null, value: 1n, gasLimit: 21000n, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n });
    const outcome = await client.waitFor(asked, { until: 'final', signal: AbortSignal.timeout(1000) });
    for await (const event of client.events()) told(event);
    return outcome.transactionHash;
  } catch (error) {
    if (isKeyturnError(error, 'REFERENCE_USED')) return error.id ?? '';
    throw error;
  } finally {
    await client.close();
  }
};
export const pushed = (body: string): string => told(readPush(JSON.parse(body)).event);
`;
/** Each must be an error, or the consumer before it proves nothing. */
const WRONG = [
  `openClient({ config: {}, requester: 'x' }).request({ to: null })`,
  `openClient({ config: {}, requester: 'x' }).request({ reference: 'r', to: null, value: 1 })`,
  `openClient({ config: {}, requester: 'x' }).waitFor('id', { until: 'mined' })`,
  `openClient({ config: {} })`,
];

describe('a consumer in a bare folder', () => {
  const compile = async (text: string): Promise<string> => {
    writeFileSync(join(folder, 'consumer.ts'), text);
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--module', 'nodenext'];
    return run(
      process.execPath,
      [`${ROOT}node_modules/typescript/bin/tsc`, ...options, '--target', 'es2024', '--types', '', 'consumer.ts'],
      { cwd: folder },
    ).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  };

  test('compiles', async () => {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    expect(await compile(CONSUMER)).toBe('');
  }, 60_000);

  test('and what is wrong does not', async () => {
    const lines = WRONG.map((line) => `await ${line};`).join('\n');
    const said = await compile(`import { openClient } from '${CLIENT_PACKAGE}';\n${lines}\n`);
    WRONG.forEach((_, n) => {
      expect(said).toContain(`consumer.ts(${n + 2},`);
    });
  }, 60_000);

  test('runs where ethers and viem are not installed', async () => {
    writeFileSync(
      join(folder, 'run.js'),
      `import { openClient, KeyturnError } from '${CLIENT_PACKAGE}';
       try { openClient({ config: {}, requester: 'x' }); } catch (error) { console.log(error instanceof KeyturnError, error.code); }
       for (const name of ['ethers', 'viem']) await import('${CLIENT_PACKAGE}/' + name).catch((error) => console.log(error.code));`,
    );
    const { stdout } = await run(process.execPath, ['run.js'], { cwd: folder });
    expect(stdout.trim().split('\n')).toEqual(['true CONFIG', 'ERR_MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);
  }, 60_000);

  test('compiles what the pages show', async () => {
    for (const library of ['ethers', 'viem']) link(library);
    const blocks = ['docs/client.md', 'README.md'].flatMap((page) =>
      [...readFileSync(`${ROOT}${page}`, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => block),
    );
    expect(blocks.length).toBeGreaterThan(2);
    const isImport = (line: string): boolean => line.startsWith('import ');
    const imports = new Set(blocks.flatMap((block) => block.split('\n').filter(isImport)));
    const bodies = blocks.map(
      (block) =>
        `{\n${block
          .split('\n')
          .filter((line) => !isImport(line))
          .join('\n')}}`,
    );
    // What the pages take for granted. A block that makes its own hides it.
    const given = `
declare const client: import('${CLIENT_PACKAGE}').Client;
declare const provider: import('ethers').Provider;
declare const publicClient: import('viem').PublicClient<import('viem').Transport, import('viem').Chain>;
declare const [to, value, gasLimit, maxFeePerGas, maxPriorityFeePerGas, signal, law]: [\`0x\${string}\`, bigint, bigint, bigint, bigint, AbortSignal, unknown];
declare function store(id: string, outcome: string): Promise<void>;
declare module 'node:fs' { export function readFileSync(path: string, encoding: string): string }
`;
    expect(await compile([...imports, given, ...bodies, 'export {};'].join('\n'))).toBe('');
  }, 60_000);

  test(`has ${CLIENT_MODULES.length} modules`, () => {
    const modules = readdirSync(installed).filter((name) => name.endsWith('.js') && !name.startsWith('shared-'));
    expect(modules.toSorted()).toEqual(CLIENT_MODULES.map((name) => `${name}.js`).toSorted());
  });
});
