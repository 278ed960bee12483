import { BASELINE, type Measured, type Peer, type Unit } from './figure.ts';
import { runProbe, type Samples } from './probe.ts';
import { median } from './statistics.ts';
import { TODAY, type Tree } from './tree.ts';

/** What a part works with. */
export interface Bench {
  /** Everything that is written lies below it, and is removed at the end. */
  readonly folder: string;
  /** The build to compare with; undefined where it was not asked for, or cannot be had. */
  readonly baseline: Tree | undefined;
  readonly full: boolean;
  readonly onStep: (step: string) => void;
}

/** Measures its figures, each named after it: `<part>.<what>`. */
export type Part = (bench: Bench) => Promise<readonly Measured[]>;

export interface Both {
  readonly now: Samples;
  /** The same probe on the baseline; empty without one. */
  readonly before: Samples;
}

/** Runs a probe on today's build, and then on the baseline. */
export const both = async (bench: Bench, probe: string, ...args: readonly (string | number)[]): Promise<Both> => {
  const on = async (tree: Tree): Promise<Samples> => {
    bench.onStep([tree.name, probe, ...args].join(' '));
    return runProbe(tree, bench.folder, probe, ...args);
  };
  const now = await on(TODAY);
  return { now, before: bench.baseline === undefined ? {} : await on(bench.baseline) };
};

/** The baseline as the peer of a figure. */
export const peerOf = (before: readonly number[] | undefined): { readonly peer?: Peer } =>
  before === undefined || before.length === 0 ? {} : { peer: { name: BASELINE, value: median(before) } };

/** A figure of one series of samples, with the same series of the baseline beside it. */
export const figureOf = (name: string, unit: Unit, { now, before }: Both, series: string): Measured => ({
  name,
  unit,
  samples: now[series] ?? [],
  ...peerOf(before[series]),
});

/** Sample by sample: rounds are interleaved, so the two of a round saw the same machine. */
export const pairwise = (
  of: readonly number[] = [],
  by: readonly number[] = [],
  join: (one: number, other: number) => number,
): readonly number[] => of.map((each, n) => join(each, by[n] ?? Number.NaN));

/** A figure that was not measured, with the reason that is shown. */
export const skipped = (name: string, unit: Unit, why: string): Measured => ({ name, unit, samples: [], skipped: why });

export const NEEDS_FULL = 'needs --full';
export const NEEDS_BASELINE = 'needs --baseline, and a history with that commit';
