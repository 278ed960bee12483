import type { BlockHead } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** A block by its number; undefined where too few nodes tell it alike, or have thrown it away. */
export type ReadBlock = (number: bigint) => Promise<BlockHead | undefined>;

const SCALE = 1_000_000;

/** Where the time would lie if blocks came at one pace; always between the two. */
const guess = (before: BlockHead, after: BlockHead, time: number): bigint => {
  const share = BigInt(Math.round(((time - before.time) / (after.time - before.time)) * SCALE));
  const at = before.number + ((after.number - before.number) * share) / BigInt(SCALE);
  if (at <= before.number) return before.number + 1n;
  return at >= after.number ? after.number - 1n : at;
};

/**
 * The last block before `time` (ms), from `first` to `last`, by some ten reads. `first`: the oldest that is looked at. Undefined where even that is
 * not before `time`. Times of blocks never go back. Guesses by pace and halves take turns, so that no chain is slow. Throws UNAVAILABLE where
 * a block cannot be had.
 */
export const lastBlockBefore = async (
  read: ReadBlock,
  time: number,
  { first, last }: { readonly first: BlockHead; readonly last: BlockHead },
): Promise<BlockHead | undefined> => {
  if (first.time >= time) return undefined;
  if (last.time < time) return last;
  let [before, after] = [first, last];
  for (let step = 0; after.number - before.number > 1n; step++) {
    const at = step % 3 === 2 ? (before.number + after.number) / 2n : guess(before, after, time);
    const block = await read(at);
    if (block === undefined) throw new KeyturnError('UNAVAILABLE', `too few of your nodes tell block ${at} alike`);
    if (block.time < time) before = block;
    else after = block;
  }
  return before;
};
