import { type FoundSeal, foundSeal } from '#core/facts/chain-facts.ts';
import type { Content, StoredObject } from '#core/ports.ts';
import { type Entry, MAX_ENTRY_BYTES, type RegisterRef, readEntry } from '#core/register/entry.ts';
import type { Context } from '#functions/runtime/context.ts';
import { Kept } from '#functions/runtime/kept.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RequestFact, SubmittedFact } from '#schemas/facts.ts';

/** Generations of one name that are read: one, unless somebody archives. */
const MAX_GENERATIONS = 20;

interface KeptSeal {
  readonly entry: Entry;
  readonly place: Pick<StoredObject, 'name' | 'generation'>;
}

/** The requests of one batch are settled one after the other. A generation never changes, and the wallet's key signed it. */
const seals = new Kept<KeptSeal>(32);
/** Whoever comes while a seal is being read waits for that, whatever comes of it. */
const reading = new Kept<Promise<unknown>>(32);

/**
 * The wallet's own seal of this id, where the register holds it as submitted.json says: at this nonce, with these hashes. Otherwise anyone who
 * can create facts could make another transaction settle this request.
 */
export const loadSealed = async (
  context: Context,
  fact: RequestFact,
  submitted: SubmittedFact,
): Promise<FoundSeal | undefined> => {
  const { chainId } = fact.request;
  if (submitted.id !== fact.id || submitted.chainId !== chainId || submitted.from !== fact.walletAddress)
    return undefined;
  const register: RegisterRef = { chainId, address: fact.walletAddress, registerBucket: context.buckets.register };
  // What the register held once under its lock, it holds. Where something else lies in front of it now, the same seal is found behind.
  const key = JSON.stringify([register.registerBucket, chainId, fact.walletAddress, submitted.seal]);
  const under = reading.get(context.storage, key);
  if (under !== undefined) await under.catch(() => {});
  const known = seals.get(context.storage, key);
  const before = known && foundSeal(known.entry, known.place, submitted);
  if (before !== undefined) return before;
  const read = readSealed(context, register, submitted, key);
  reading.set(context.storage, key, read);
  return read;
};

/** `key`: under which a seal that is found is kept. */
const readSealed = async (
  { storage }: Context,
  register: RegisterRef,
  submitted: SubmittedFact,
  key: string,
): Promise<FoundSeal | undefined> => {
  const { seal } = submitted;
  const { registerBucket } = register;
  const inside = (content: Content | undefined): FoundSeal | undefined => {
    if (content === undefined) return undefined;
    const entry = readEntry(content.bytes, seal, register);
    const found = foundSeal(entry, content.object, submitted);
    if (entry !== undefined && found !== undefined) seals.set(storage, key, { entry, place: content.object });
    return found;
  };
  const live = await storage.read(registerBucket, seal, { limit: MAX_ENTRY_BYTES }).catch((error: unknown) => {
    // Junk that somebody put in its place may be of any size.
    if (!isKeyturnError(error, 'TOO_LARGE')) throw error;
    return undefined;
  });
  const found = inside(live);
  if (found !== undefined) return found;
  // Archived, perhaps, with something else in its place.
  const { objects } = await storage.list(registerBucket, seal, { versions: true, limit: MAX_GENERATIONS });
  for (const object of objects.filter(({ name, size }) => name === seal && size <= MAX_ENTRY_BYTES)) {
    const { generation } = object;
    if (generation === live?.object.generation) continue;
    const older = inside(
      await storage.read(registerBucket, seal, { generation, listed: object, limit: MAX_ENTRY_BYTES }),
    );
    if (older !== undefined) return older;
  }
  return undefined;
};
