import { setTimeout as pause } from 'node:timers/promises';
import type { Mining, Node } from './node.ts';

/** What became of the intents of one client. */
export interface Tally {
  readonly client: string;
  readonly once: number;
  readonly twice: number;
  readonly stuck: number;
  readonly ms: number;
}

export interface Setting {
  readonly mining: Mining;
  readonly atOnce: number;
  readonly rate: number;
}

/** wei: each intent has a value of its own, by which the chain tells what was mined how often. */
export const worthOf = (n: number): bigint => 1_000_000_000n + BigInt(n);

export const PAYEE = '0x3535353535353535353535353535353535353535';
/** wei */
export const FEES = { maxFeePerGas: 20_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n } as const;

/** At most `atOnce` at a time. */
export const pool = async (count: number, atOnce: number, run: (n: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await run(n);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
};

/** Blocks without anything new after which what is not mined counts as stuck. */
const QUIET_BLOCKS = 3;

/** Counts on the chain, once nothing new has come for some blocks. */
export const tally = async (
  node: Node,
  client: string,
  address: string,
  since: number,
  count: number,
  start: number,
): Promise<Tally> => {
  const ms = Math.round(performance.now() - start);
  let mined = await node.mined(address, since);
  for (let quiet = 0, head = await node.head(); quiet < QUIET_BLOCKS; ) {
    const before = [...mined.values()].reduce((sum, each) => sum + each, 0);
    if (!(await isInterval(node))) await node.call('evm_mine');
    while ((await node.head()) === head) await pause(50);
    head = await node.head();
    mined = await node.mined(address, since);
    quiet = [...mined.values()].reduce((sum, each) => sum + each, 0) > before ? 0 : quiet + 1;
  }
  const times = Array.from({ length: count }, (_, n) => mined.get(worthOf(n)) ?? 0);
  return {
    client,
    once: times.filter((each) => each === 1).length,
    twice: times.filter((each) => each > 1).length,
    stuck: times.filter((each) => each === 0).length,
    ms,
  };
};

const isInterval = async (node: Node): Promise<boolean> => (await node.call('anvil_getIntervalMining')) !== null;
