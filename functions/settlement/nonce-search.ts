import type { ChainClient, NonceUse } from '#core/ports.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import type { SubmittedFact } from '#schemas/facts.ts';
import { searchObject, seenFolder, seenObject, seenOf } from '#schemas/names.ts';
import { useAmong } from './mined.ts';

type Sealed = Pick<SubmittedFact, 'id' | 'from' | 'nonce'>;

/** More names than this are nobody's memory. */
const MAX_SEEN = 20;

/** What earlier looks saw at the nonce of this request. */
export const remembered = async ({ storage, buckets }: ChainContext, id: string): Promise<readonly string[]> => {
  const { objects } = await storage.list(buckets.work, seenFolder(id), { limit: MAX_SEEN });
  return objects.flatMap(({ name }) => seenOf(name) ?? []);
};

/** Keeps the hash: once the transaction is final, a node may no longer have the state by which it was found. */
export const remember = async ({ storage, buckets }: ChainContext, id: string, hash: string): Promise<void> => {
  await storage.createOnce(buckets.work, seenObject(id, hash), new Uint8Array());
};

/** Blocks that one look reads in full, and how many of them at once. */
const MAX_BODIES = 48;
const CONCURRENCY = 8;

/** Where the last look stopped: the highest block that is not read yet. */
const placeOf = async ({ storage, buckets }: ChainContext, id: string): Promise<bigint | undefined> => {
  const below = (await storage.stat(buckets.work, searchObject(id)))?.metadata.below ?? '';
  return /^[0-9]{1,20}$/.test(below) ? BigInt(below) : undefined;
};

const stopAt = async ({ storage, buckets }: ChainContext, id: string, below: bigint): Promise<void> => {
  const [name, metadata] = [searchObject(id), { below: below.toString() }];
  const { created } = await storage.createOnce(buckets.work, name, new Uint8Array(), metadata);
  if (!created) await storage.setMetadata(buckets.work, name, metadata);
};

/**
 * The last resort, where the nonce is used and no node has the state that would tell in which block: reads final blocks in full, newest
 * first, so many in each look, down to the time of the seal (`since`, ms). Nothing found down to there is alarmed, and begun anew: an
 * account's nonce can also rise without a transaction of its own (EIP-7702).
 */
export const searchBodies = async (
  context: ChainContext,
  chain: ChainClient,
  sealed: Sealed,
  finalBlock: bigint,
  since: number,
): Promise<NonceUse | undefined> => {
  // No block is known to be final now: where the last look stopped stays where it is.
  if (finalBlock === 0n) return undefined;
  const { id, from } = sealed;
  const nonce = BigInt(sealed.nonce);
  let height = (await placeOf(context, id)) ?? finalBlock;
  if (height > finalBlock) height = finalBlock;
  for (let read = 0; read < MAX_BODIES && height >= 0n; read += CONCURRENCY) {
    const heights = Array.from({ length: CONCURRENCY }, (_, n) => height - BigInt(n)).filter((each) => each >= 0n);
    const named = await Promise.all(heights.map((each) => chain.minedIn(each, from, nonce)));
    const use = await useAmong(chain, sealed, named.flat());
    if (use !== undefined) return use;
    const lowest = await chain.block(heights.at(-1) ?? 0n);
    height = lowest !== undefined && lowest.time < since ? -1n : height - BigInt(CONCURRENCY);
  }
  if (height >= 0n) {
    context.log.warn('settle.search', { id, block: height.toString() });
    await stopAt(context, id, height);
    return undefined;
  }
  context.log.alarm('settle.unsure', {
    id,
    code: 'SEAL_STUCK',
    reason: 'its nonce is used, and in no block since its seal is a transaction that used it',
  });
  await context.storage.delete(context.buckets.work, searchObject(id));
  return undefined;
};

/** Once the request is decided. What a crash leaves behind does no harm. */
export const forgetSearch = async ({ storage, buckets }: ChainContext, id: string): Promise<void> => {
  const { objects } = await storage.list(buckets.work, seenFolder(id), { limit: MAX_SEEN + 1 });
  for (const { name } of objects) await storage.delete(buckets.work, name);
};
