import { type Both, both, figureOf, type Part, pairwise, peerOf } from '../bench.ts';
import type { Measured } from '../figure.ts';
import { median } from '../statistics.ts';

const less = (one: number, other: number): number => one - other;

/** CPU over an empty process of the same round. */
export const overEmpty = (name: string, { now, before }: Both, series: string): Measured => ({
  name,
  unit: 'ms',
  samples: pairwise(now[`${series}.cpu`], now['empty.cpu'], less),
  floor: median(now['empty.cpu'] ?? []),
  ...peerOf(pairwise(before[`${series}.cpu`], before['empty.cpu'], less)),
});

/** What the attested process costs before it works, and what one signature costs it. Five bare signatures by noble are the floor. */
export const workload: Part = async (bench) => {
  const signing = await both(bench, 'signing');
  const imports = await both(bench, 'imports', '--rounds', 7);
  return [
    { ...figureOf('workload.signing', 'ms', signing, 'keyturn'), floor: median(signing.now.bare ?? []) },
    overEmpty('workload.import.cpu', imports, 'workload'),
    {
      ...figureOf('workload.import.rss', 'MB', imports, 'workload.rss'),
      floor: median(imports.now['empty.rss'] ?? []),
    },
  ];
};
