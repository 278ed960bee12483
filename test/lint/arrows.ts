import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The arrows between the rooms, and what each room may bring in from outside: what the attested image decides with must not depend on what
 * is trusted less, and the rules must not know an SDK.
 */
interface Room {
  readonly rooms: readonly string[];
  /** Packages; `*` is any. */
  readonly packages: readonly string[];
  readonly node: boolean;
}

const PURE = ['@noble/curves', '@noble/hashes', 'canonicalize', 'ethers', 'zod'];

const ROOMS: Readonly<Record<string, Room>> = {
  schemas: { rooms: [], packages: PURE, node: false },
  core: { rooms: ['schemas'], packages: PURE, node: false },
  adapters: { rooms: ['schemas', 'core'], packages: ['*'], node: true },
  workload: { rooms: ['schemas', 'core', 'adapters'], packages: [], node: true },
  functions: {
    rooms: ['schemas', 'core', 'adapters'],
    packages: ['@google-cloud/functions-framework', 'google-auth-library', 'zod'],
    node: true,
  },
  local: { rooms: ['schemas', 'core'], packages: ['*'], node: true },
  cli: { rooms: ['schemas', 'core', 'adapters', 'local', 'root'], packages: ['*'], node: true },
  root: { rooms: [], packages: ['*'], node: true },
  test: {
    rooms: ['schemas', 'core', 'adapters', 'workload', 'functions', 'local', 'cli', 'root'],
    packages: ['*'],
    node: true,
  },
};

/** cli may start the local cloud, and from these places only. */
const LOCAL_FROM_CLI = /^cli\/(commands\/(dev|demo)\.ts|demo\/)/;

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

/** What is wrong with one import, in words, or undefined. */
export const importProblem = (file: string, specifier: string): string | undefined => {
  const from = roomOf(file);
  const rules = ROOMS[from];
  if (rules === undefined) return undefined;
  if (specifier.startsWith('node:')) return rules.node ? undefined : `${from} is pure: it must not import ${specifier}`;
  const alias = /^#([a-z]+)\//.exec(specifier)?.[1];
  const target = specifier.startsWith('.') ? roomOf(normalize(join(dirname(file), specifier))) : alias;
  if (target === undefined) {
    const name = packageOf(specifier);
    return rules.packages.includes('*') || rules.packages.includes(name)
      ? undefined
      : `${from} must not import the package ${name}`;
  }
  if (target === from) return undefined;
  if (!rules.rooms.includes(target)) return `${from} must not import ${target}`;
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
  files.flatMap((file) =>
    importsOf(readFileSync(join(ROOT, file), 'utf8')).flatMap((specifier) => {
      const problem = importProblem(file, specifier);
      return problem === undefined ? [] : [`${file}: ${problem} (${specifier})`];
    }),
  );

if (import.meta.main) {
  const problems = problemsIn(sources('.').map((path) => relative('.', path)));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0) process.stdout.write('every import follows the arrows between the rooms\n');
  process.exitCode = problems.length === 0 ? 0 : 1;
}
