import { z } from 'zod';
import type { Part } from '../bench.ts';
import { exactlyOnce as compare } from '../exactly-once.ts';
import type { Measured } from '../figure.ts';

const row = z.object({ client: z.string(), once: z.number(), ms: z.number() });
const said = z.object({
  cells: z.array(z.object({ mining: z.string(), atOnce: z.number(), rate: z.number(), rows: z.array(row), ours: row })),
});

const RATES = [0, 0.01, 0.05, 0.2];

/** Payments of keyturn and of the usual clients, on one node, through the same losses. */
export const exactlyOnce: Part = async ({ full, onStep }) => {
  const lines: string[] = [];
  const [requests, rates] = full ? [200, RATES] : [40, [0.05]];
  onStep(`exactly-once: ${requests} payments a cell`);
  await compare({ requests, rates, seed: 20_260_901, json: true }, (line) => lines.push(line));
  const { cells } = said.parse(JSON.parse(lines.at(-1) ?? ''));
  return cells.flatMap(({ mining, atOnce, rate, rows, ours }): readonly Measured[] => {
    const name = `exactly-once.${mining === 'automine' ? 'automine' : '1-s-blocks'}.${atOnce}-at-once.${rate * 100}%`;
    const best = rows.toSorted((a, b) => b.once - a.once || a.ms - b.ms)[0];
    if (best === undefined) return [];
    const peer = (value: number) => ({ peer: { name: best.client, value } });
    return [
      { name: `${name}.once`, unit: 'requests', samples: [ours.once], ...peer(best.once) },
      { name: `${name}.seconds`, unit: 's', samples: [ours.ms / 1_000], ...peer(best.ms / 1_000) },
    ];
  });
};
