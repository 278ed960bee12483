import type { BlockSearch, SettlementFacts } from '#core/facts/chain-facts.ts';
import type { ChainContext } from '#functions/runtime/context.ts';
import { searchObject, seenFolder, seenObject, seenOf } from '#schemas/names.ts';

/** More names than this are nobody's memory. */
const MAX_SEEN = 20;

/** What earlier polls saw at the nonce of this request. */
export const seenBefore = async ({ storage, buckets }: ChainContext, id: string): Promise<readonly string[]> => {
  const { objects } = await storage.list(buckets.work, seenFolder(id), { limit: MAX_SEEN });
  return objects.flatMap(({ name }) => seenOf(name) ?? []);
};

/** Where the last search through blocks stopped: the highest block that is not read yet. */
export const searchedTo = async ({ storage, buckets }: ChainContext, id: string): Promise<bigint | undefined> => {
  const below = (await storage.stat(buckets.work, searchObject(id)))?.metadata.below ?? '';
  return /^[0-9]{1,20}$/.test(below) ? BigInt(below) : undefined;
};

const keepSearch = async ({ storage, buckets, log }: ChainContext, id: string, search: BlockSearch): Promise<void> => {
  const name = searchObject(id);
  // Started again: an account's nonce can also rise without a transaction of its own (EIP-7702).
  if (search.kind === 'exhausted') {
    await storage.delete(buckets.work, name);
    return;
  }
  const metadata = { below: search.below.toString() };
  log.warn('settle.search', { id, block: metadata.below });
  const { created } = await storage.createOnce(buckets.work, name, new Uint8Array(), metadata);
  if (!created) await storage.setMetadata(buckets.work, name, metadata);
};

/** Keeps what a poll found, for the polls after it. */
export const keep = async (context: ChainContext, id: string, facts: SettlementFacts): Promise<void> => {
  const nonce = facts.sealed ? facts.chain.nonce : undefined;
  if (nonce?.use !== undefined && nonce.isNews)
    await context.storage.createOnce(context.buckets.work, seenObject(id, nonce.use.hash), new Uint8Array());
  if (nonce?.search !== undefined) await keepSearch(context, id, nonce.search);
};

/** Once the request is decided. What a crash leaves behind does no harm. */
export const forget = async ({ storage, buckets }: ChainContext, id: string): Promise<void> => {
  const { objects } = await storage.list(buckets.work, seenFolder(id), { limit: MAX_SEEN + 1 });
  for (const { name } of objects) await storage.delete(buckets.work, name);
};
