import { both, type Part, peerOf } from '../bench.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

/** Class A calls of one request that nobody answers, less those of the same ticks without it. */
export const waiting: Part = async (bench) => {
  const { now, before } = await both(bench, 'waiting', '--hours', 24);
  const [perHour = [], old = []] = [now.perHour, before.perHour];
  return [
    { name: 'waiting.first-hour', unit: 'calls', samples: perHour.slice(0, 1), floor: 0, ...peerOf(old.slice(0, 1)) },
    {
      name: 'waiting.per-hour',
      unit: 'calls',
      samples: [mean(perHour)],
      floor: 0,
      ...peerOf(old.length === 0 ? [] : [mean(old)]),
    },
  ];
};
