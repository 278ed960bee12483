import { lastBlockBefore } from '#adapters/chain/block-at.ts';
import type { PastChain, PastLog } from '#adapters/chain/past.ts';
import type { Month } from '#cli/app/units.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import type { BlockHead } from '#core/ports.ts';
import type { BlockPoint, WalletLog } from '#core/settled/rows.ts';
import { KeyturnError } from '#schemas/codes.ts';

const DAY_MS = 86_400_000;

export const pointOf = ({ number, hash, time }: BlockHead): BlockPoint => ({ number, hash, time });

const changed = () =>
  new KeyturnError('UNAVAILABLE', 'the chain was reorganised while it was read: run the command again');

/** A block as enough nodes tell it. Throws UNAVAILABLE. */
export type ReadHead = (number: bigint) => Promise<BlockHead>;

/** `read` asks for each block once, `fresh` each time. */
export const blocksOf = (past: PastChain): { readonly read: ReadHead; readonly fresh: ReadHead } => {
  const known = new Map<bigint, Promise<BlockHead>>();
  const fresh: ReadHead = async (number) => {
    const block = await past.block(number);
    if (block === undefined) throw new KeyturnError('UNAVAILABLE', `too few of your nodes tell block ${number} alike`);
    return block;
  };
  return {
    fresh,
    read: (number) => {
      const made = known.get(number) ?? fresh(number);
      known.set(number, made);
      return made;
    },
  };
};

/** Balances are read at these: the opening block, the last one of each day, and the closing block, each once. */
export interface Points {
  /** The last before the month, or the first of the chain. */
  readonly opening: BlockPoint;
  readonly closing: BlockPoint;
  readonly all: readonly BlockPoint[];
  /** Whether the closing block is the last of the month, and final. */
  readonly over: boolean;
}

/** `last`: the last final block. Undefined: the chain had none by the end of the month. */
export const pointsOf = async (read: ReadHead, month: Month, last: BlockHead): Promise<Points | undefined> => {
  const first = await read(0n);
  if (first.time >= month.end) return undefined;
  const opening = (await lastBlockBefore(read, month.start, { first, last })) ?? first;
  const days: BlockHead[] = [];
  let latest = opening;
  for (let day = month.start + DAY_MS; day <= month.end; day += DAY_MS) {
    const found = (await lastBlockBefore(read, day, { first: latest, last })) ?? latest;
    if (found.number > latest.number) days.push(found);
    latest = found;
  }
  return {
    opening: pointOf(opening),
    closing: pointOf(latest),
    all: [opening, ...days].map(pointOf),
    over: last.time >= month.end,
  };
};

/** Throws UNAVAILABLE where one of them is no longer what it was. */
export const checkUnchanged = async (fresh: ReadHead, points: readonly BlockPoint[]): Promise<void> => {
  for (const { number, hash } of points) if ((await fresh(number)).hash !== hash) throw changed();
};

/** Logs with the times of their blocks. Throws UNAVAILABLE where log and block are not of one chain. */
export const placedLogs = (read: ReadHead, logs: readonly PastLog[]): Promise<readonly WalletLog[]> =>
  mapSome(logs, async ({ blockNumber, blockHash, ...log }) => {
    const block = await read(blockNumber);
    if (block.hash !== blockHash) throw changed();
    return { ...log, block: pointOf(block) };
  });
