import type { NonceFacts } from '#core/facts/chain-facts.ts';
import { useAmong } from '#core/facts/read-chain.ts';
import type { ChainClient } from '#core/ports.ts';
import type { EntryCache } from '#core/register/entry-cache.ts';
import { readRegister } from '#core/register/read.ts';
import { competingHashes, missingAncestors, sealedAt } from '#core/register/rivals.ts';
import type { RegisterView } from '#core/register/rules.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import { searchBlocks } from './load-blocks.ts';
import { searchedTo, seenBefore } from './memory.ts';

/** A chain of replacements longer than this is nobody's mistake. */
const MAX_READS = 8;

/** ms that a foreign transaction may have been mined before the seal at its nonce: a turn plans by nodes that may lag. */
const BEFORE_SEAL_MS = 15 * 60_000;

type Submitted = Pick<SubmittedFact, 'id' | 'chainId' | 'from' | 'nonce'>;

/** A view of the register with every request that is replaced, at any remove. */
const readAncestry = async (
  { storage, clock, log, buckets }: ChainContext,
  { id, chainId, from }: Submitted,
): Promise<RegisterView | 'incomplete'> => {
  const register = { chainId, address: from, registerBucket: buckets.register };
  const cache: EntryCache = new Map();
  const now = clock.now();
  let wanted: ReadonlySet<string> = new Set([id]);
  for (let reads = 0; reads < MAX_READS; reads++) {
    const view = await readRegister(storage, register, { since: now, cache, wanted }, log);
    const missing = [...missingAncestors(id, view)];
    if (missing.length === 0) return view;
    if (missing.every((each) => wanted.has(each))) return 'incomplete';
    wanted = new Set([...wanted, ...missing]);
  }
  return 'incomplete';
};

/** `count`: the most transactions of the wallet that any node claims are mined. None of them is at the nonce, or none is found there. */
export const unusedAt = (count: bigint): NonceFacts => ({
  count,
  use: undefined,
  isNews: false,
  view: undefined,
  search: undefined,
});

/**
 * What used the nonce of a sealed request of which no rung has a receipt. Cheapest first. What was seen before and our own rungs at that
 * nonce need only receipts. Then the block in which the count passed the nonce; for this a node needs the state of that time. Then blocks
 * one by one.
 */
export const loadNonce = async (
  context: ChainContext,
  chain: ChainClient,
  submitted: Submitted,
  { count, finalBlock }: { readonly count: bigint; readonly finalBlock: bigint },
): Promise<NonceFacts> => {
  const { id, from } = submitted;
  const nonce = BigInt(submitted.nonce);
  const nothing = unusedAt(count);
  const known = await useAmong(chain, submitted, await seenBefore(context, id));
  if (known !== undefined && known.blockNumber > finalBlock) return { ...nothing, use: known };
  const view = await readAncestry(context, submitted);
  if (known !== undefined || view === 'incomplete') return { ...nothing, use: known, view };
  const rival = await useAmong(chain, submitted, competingHashes(id, nonce, view));
  if (rival !== undefined) return { ...nothing, use: rival, isNews: true, view };
  const { used, hashes } = await chain.minedAt(from, nonce);
  const named = await useAmong(chain, submitted, hashes);
  if (named !== undefined) return { ...nothing, use: named, isNews: true, view };
  // No block is known to be final now: where the last search stopped stays where it is.
  if (!used || finalBlock === 0n) return { ...nothing, view };
  const place = (await searchedTo(context, id)) ?? finalBlock;
  const { use, search } = await searchBlocks(chain, submitted, {
    from: place < finalBlock ? place : finalBlock,
    since: sealedAt(id, view) - BEFORE_SEAL_MS,
  });
  return { count, use, isNews: use !== undefined, view, search };
};
