import { type Bench, both, figureOf, NEEDS_BASELINE, NEEDS_FULL, type Part, pairwise, skipped } from '../bench.ts';
import type { Measured } from '../figure.ts';
import { median } from '../statistics.ts';

const share = (one: number, other: number): number => one / other;

/** A thousand at once over eight wallets. The baseline's lab has one wallet: there is nothing to compare with. */
const thousand = async (bench: Bench): Promise<readonly Measured[]> => {
  const names = ['pipeline.thousand', 'pipeline.thousand.growth', 'pipeline.workload.after-1000'] as const;
  if (!bench.full) return names.map((name, n) => skipped(name, (['1/s', '×', 'MB'] as const)[n] ?? 'MB', NEEDS_FULL));
  const { now } = await both({ ...bench, baseline: undefined }, 'thousand');
  const found = { now, before: {} };
  return [
    { ...figureOf('pipeline.thousand', '1/s', found, 'perSecond'), floor: median(now.perSecondFloor ?? []) },
    figureOf('pipeline.thousand.growth', '×', found, 'growth'),
    figureOf('pipeline.workload.after-1000', 'MB', found, 'peak'),
  ];
};

/** The real thing, with its processes and wires, each time beside a floor on the same cloud. */
export const pipeline: Part = async (bench) => {
  const found = await both(bench, 'pipeline');
  const { now, before } = found;
  const hundred = figureOf('pipeline.hundred', '1/s', found, 'perSecond');
  return [
    {
      ...figureOf('pipeline.warm', 'ms', found, 'warm'),
      floor: median(now.warmFloor ?? []),
      ratio: median(pairwise(now.warm, now.warmFloor, share)),
    },
    figureOf('pipeline.cold', 'ms', found, 'cold'),
    { ...hundred, floor: median(now.perSecondFloor ?? []) },
    before.perSecond === undefined
      ? skipped('pipeline.hundred.baseline', '1/s', NEEDS_BASELINE)
      : { ...hundred, name: 'pipeline.hundred.baseline' },
    { ...figureOf('pipeline.cpu', 'ms', found, 'cpu'), floor: median(now.cpuFloor ?? []) },
    figureOf('pipeline.workload.first-seal', 'MB', found, 'firstSeal'),
    figureOf('pipeline.workload.peak', 'MB', found, 'workload.peak'),
    ...(await thousand(bench)),
  ];
};
