import type { Storage, StoredObject } from '#core/ports.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { sealObject } from '#schemas/names.ts';
import { type RegisterRef, readEntry, type Seal, type SealContent, sealBytes } from './entry.ts';
import { type EntryCache, keep } from './entry-cache.ts';

/** Creates an entry at `seq`. Undefined where that name is taken: read again. */
export const createEntry = async (
  storage: Storage,
  log: RegisterRef,
  seq: bigint,
  bytes: Uint8Array,
): Promise<StoredObject | undefined> => {
  const made = await storage.createOnce(log.registerBucket, sealObject(log.chainId, log.address, seq), bytes);
  return made.created ? made.object : undefined;
};

/** The same; false where the name is taken. */
export const appendEntry = async (
  storage: Storage,
  log: RegisterRef,
  seq: bigint,
  bytes: Uint8Array,
): Promise<boolean> => (await createEntry(storage, log, seq, bytes)) !== undefined;

/** A seal as readers will take it, found out before it is created, and before its evidence is there. Undefined: no reader takes it. */
export const readBack = (content: SealContent, signature: string): Seal | undefined => {
  const { log, seq } = content;
  const entry = readEntry(sealBytes(content, signature, ''), sealObject(log.chainId, log.address, seq), log);
  return entry?.kind === 'seal' ? entry : undefined;
};

/**
 * What this machine created needs no GET: a generation never changes, and `object` is the one that the create made of `bytes`. Whether it is
 * there, each read asks its own listing.
 */
export const keepCreated = (
  cache: EntryCache,
  object: StoredObject,
  seal: Omit<Seal, 'rawHash'>,
  bytes: Uint8Array,
): void => {
  keep(cache, object, { ...seal, rawHash: sha256Hex(bytes) });
};
