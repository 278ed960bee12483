import { parseArgs } from 'node:util';

export const PARTS = [
  'pipeline',
  'turn',
  'workload',
  'functions',
  'calls',
  'waiting',
  'register',
  'cli',
  'exactly-once',
  'codelab',
] as const;

export type PartName = (typeof PARTS)[number];

export const USAGE = `npm run bench [-- PART… [--full] [--baseline] [--strict] [--json] [--write]]
npm run bench -- --guard [--write]

Parts: ${PARTS.join(', ')}. Without one, all of them (under 6 minutes on 2 quiet cores).

  --full       also what takes long: 1,000 in flight over 8 wallets, every cell of exactly-once, three days in the queue (under 40 minutes)
  --baseline   measures the build of commit ac228dc beside today's, in the same run; --full does so too
  --strict     exit code 1 where a target is missed; without it, 0 says that everything could be measured
  --json       one line: {"figures":[{"name","value","unit","floor","peer","ratio","target","ok"}]}
  --write      writes the table into test/bench/README.md; with --guard, the counts and ratios into test/bench/guard.json
  --guard      counts calls and CPU ratios and compares them with test/bench/guard.json; exit code 1 where one rose (a step of CI)
  --help

Exit codes: 0 measured, 1 could not be measured (or --strict, --guard), 2 wrong usage, 130 Ctrl-C. What is measured, and how: test/bench/README.md.`;

export interface BenchOptions {
  readonly parts: readonly PartName[];
  readonly full: boolean;
  readonly baseline: boolean;
  readonly strict: boolean;
  readonly json: boolean;
  readonly write: boolean;
}

export type Asked =
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly why: string }
  | { readonly kind: 'guard'; readonly write: boolean }
  | { readonly kind: 'bench'; readonly options: BenchOptions };

const isPart = (name: string): name is PartName => (PARTS as readonly string[]).includes(name);

const flags = {
  full: { type: 'boolean', default: false },
  baseline: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  guard: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const usage = (why: string): Asked => ({ kind: 'usage', why });

/** What a command line asks for. */
export const askedFor = (args: readonly string[]): Asked => {
  let parsed: ReturnType<typeof parseArgs<{ options: typeof flags; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], allowPositionals: true, options: flags });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const { full, baseline, strict, json, write, guard, help } = values;
  if (help) return { kind: 'help' };
  const unknown = positionals.find((name) => !isPart(name));
  if (unknown !== undefined) return usage(`there is no part ${JSON.stringify(unknown)}`);
  if (guard) {
    if (positionals.length > 0 || full || baseline || strict || json) return usage('--guard goes with --write alone');
    return { kind: 'guard', write };
  }
  const parts = PARTS.filter((name) => positionals.length === 0 || positionals.includes(name));
  if (write && parts.length < PARTS.length) return usage('--write needs all parts: the table is of one run');
  return { kind: 'bench', options: { parts, full, baseline: baseline || full, strict, json, write } };
};
