import type { Part } from '../bench.ts';
import { runProbe } from '../probe.ts';
import { median } from '../statistics.ts';
import { TODAY } from '../tree.ts';

const COUNT = 5;

/** Seconds a transaction, boots included as the local cloud makes them (under a second; in the cloud more than a minute each). */
export const codelab: Part = async ({ folder, onStep }) => {
  onStep(`codelab: ${COUNT} transactions`);
  const found = await runProbe(TODAY, folder, 'codelab', '--count', COUNT);
  const peer = { name: "the codelab's way", value: median(found.codelab ?? []) };
  return [{ name: 'codelab.five.per-transaction', unit: 's', samples: found.keyturn ?? [], peer }];
};
