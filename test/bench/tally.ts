import { setTimeout as pause } from 'node:timers/promises';
import type { Mining, Node } from './node.ts';
import type { Observer } from './observer.ts';

/** What became of the intents of one client. */
export interface Tally {
  readonly client: string;
  readonly once: number;
  readonly twice: number;
  readonly stuck: number;
  /** From the first that was asked to the last that was seen mined. */
  readonly ms: number;
}

export interface Setting {
  readonly mining: Mining;
  readonly atOnce: number;
  /** Share of 1: so many answers of the node are refused, and as many lost. */
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

/** Waits until nothing new has come for some blocks, and ends the observer. */
export const settle = async (node: Node, observer: Observer, mining: Mining): Promise<void> => {
  for (let quiet = 0; quiet < QUIET_BLOCKS; ) {
    const [before, head] = [observer.count, await node.head()];
    if (mining === 'automine') await node.call('evm_mine');
    while ((await node.head()) === head) await pause(50);
    await pause(100);
    quiet = observer.count > before ? 0 : quiet + 1;
  }
  await observer.stop();
};

/** Counts what the observer saw. */
export const tally = (client: string, observer: Pick<Observer, 'seen'>, count: number, began: number): Tally => {
  const seen = Array.from({ length: count }, (_, n) => observer.seen(worthOf(n)));
  const last = Math.max(began, ...seen.flat());
  return {
    client,
    once: seen.filter(({ length }) => length === 1).length,
    twice: seen.filter(({ length }) => length > 1).length,
    stuck: seen.filter(({ length }) => length === 0).length,
    ms: Math.round(last - began),
  };
};
