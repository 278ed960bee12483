import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { ensureBuilt } from '../../build/build.ts';
import { pairwise } from './bench.ts';
import { runProbe, type Samples } from './probe.ts';
import { median } from './statistics.ts';
import { TODAY } from './tree.ts';

/** What CI holds: calls are counted exactly, CPU is compared with that of something fixed in the same run. No wall time is judged. */
const kept = z.strictObject({ counts: z.record(z.string(), z.number()), ratios: z.record(z.string(), z.number()) });
export type Kept = z.infer<typeof kept>;

/** Counts do not vary from run to run; a tenth is what an honest change of another part may add before somebody looks. */
export const COUNT_MARGIN = 1.1;
/**
 * Medians of five interleaved rounds varied by less than a fifth between runs. The machine had nine times as much to do as it has cores. Half
 * as much again is beyond that spread, and below what a new heavy package costs.
 */
export const RATIO_MARGIN = 1.5;

const FILE = new URL('guard.json', import.meta.url);
const ROUNDS = 5;

export interface Risen {
  readonly name: string;
  readonly was: number;
  readonly is: number;
}

const risenIn = (was: Record<string, number>, is: Record<string, number>, margin: number): readonly Risen[] =>
  Object.entries(is).flatMap(([name, value]) => {
    const before = was[name];
    if (before === undefined) return [{ name, was: Number.NaN, is: value }];
    return value > before * margin ? [{ name, was: before, is: value }] : [];
  });

/** What rose beyond its margin. What was never written down counts as risen: it must be looked at once. */
export const risen = (was: Kept, is: Kept): readonly Risen[] => [
  ...risenIn(was.counts, is.counts, COUNT_MARGIN),
  ...risenIn(was.ratios, is.ratios, RATIO_MARGIN),
];

const COUNTED = ['get', 'list', 'insert', 'patch', 'publish', 'rpc'] as const;
const rounded = (value: number): number => Number(value.toPrecision(3));

const countsOf = (name: string, found: Samples): [string, number][] =>
  COUNTED.map((kind) => [`${name}.${kind}`, rounded(found[kind]?.[0] ?? Number.NaN)]);

/** The median of the rounds' ratios: one that was disturbed does not count. */
const ratioOf = (of: readonly number[] | undefined, by: readonly number[] | undefined): number =>
  rounded(median(pairwise(of, by, (one, other) => one / other)));

const measure = async (folder: string, note: (line: string) => void): Promise<Kept> => {
  const run = (probe: string, ...args: (string | number)[]): Promise<Samples> => {
    note([probe, ...args].join(' '));
    return runProbe(TODAY, folder, probe, ...args);
  };
  const alone = await run('calls', '--open', 1);
  const twenty = await run('calls', '--open', 20);
  const { perHour = [] } = await run('waiting', '--hours', 2);
  const behind = await run('register', '--seals', 60, '--per', 2);
  const imports = await run('imports', '--rounds', ROUNDS);
  const cli = await run('imports', '--cli', '--rounds', ROUNDS);
  const cold = await run('cold', '--only', 'intake', '--rounds', ROUNDS);
  const signing = await run('signing', '--rounds', ROUNDS);
  return {
    counts: {
      ...Object.fromEntries([...countsOf('alone', alone), ...countsOf('twenty', twenty)]),
      'waiting.first-hour': perHour[0] ?? Number.NaN,
      'waiting.second-hour': perHour[1] ?? Number.NaN,
      'register.get': behind.get?.[0] ?? Number.NaN,
      'register.list': behind.lists?.[0] ?? Number.NaN,
    },
    ratios: {
      'workload import over an empty process': ratioOf(imports['workload.cpu'], imports['empty.cpu']),
      'keyturn --help over an empty process': ratioOf(cli['help.cpu'], cli['empty.cpu']),
      'cold intake over an empty function': ratioOf(cold['intake.cpu'], cold['empty.cpu']),
      'signing over five bare signatures': ratioOf(signing.keyturn, signing.bare),
    },
  };
};

const lowerOf = (one: Record<string, number>, other: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(one).map(([name, value]) => [name, Math.min(value, other[name] ?? value)]));

/** Of two measurements: a neighbour on the machine makes everything dearer, and nothing cheaper. */
export const lower = (one: Kept, other: Kept): Kept => ({
  counts: lowerOf(one.counts, other.counts),
  ratios: lowerOf(one.ratios, other.ratios),
});

/** `--guard`: 1 where something rose. `write` keeps what is measured instead. */
export const guard = async (given: {
  readonly folder: string;
  readonly write: boolean;
  readonly say: (line: string) => void;
  readonly note: (line: string) => void;
}): Promise<number> => {
  const { folder, write, say, note } = given;
  await ensureBuilt();
  let is = await measure(folder, note);
  if (write) {
    writeFileSync(FILE, `${JSON.stringify(is, null, 2)}\n`);
    say('test/bench/guard.json is written');
    return 0;
  }
  const was = kept.parse(JSON.parse(readFileSync(FILE, 'utf8')));
  if (risen(was, is).length > 0) {
    note('something rose: all of it is measured again, and the lower of both counts');
    is = lower(is, await measure(folder, note));
  }
  for (const [name, value] of [...Object.entries(is.counts), ...Object.entries(is.ratios)])
    say(`  ${name}: ${value} (kept: ${was.counts[name] ?? was.ratios[name] ?? 'nothing'})`);
  const found = risen(was, is);
  for (const { name, was: before, is: value } of found) say(`ROSE: ${name}: from ${before} to ${value}`);
  if (found.length > 0)
    say('Make it cheaper, or say in the commit why it costs more and run: npm run bench -- --guard --write');
  return found.length > 0 ? 1 : 0;
};
