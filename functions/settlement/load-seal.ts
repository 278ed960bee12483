import { isSealedIn } from '#core/facts/chain-facts.ts';
import type { Content } from '#core/ports.ts';
import { MAX_ENTRY_BYTES, type RegisterRef, readEntry } from '#core/register/entry.ts';
import type { Context } from '#functions/runtime/context.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RequestFact, SubmittedFact } from '#schemas/facts.ts';

/** Generations of one name that are read: one, unless somebody archives. */
const MAX_GENERATIONS = 20;

/**
 * Whether the register holds what submitted.json says: the wallet's own seal of this id, at this nonce, with these hashes. Otherwise anyone
 * who can create facts could make another transaction settle this request.
 */
export const loadSealed = async (context: Context, fact: RequestFact, submitted: SubmittedFact): Promise<boolean> => {
  const { storage, buckets } = context;
  const { chainId } = fact.request;
  const { seal } = submitted;
  if (submitted.id !== fact.id || submitted.chainId !== chainId || submitted.from !== fact.walletAddress) return false;
  const register: RegisterRef = { chainId, address: fact.walletAddress, registerBucket: buckets.register };
  const says = (content: Content | undefined): boolean =>
    content !== undefined && isSealedIn(readEntry(content.bytes, seal, register), fact, submitted);
  const live = await storage.read(buckets.register, seal, { limit: MAX_ENTRY_BYTES }).catch((error: unknown) => {
    // Junk that somebody put in its place may be of any size.
    if (!isKeyturnError(error, 'TOO_LARGE')) throw error;
    return undefined;
  });
  if (says(live)) return true;
  // Archived, perhaps, with something else in its place.
  const { objects } = await storage.list(buckets.register, seal, { versions: true, limit: MAX_GENERATIONS });
  for (const object of objects.filter(({ name, size }) => name === seal && size <= MAX_ENTRY_BYTES)) {
    const { generation } = object;
    if (generation === live?.object.generation) continue;
    if (says(await storage.read(buckets.register, seal, { generation, listed: object, limit: MAX_ENTRY_BYTES })))
      return true;
  }
  return false;
};
