import type { BlockSearch } from '#core/facts/chain-facts.ts';
import { useAmong } from '#core/facts/read-chain.ts';
import type { ChainClient, NonceUse } from '#core/ports.ts';
import type { SubmittedFact } from '#schemas/facts.ts';

/** Blocks that one poll reads in full, and how many of them at once. */
const MAX_BODIES = 48;
const CONCURRENCY = 8;

interface Searched {
  readonly use: NonceUse | undefined;
  readonly search: BlockSearch | undefined;
}

/** `from`: the highest final block that is not read yet. `since`: ms, how far back to go. */
interface Stretch {
  readonly from: bigint;
  readonly since: number;
}

/**
 * The last resort, where the nonce is used and no node has the state that shows in which block. Reads final blocks in full, newest first,
 * down to the time of the seal. Each poll reads a limited number of them.
 */
export const searchBlocks = async (
  chain: ChainClient,
  at: Pick<SubmittedFact, 'from' | 'nonce'>,
  { from, since }: Stretch,
): Promise<Searched> => {
  const nonce = BigInt(at.nonce);
  let height = from;
  for (let read = 0; read < MAX_BODIES && height >= 0n; read += CONCURRENCY) {
    const heights = Array.from({ length: CONCURRENCY }, (_, n) => height - BigInt(n)).filter((each) => each >= 0n);
    const named = await Promise.all(heights.map((each) => chain.minedIn(each, at.from, nonce)));
    const use = await useAmong(chain, at, named.flat());
    if (use !== undefined) return { use, search: undefined };
    const lowest = await chain.block(heights.at(-1) ?? 0n);
    height = lowest !== undefined && lowest.time < since ? -1n : height - BigInt(CONCURRENCY);
  }
  return { use: undefined, search: height >= 0n ? { kind: 'stopped', below: height } : { kind: 'exhausted' } };
};
