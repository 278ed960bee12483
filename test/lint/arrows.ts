import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The arrows between the rooms, and what each room may bring in from outside. What the attested image decides with must not depend on what
 * is trusted less. The rules must not know an SDK.
 */
interface Room {
  readonly rooms: readonly string[];
  /** Packages; `*` is any. */
  readonly packages: readonly string[];
  readonly node: boolean;
}

const PURE = [
  '@bitauth/libauth',
  '@humanwhocodes/momoa',
  '@noble/curves',
  '@noble/hashes',
  'canonicalize',
  'ethers',
  'zod',
];

const ROOMS: Readonly<Record<string, Room>> = {
  schemas: { rooms: [], packages: PURE, node: false },
  core: { rooms: ['schemas'], packages: PURE, node: false },
  adapters: { rooms: ['schemas', 'core'], packages: ['*'], node: true },
  workload: { rooms: ['schemas', 'core', 'adapters'], packages: [], node: true },
  functions: {
    rooms: ['schemas', 'core', 'adapters'],
    packages: ['@google-cloud/functions-framework', '@opentelemetry/api', 'google-auth-library', 'zod'],
    node: true,
  },
  client: { rooms: ['schemas', 'core', 'adapters'], packages: ['@google-cloud/pubsub', 'zod'], node: false },
  local: { rooms: ['schemas', 'core'], packages: ['*'], node: true },
  cli: { rooms: ['schemas', 'core', 'adapters', 'local', 'root'], packages: ['*'], node: true },
  root: { rooms: ['schemas'], packages: ['*'], node: true },
  test: {
    rooms: ['schemas', 'core', 'adapters', 'workload', 'functions', 'client', 'local', 'cli', 'root'],
    packages: ['*'],
    node: true,
  },
};

/** Rooms of core, each above those that it may import. The files beside them belong to all. */
const CORE_ORDER = ['calls', 'settled', 'transaction', 'shares', 'signing', 'register', 'facts', 'decide'];

/** Files of core that speak to the ports. Everything else there decides, and does no I/O. */
const CORE_IO = [
  'core/facts/intake-answer.ts',
  'core/facts/kept-laws.ts',
  'core/facts/load-waiting.ts',
  'core/facts/marks.ts',
  'core/facts/predictions.ts',
  'core/facts/read-chain.ts',
  'core/facts/read-turns.ts',
  'core/facts/stops.ts',
  'core/facts/store.ts',
  'core/register/append.ts',
  'core/register/listing.ts',
  'core/register/read-checkpoint.ts',
  'core/register/read.ts',
  'core/register/sealing.ts',
  'core/shares/list.ts',
  'core/shares/places.ts',
  'core/signing/session.ts',
];

const STEPS = ['intake', 'collect', 'launch', 'finalize', 'reconcile'];

/** A step that runs another: reconcile runs intake again for a request whose message got lost. */
const STEP_TO_STEP: Readonly<Record<string, readonly string[]>> = {
  'functions/reconcile/apply-owed.ts': ['functions/intake/handle.ts'],
};

/**
 * Settlement reads: load, one judgement in core/decide, commit. What each file there may take from its siblings; none of them calls back, and what
 * is loaded is not judged on the way.
 */
const SETTLEMENT: Readonly<Record<string, readonly string[]>> = {
  'load.ts': ['load-nonce.ts', 'load-predictions.ts', 'load-seal.ts'],
  'load-nonce.ts': ['load-blocks.ts', 'memory.ts'],
  'load-blocks.ts': [],
  'load-predictions.ts': [],
  'load-seal.ts': [],
  'memory.ts': [],
  'commit.ts': ['memory.ts'],
  'fee-bump.ts': [],
};

/**
 * The client of dApps. What it takes from adapters needs no package but the Pub/Sub client. Each adapter of it alone imports its library.
 */
const CLIENT_ADAPTERS =
  /^adapters\/(clock\.ts|calls\/once\.ts|identity\/identity\.ts|pubsub\/(pubsub|pull)\.ts|storage\/reader\.ts)$/;
const CLIENT_LIBRARIES: Readonly<Record<string, string>> = { 'client/ethers.ts': 'ethers', 'client/viem.ts': 'viem' };

/** Words of strangers, rendered for people. Nothing that signs, decides or settles may read them; the rooms say so, and this says why. */
const RENDERER = /^cli\/clear\//;

/**
 * The console's page runs in a browser, before whoever may be hostile. It gets the contract, and what writes amounts and spans; no Node, no cloud and no
 * key. Its own modules it names by `./`.
 */
const CONSOLE_PAGE = /^cli\/console\/page\//;
const PAGE_MAY = ['cli/console/api.ts', 'cli/app/units.ts'];
const PAGE_PACKAGES = ['preact'];

/** cli may start the local cloud, and from these places only. */
const LOCAL_FROM_CLI = /^cli\/(commands\/(dev|demo)\.ts|demo\/|dev\/)/;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|import\('([^']+)'\)/g;

export const importsOf = (source: string): string[] =>
  [...source.matchAll(IMPORT)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');

const roomOf = (path: string): string => {
  const [first = '', ...rest] = path.split('/');
  return rest.length === 0 || !(first in ROOMS) ? 'root' : first;
};

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** What is wrong with an import of a file of settlement. */
const settlementProblem = (file: string, target: string): string | undefined => {
  const [, own] = /^functions\/settlement\/(.+)$/.exec(file) ?? [];
  if (own === undefined) return undefined;
  const [, sibling] = /^functions\/settlement\/(.+)$/.exec(target) ?? [];
  if (sibling !== undefined && !SETTLEMENT[own]?.includes(sibling))
    return `settlement: ${own} must not call ${sibling}`;
  return !['commit.ts', 'fee-bump.ts'].includes(own) && target.startsWith('core/decide/')
    ? 'settlement: what loads must not judge'
    : undefined;
};

/** What is wrong with an import inside one room. */
const withinRoom = (file: string, target: string): string | undefined => {
  const [room = '', part = '', name] = file.split('/');
  const [, other = '', otherName] = target.split('/');
  if (name === undefined || otherName === undefined || part === other) return undefined;
  if (room === 'core' && CORE_ORDER.indexOf(other) > CORE_ORDER.indexOf(part))
    return `core/${part} must not import core/${other}`;
  if (room === 'functions' && STEPS.includes(part) && STEPS.includes(other) && !STEP_TO_STEP[file]?.includes(target))
    return `functions/${part} must not import functions/${other}`;
  if (room === 'functions' && !STEPS.includes(part) && STEPS.includes(other))
    return `functions/${part} must not import a step`;
  return room === 'local' && part === 'cloud' && other === 'lab'
    ? 'the local cloud knows nothing of keyturn: only local/lab may'
    : undefined;
};

/** Starts its WebAssembly once, when it is loaded, and decides nothing. */
const CURVE = 'core/curve.ts';

/** What a file of core does that a decision must not: wait, look at a clock, or throw dice. */
export const impurity = (file: string, source: string): string | undefined => {
  if (!file.startsWith('core/') || CORE_IO.includes(file) || [CURVE, 'core/ports.ts'].includes(file)) return undefined;
  const found = /\b(async\b|await\b|Date\.now\(|new Date\(\)|Math\.random\(|performance\.)/.exec(source)?.[1];
  return found === undefined ? undefined : `decides, so it must not use ${found}`;
};

/** What is wrong with an import of the console's page: of a package where `path` is undefined. */
const pageProblem = (file: string, specifier: string, path: string | undefined): string | undefined => {
  if (!CONSOLE_PAGE.test(file)) return undefined;
  const may =
    path === undefined
      ? PAGE_PACKAGES.includes(packageOf(specifier))
      : CONSOLE_PAGE.test(path) || PAGE_MAY.includes(path);
  return may ? undefined : 'the console’s page must not import it: it runs in a browser';
};

/** What is wrong with one import, in words, or undefined. */
export const importProblem = (file: string, specifier: string): string | undefined => {
  const from = roomOf(file);
  const rules = ROOMS[from];
  if (rules === undefined) return undefined;
  if (specifier.startsWith('node:') && CONSOLE_PAGE.test(file)) return pageProblem(file, specifier, undefined);
  if (specifier.startsWith('node:')) return rules.node ? undefined : `${from} is pure: it must not import ${specifier}`;
  const alias = /^#([a-z]+)\//.exec(specifier)?.[1];
  const target = specifier.startsWith('.') ? roomOf(normalize(join(dirname(file), specifier))) : alias;
  if (target === undefined) {
    const name = packageOf(specifier);
    const onPage = pageProblem(file, specifier, undefined);
    if (onPage !== undefined) return onPage;
    return rules.packages.includes('*') || rules.packages.includes(name) || CLIENT_LIBRARIES[file] === name
      ? undefined
      : `${from} must not import the package ${name}`;
  }
  const path = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier.slice(1);
  const onPage = pageProblem(file, specifier, path);
  if (onPage !== undefined) return onPage;
  const unsettled = settlementProblem(file, path);
  if (unsettled !== undefined) return unsettled;
  if (target === from) return withinRoom(file, path);
  if (file.startsWith('local/cloud/')) return 'the local cloud knows nothing of keyturn: only local/lab may';
  if (RENDERER.test(path) && !['cli', 'test'].includes(from))
    return 'descriptors are rendered for people by the cli alone';
  if (!rules.rooms.includes(target)) return `${from} must not import ${target}`;
  if (from === 'client' && target === 'adapters' && !CLIENT_ADAPTERS.test(path))
    return 'the client must not bring in a library beside the Pub/Sub client';
  if (from === 'cli' && target === 'local' && !LOCAL_FROM_CLI.test(file)) return 'only dev and demo may import local';
  return undefined;
};

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist', '.git', '.keyturn', 'fixtures'].includes(entry.name) ? [] : sources(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : [];
  });

export const problemsIn = (files: readonly string[]): string[] =>
  files.flatMap((file) => {
    const source = readFileSync(join(ROOT, file), 'utf8');
    const impure = impurity(file, source);
    return [
      ...(impure === undefined ? [] : [`${file}: ${impure}`]),
      ...importsOf(source).flatMap((specifier) => {
        const problem = importProblem(file, specifier);
        return problem === undefined ? [] : [`${file}: ${problem} (${specifier})`];
      }),
    ];
  });

if (import.meta.main) {
  const problems = problemsIn(sources('.').map((path) => relative('.', path)));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0) process.stdout.write('every import follows the arrows between the rooms\n');
  process.exitCode = problems.length === 0 ? 0 : 1;
}
