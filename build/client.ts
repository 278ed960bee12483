import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { build, type Metafile, type Plugin } from 'esbuild';

/**
 * dist/client is a package: three modules, what they share, and their types. It asks for one other package, the Pub/Sub client. ethers and viem
 * are loaded by the module of their name alone; what our own code takes from ethers is in the bundle.
 */
export const CLIENT_MODULES = ['index', 'ethers', 'viem'] as const;
const ADAPTERS = ['ethers', 'viem'];
export const CLIENT_PACKAGE = 'keyturn-client';

const run = promisify(execFile);

/** Who imports decides: an adapter gets the caller's own library, since its objects come from there. */
const packages = (root: string): Plugin => ({
  name: 'packages',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^(ethers|viem)$/ }, ({ path, importer }) =>
      importer === `${root}client/${path}.ts` ? { path, external: true } : undefined,
    );
    onResolve({ filter: /^google-(gax|auth-library)$/ }, () => ({ path: `${root}build/google-of-pubsub.ts` }));
  },
});

const bundle = async (root: string, folder: string): Promise<Metafile> => {
  const { metafile } = await build({
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    splitting: true,
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
    metafile: true,
    entryPoints: CLIENT_MODULES.map((name) => `client/${name}.ts`),
    outdir: folder,
    chunkNames: 'shared-[hash]',
    external: ['@google-cloud/pubsub'],
    plugins: [packages(root)],
  });
  return metafile;
};

const FROM = /((?:from\s*|import\s*\(\s*|import\s+)['"])([^'"]+)(['"])/g;

/** Our own modules that a declaration names, by their path from the root. */
const ownModule = (file: string, specifier: string): string | undefined => {
  const own = /^#([a-z]+\/.+)\.ts$/.exec(specifier)?.[1];
  if (own !== undefined) return own;
  return /^\.{1,2}\/.+\.ts$/.test(specifier) ? join(dirname(file), specifier.replace(/\.ts$/, '')) : undefined;
};

/**
 * The declarations that the three modules need, and no others. What tsc writes names modules as the sources do, with `#room/` and `.ts`: here each
 * becomes a path that every consumer's compiler reads.
 */
const declare = async (root: string, folder: string): Promise<void> => {
  const all = mkdtempSync(join(tmpdir(), 'keyturn-types-'));
  try {
    await run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}client`, '--outDir', all]);
    const wanted = CLIENT_MODULES.map((name) => `client/${name}`);
    for (const file of wanted) {
      const text = readFileSync(join(all, `${file}.d.ts`), 'utf8').replace(FROM, (whole, before, specifier, after) => {
        const target = ownModule(file, specifier);
        if (target === undefined) return whole;
        if (!wanted.includes(target)) wanted.push(target);
        const path = relative(dirname(file), target);
        return `${before}${path.startsWith('.') ? path : `./${path}`}.js${after}`;
      });
      const target = join(folder, 'types', `${file}.d.ts`);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  } finally {
    rmSync(all, { recursive: true, force: true });
  }
};

const entry = (name: string) => ({ types: `./types/client/${name}.d.ts`, default: `./${name}.js` });

/** package.json of the package: nothing runs when it is installed, and it is not for a registry. */
const about = (root: string) => {
  const own = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const versions: Record<string, string> = { ...own.dependencies, ...own.devDependencies };
  return {
    name: CLIENT_PACKAGE,
    version: own.version,
    description: 'Asks keyturn for Ethereum transactions, and listens to what becomes of them',
    license: own.license,
    private: true,
    type: 'module',
    engines: { node: '>=22' },
    sideEffects: false,
    exports: { '.': entry('index'), ...Object.fromEntries(ADAPTERS.map((name) => [`./${name}`, entry(name)])) },
    dependencies: { '@google-cloud/pubsub': versions['@google-cloud/pubsub'] },
    peerDependencies: Object.fromEntries(ADAPTERS.map((name) => [name, versions[name]])),
    peerDependenciesMeta: Object.fromEntries(ADAPTERS.map((name) => [name, { optional: true }])),
  };
};

/** Writes `<dist>/client`. What is in it, for its bill of materials. `root`: with a slash at the end. */
export const buildClient = async (root: string, dist: string): Promise<Metafile> => {
  const folder = `${dist}/client`;
  mkdirSync(folder, { recursive: true });
  const [metafile] = await Promise.all([bundle(root, folder), declare(root, folder)]);
  writeFileSync(`${folder}/package.json`, `${JSON.stringify(about(root), null, 2)}\n`);
  return metafile;
};
