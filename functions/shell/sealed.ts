import { LARGEST_ENTRY, type LogId, readEntry } from '#core/register-entry.ts';
import type { RequestFact, SubmittedFact } from '#schemas/facts.ts';
import type { Context } from './context.ts';

/** Generations of one name that are looked at: one, unless somebody archives. */
const GENERATIONS = 20;

/**
 * Whether the register holds what submitted.json says: the wallet's own seal of this id, at this nonce, with these hashes. Whoever may create
 * facts could otherwise have another transaction settle this request.
 */
export const isSealed = async (context: Context, fact: RequestFact, submitted: SubmittedFact): Promise<boolean> => {
  const { storage, buckets, log } = context;
  const { chainId } = fact.request;
  const { seal, transactionHashes } = submitted;
  const book: LogId = { chainId, address: fact.walletAddress, registerBucket: buckets.register };
  if (submitted.id === fact.id && submitted.chainId === chainId && submitted.from === fact.walletAddress) {
    const { objects } = await storage.list(buckets.register, seal, { versions: true, limit: GENERATIONS });
    for (const { name, generation } of objects.filter((object) => object.name === seal)) {
      const content = await storage.read(buckets.register, name, { generation, limit: LARGEST_ENTRY });
      const entry = content === undefined ? undefined : readEntry(content.bytes, name, book);
      const items = entry?.kind === 'seal' ? entry.items : [];
      const item = items.find(({ id }) => id === fact.id);
      if (item?.nonce.toString() === submitted.nonce && item.rungs.join() === transactionHashes.join()) return true;
    }
  }
  log.alarm('settle.unsealed', {
    id: fact.id,
    code: 'ID_MISMATCH',
    reason: 'the register does not hold what submitted.json says',
  });
  return false;
};
