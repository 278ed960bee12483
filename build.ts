import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type BuildOptions, build } from 'esbuild';

/**
 * dist/functions/<name>/ is what Cloud Functions gets; dist/image/ is what the workload image is assembled from (main.js, Dockerfile,
 * image.json with what the Dockerfile says), without the law: that is the deployment's.
 */
export const FUNCTIONS = ['intake', 'collect', 'launch', 'finalize', 'reconcile'] as const;

export const DIST = new URL('./dist', import.meta.url).pathname;

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const versionOf = (dependency: string): string => JSON.parse(read(`./node_modules/${dependency}/package.json`)).version;

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: new URL('.', import.meta.url).pathname,
};

/** Google's packages are CommonJS inside: an ES module has to give them what that has. */
const COMMONJS = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join('\n');

const buildFunction = async (name: string, dist: string): Promise<void> => {
  const folder = `${dist}/functions/${name}`;
  mkdirSync(folder, { recursive: true });
  await build({
    ...shared,
    entryPoints: [`functions/${name}/index.ts`],
    outfile: `${folder}/index.js`,
    format: 'esm',
    banner: { js: COMMONJS },
    // It keeps its registry in a module variable: a bundled copy would register where the runtime does not look.
    external: ['@google-cloud/functions-framework'],
  });
  const framework = '@google-cloud/functions-framework';
  writeFileSync(
    `${folder}/package.json`,
    `${JSON.stringify({ name: `keyturn-${name}`, private: true, type: 'module', main: 'index.js', dependencies: { [framework]: versionOf(framework) } }, null, 2)}\n`,
  );
};

/** Labels, environment and entry point of a Dockerfile, as the local launcher reads them. */
export const imageSettings = (
  dockerfile: string,
): { entrypoint: string[]; env: Record<string, string>; labels: Record<string, string> } => {
  const pairs = (word: string) =>
    [...dockerfile.matchAll(new RegExp(`^${word}\\s+"?([^"=\\s]+)"?="?([^"\\n]*?)"?$`, 'gm'))].map(
      ([, key = '', value = '']) => [key, value] as const,
    );
  const [, entrypoint = '[]'] = /^ENTRYPOINT\s+(\[.*\])$/m.exec(dockerfile) ?? [];
  return {
    entrypoint: JSON.parse(entrypoint),
    env: Object.fromEntries(pairs('ENV')),
    labels: Object.fromEntries(pairs('LABEL')),
  };
};

const buildImage = async (dist: string): Promise<void> => {
  const folder = `${dist}/image`;
  mkdirSync(folder, { recursive: true });
  await build({
    ...shared,
    entryPoints: ['workload/main.ts'],
    outfile: `${folder}/main.js`,
    format: 'esm',
    banner: { js: COMMONJS },
  });
  cpSync(new URL('./workload/Dockerfile', import.meta.url).pathname, `${folder}/Dockerfile`);
  writeFileSync(`${folder}/image.json`, `${JSON.stringify(imageSettings(read('./workload/Dockerfile')), null, 2)}\n`);
};

const SOURCES = ['schemas', 'core', 'adapters', 'functions', 'workload', 'build.ts', 'package-lock.json'];

const newest = (path: string): number => {
  const about = statSync(path);
  if (!about.isDirectory()) return about.mtimeMs;
  return Math.max(about.mtimeMs, ...readdirSync(path).map((name) => newest(`${path}/${name}`)));
};

/** Builds unless dist/ is newer than every source. True where it built. */
export const ensureBuilt = async (dist = DIST): Promise<boolean> => {
  const built = `${dist}/built`;
  const root = new URL('.', import.meta.url).pathname;
  const fresh = existsSync(built) && SOURCES.every((source) => newest(root + source) < statSync(built).mtimeMs);
  if (!fresh) await buildAll(dist);
  return !fresh;
};

export const buildAll = async (dist = DIST): Promise<void> => {
  rmSync(dist, { recursive: true, force: true });
  await Promise.all([...FUNCTIONS.map((name) => buildFunction(name, dist)), buildImage(dist)]);
  writeFileSync(`${dist}/built`, '');
};

if (import.meta.main) {
  const start = Date.now();
  await buildAll();
  process.stdout.write(`built ${FUNCTIONS.length} functions and the image into dist/ in ${Date.now() - start} ms\n`);
}
