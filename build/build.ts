import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { builtinsAsValues } from './builtins.ts';
import { buildCli } from './cli.ts';
import { buildClient } from './client.ts';
import { COMMONJS } from './commonjs.ts';
import { buildConsole } from './console.ts';
import { lockFor } from './lock.ts';
import { narrow } from './narrow.ts';
import { billOfMaterials } from './sbom.ts';
import { folderBeside, takePlace } from './swap.ts';
import { zipFunctions } from './zip.ts';

/**
 * dist/functions/<name>/ is what Cloud Functions gets; npm run build makes a zip of each, too. dist/image/ is what the workload image is
 * assembled from: its bundle, the Dockerfile, and image.json with what the Dockerfile says. The law is not in it: that is the deployment's.
 * dist/client is a package for dApps. dist/console is the page that the command console serves, and
 * dist/cli the command line itself.
 */
export const FUNCTIONS = ['intake', 'collect', 'launch', 'finalize', 'reconcile'] as const;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const DIST = `${ROOT}dist`;

const read = (path: string): string => readFileSync(ROOT + path, 'utf8');
const versionOf = (dependency: string): string => JSON.parse(read(`node_modules/${dependency}/package.json`)).version;

const writeJson = (path: string, value: unknown): void => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

/** Beside what is deployed, not in it: dist/sbom/<bundle>.cdx.json. */
const writeSbom = (dist: string, bundle: string, metafile: Metafile): void => {
  mkdirSync(`${dist}/sbom`, { recursive: true });
  writeFileSync(`${dist}/sbom/${bundle}.cdx.json`, billOfMaterials(ROOT, bundle, metafile));
};

const FRAMEWORK = '@google-cloud/functions-framework';

/**
 * Names stay, and lines stay short. So a stack trace of the deployed file leads to a function and a line, and an auditor can read it. Shorter names
 * save bytes on the disk, but no time at a start.
 */
const SMALL = { minifyWhitespace: true, minifySyntax: true, lineLimit: 160 } as const;

const SLIM = [narrow(ROOT), builtinsAsValues];

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: ROOT,
  ...SMALL,
  plugins: SLIM,
} satisfies BuildOptions;

/** The SDK of telemetry is a file of its own. It is off by default, and a function that has no use for it must not spend its start on it. */
const buildTelemetry = () =>
  build({
    ...shared,
    entryPoints: ['adapters/telemetry/sdk.ts'],
    outfile: 'telemetry.js',
    write: false,
    metafile: true,
    format: 'esm',
    // As ES modules less than half of it is left.
    mainFields: ['module', 'main'],
    banner: { js: COMMONJS },
  });
const telemetryApart: Plugin = {
  name: 'telemetry-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^#adapters\/telemetry\/sdk\.ts$/ }, () => ({ path: './telemetry.js', external: true }));
  },
};

const buildFunction = async (
  name: string,
  dist: string,
  telemetry: Awaited<ReturnType<typeof buildTelemetry>>,
): Promise<void> => {
  const folder = `${dist}/functions/${name}`;
  mkdirSync(folder, { recursive: true });
  for (const { contents } of telemetry.outputFiles) writeFileSync(`${folder}/telemetry.js`, contents);
  const { metafile } = await build({
    ...shared,
    metafile: true,
    entryPoints: [`functions/${name}/index.ts`],
    outfile: `${folder}/index.js`,
    format: 'esm',
    banner: { js: COMMONJS },
    // It keeps its registry in a module variable: a bundled copy would register where the runtime does not look.
    external: [FRAMEWORK],
    plugins: [...SLIM, telemetryApart],
  });
  writeSbom(dist, name, { ...metafile, outputs: { ...metafile.outputs, ...telemetry.metafile.outputs } });
  const packageName = `keyturn-${name}`;
  const dependencies = { [FRAMEWORK]: versionOf(FRAMEWORK) };
  // No scripts: what Cloud Build would run there is nobody's review.
  const about = { name: packageName, private: true, type: 'module', main: 'index.js', dependencies };
  writeJson(`${folder}/package.json`, about);
  writeJson(
    `${folder}/package-lock.json`,
    lockFor(JSON.parse(read('package-lock.json')), packageName, Object.keys(dependencies)),
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

/** What becomes of workload/: two files. `build/image-files.ts` lists what is in them. */
export const IMAGE_BUNDLE = {
  ...shared,
  entryPoints: ['workload/main.ts'],
  format: 'esm',
  banner: { js: COMMONJS },
} satisfies BuildOptions;

/** Where the key is. It has no package that asks for CommonJS, so nothing there can require a module by its name. */
export const SIGNER_BUNDLE = {
  ...shared,
  entryPoints: ['workload/signer.ts'],
  format: 'esm',
} satisfies BuildOptions;

const buildImage = async (dist: string): Promise<void> => {
  const folder = `${dist}/image`;
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({ ...IMAGE_BUNDLE, outfile: `${folder}/main.mjs`, metafile: true });
  const signer = await build({ ...SIGNER_BUNDLE, outfile: `${folder}/signer.mjs`, metafile: true });
  writeSbom(dist, 'image', metafile);
  writeSbom(dist, 'signer', signer.metafile);
  cpSync(`${ROOT}workload/Dockerfile`, `${folder}/Dockerfile`);
  writeJson(`${folder}/image.json`, imageSettings(read('workload/Dockerfile')));
};

/** Of what a lab runs. dist/client is no part of that: `npm run build` alone makes it. */
const SOURCES = [
  ...['schemas', 'core', 'adapters', 'functions', 'workload', 'build', 'package-lock.json'],
  ...['cli/console/page', 'cli/console/api.ts', 'cli/app/units.ts'],
];

const newest = (path: string): number => {
  const about = statSync(path);
  if (!about.isDirectory()) return about.mtimeMs;
  return Math.max(about.mtimeMs, ...readdirSync(path).map((name) => newest(`${path}/${name}`)));
};

/** Whether dist/ is newer than every source. */
export const isBuilt = (dist = DIST): boolean => {
  const built = `${dist}/built`;
  return existsSync(built) && SOURCES.every((source) => newest(ROOT + source) < statSync(built).mtimeMs);
};

/** Builds unless it is built. True where it built. */
export const ensureBuilt = async (dist = DIST): Promise<boolean> => {
  if (isBuilt(dist)) return false;
  await buildAll(dist, { wanted: () => !isBuilt(dist) });
  return true;
};

interface BuildChoice {
  /** Asked last: what another process has finished meanwhile stays. */
  readonly wanted?: () => boolean;
  /** Also dist/client, which nothing of ours runs. */
  readonly withClient?: boolean;
}

/**
 * Builds beside dist/ and takes its place in one move, so that nobody ever runs half a bundle. Several processes may do so at once.
 */
export const buildAll = async (
  dist = DIST,
  { wanted = () => true, withClient = false }: BuildChoice = {},
): Promise<void> => {
  const aside = folderBeside(dist);
  try {
    const client = async (): Promise<void> => writeSbom(aside, 'client', await buildClient(ROOT, aside));
    const page = async (): Promise<void> => writeSbom(aside, 'console', await buildConsole(ROOT, aside));
    const cli = async (): Promise<void> => writeSbom(aside, 'cli', await buildCli(ROOT, aside, dist));
    const telemetry = await buildTelemetry();
    await Promise.all([
      ...FUNCTIONS.map((name) => buildFunction(name, aside, telemetry)),
      buildImage(aside),
      page(),
      cli(),
      ...(withClient ? [client()] : []),
    ]);
    writeFileSync(`${aside}/built`, '');
    if (wanted()) takePlace(aside, dist);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
};

if (import.meta.main) {
  const start = Date.now();
  await buildAll(DIST, { withClient: true });
  await zipFunctions(DIST, FUNCTIONS);
  process.stdout.write(
    `built ${FUNCTIONS.length} functions, the image, the console’s page, the command line and the client into dist/ in ${Date.now() - start} ms\n`,
  );
}
