import type { Part } from '../bench.ts';
import type { Measured } from '../figure.ts';
import { runProbe, type Samples } from '../probe.ts';
import { TODAY } from '../tree.ts';

const MODES = [
  { name: 'automine.1-at-once', args: ['--at-once', 1] },
  { name: 'automine.30-at-once', args: ['--at-once', 30] },
  { name: '1-s-blocks.30-at-once', args: ['--at-once', 30, '--blocks'] },
] as const;
const PERCENT = [0, 1, 5, 20];
const OURS = 'keyturn';

const rowsOf = (found: Samples) =>
  Object.entries(found).map(([client, [once = 0, twice = 0, stuck = 0, ms = 0]]) => ({
    client,
    once,
    twice,
    stuck,
    ms,
  }));

/** Payments of keyturn and of the usual clients on one node, through the same losses. The peer is who of the others has most mined once. */
export const exactlyOnce: Part = async ({ folder, full, onStep }) => {
  const all: Measured[] = [];
  for (const { name: mode, args } of full ? MODES : MODES.slice(1, 2))
    for (const percent of full ? PERCENT : [5]) {
      const name = `exactly-once.${mode}.${percent}-percent`;
      onStep(name);
      const given = ['--requests', full ? 40 : 20, '--percent', percent, ...args];
      const rows = rowsOf(await runProbe(TODAY, folder, 'exactly-once', ...given));
      for (const { client, once, twice, stuck, ms } of rows)
        onStep(`  ${client}: ${once} once, ${twice} twice, ${stuck} stuck, ${(ms / 1_000).toFixed(1)} s`);
      const ours = rows.find(({ client }) => client === OURS);
      const [best] = rows.filter(({ client }) => client !== OURS).toSorted((a, b) => b.once - a.once || a.ms - b.ms);
      if (ours === undefined || best === undefined) throw new Error(`${name}: somebody is missing`);
      const peer = (value: number) => ({ peer: { name: best.client, value } });
      all.push(
        { name: `${name}.once`, unit: 'requests', samples: [ours.once], ...peer(best.once) },
        { name: `${name}.seconds`, unit: 's', samples: [ours.ms / 1_000], ...peer(best.ms / 1_000) },
      );
    }
  return all;
};
