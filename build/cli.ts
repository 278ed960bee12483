import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, relative, sep } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { BUILTIN, builtinsAsValues } from './builtins.ts';
import { BUNDLE, bundleAbout, bundleFolder, digestOf } from './bundle.js';
import { COMMONJS } from './commonjs.ts';
import { namesOfCommonJs } from './commonjs-names.ts';

/**
 * dist/cli: the command line, bundled, so that it starts in a fraction of the time. cli/keyturn.js runs it where the sources are those that
 * it was made of. One module for each command, and what they share.
 */

/** Packages that are found at run time: tools of developers, nodes that may be missing, and what loads files of its own. */
const AT_RUN_TIME = [
  ...['@duckdb/node-api', '@foundry-rs/*', 'esbuild', 'ganache', 'hardhat'],
  ...['@google-cloud/functions-framework', 'fast-crc32c'],
];

/**
 * Every package of the bundle is decided by the lock file; package.json says how names of rooms resolve. Who builds otherwise makes another
 * bundle of the same sources.
 */
const ALSO = [
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  ...['build/builtins.ts', 'build/cli.ts', 'build/commonjs.ts', 'build/commonjs-names.ts'],
];

/** From a module of the bundle to the root: it lies in dist/cli/<digest>/. */
const UP = '../../../';

/**
 * A module of ours finds files by its own place. In the bundle that place stays the one of the source. `import.meta.url` alone is known:
 * anything else of `import.meta` that asks for a place is refused.
 */
const placesOfSources = (root: string): Plugin => ({
  name: 'places-of-sources',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path.includes(`${sep}node_modules${sep}`)) return undefined;
      const source = readFileSync(path, 'utf8');
      if (!source.includes('import.meta')) return undefined;
      const place = relative(root, path).split(sep).join('/');
      const other = /\bimport\.meta\.(?!url\b|main\b)\w+/.exec(source);
      if (other !== null) throw new Error(`${place}: ${other[0]} would name a place in the bundle`);
      return {
        loader: 'ts',
        contents: source
          .replaceAll(/\bimport\.meta\.url\b/g, `new URL(${JSON.stringify(`${UP}${place}`)}, import.meta.url).href`)
          .replaceAll(/\bimport\.meta\.main\b/g, 'false'),
      };
    });
  },
});

/** What builds is no part of what is built: it runs from its sources, beside the bundle. */
const buildersApart: Plugin = {
  name: 'builders-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^(\.\.\/)+build\/[a-z-]+\.ts$/ }, ({ path }) => ({
      path: path.replace(/^(\.\.\/)+/, UP),
      external: true,
    }));
  },
};

/** Our own files among the inputs, by name. Other inputs are packages, and modules of Node. */
const ownFiles = ({ inputs }: Metafile): readonly string[] => {
  const own = Object.keys(inputs).filter((path) => !path.includes('node_modules/') && !path.startsWith(BUILTIN));
  return [...new Set([...own, ...ALSO])].toSorted();
};

/** The bundle that another build left, so that a program of it that still runs finds what it has not loaded yet. */
const keepLast = (last: string, dist: string): void => {
  try {
    const folder = bundleFolder(last, bundleAbout(last).digest);
    cpSync(folder, `${dist}/cli/${basename(folder)}`, { recursive: true });
  } catch {
    // There is none, or another build takes its place just now, and keeps it itself.
  }
};

/** Gives what is in it. `root`: folder of the project, with a slash at the end. `last`: where an earlier build may lie. */
export const buildCli = async (root: string, dist: string, last: string = dist): Promise<Metafile> => {
  const began = Date.now();
  const aside = `${dist}/cli/new`;
  mkdirSync(aside, { recursive: true });
  if (last !== dist) keepLast(last, dist);
  const { metafile } = await build({
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    splitting: true,
    // Names stay: stack traces are read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
    metafile: true,
    entryPoints: { [BUNDLE.entry.replace('.js', '')]: 'cli/app/main.ts' },
    outdir: aside,
    chunkNames: '[name]-[hash]',
    external: AT_RUN_TIME,
    plugins: [placesOfSources(root), buildersApart, namesOfCommonJs(root), builtinsAsValues],
    banner: { js: COMMONJS },
  });
  const files = ownFiles(metafile);
  const digest = digestOf(root, files);
  const folder = bundleFolder(dist, digest);
  if (existsSync(folder)) rmSync(aside, { recursive: true });
  else renameSync(aside, folder);
  // Saved while it was being built: nobody knows which of the two is in the bundle, so it is not used.
  if (files.some((file) => statSync(root + file).mtimeMs >= began)) return metafile;
  writeFileSync(`${dist}/cli/${BUNDLE.about}`, `${JSON.stringify({ digest, files }, null, 2)}\n`);
  return metafile;
};
