import type { Storage } from '#core/ports.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Law, parseLaw } from '#schemas/config.ts';
import { lawObject } from '#schemas/names.ts';

/**
 * Laws by their hash, for whoever reads a seal or a receipt years later. A law is kept as the bytes that were hashed, so its name proves it.
 * Whoever may create objects here can add laws, and never change one.
 */
const MAX_LAW_BYTES = 1024 * 1024;

/** The bytes of the law of that hash. Undefined where nothing is kept under its name, or anything else. */
export const readKeptLaw = async (
  storage: Storage,
  results: string,
  lawHash: string,
): Promise<Uint8Array | undefined> => {
  try {
    const stored = await storage.read(results, lawObject(lawHash), { limit: MAX_LAW_BYTES });
    return stored !== undefined && sha256Hex(stored.bytes) === lawHash ? stored.bytes : undefined;
  } catch (error) {
    if (isKeyturnError(error, 'TOO_LARGE')) return undefined;
    throw error;
  }
};

/** The law in bytes that were read by their hash. Throws SyntaxError, or CONFIG where their form is no longer read. */
export const lawIn = (bytes: Uint8Array): Law => parseLaw(JSON.parse(new TextDecoder().decode(bytes))).law;

/** The same; undefined where its form is no longer read. */
export const lawOrNone = (bytes: Uint8Array): Law | undefined => {
  try {
    return lawIn(bytes);
  } catch (error) {
    if (error instanceof SyntaxError || isKeyturnError(error, 'CONFIG')) return undefined;
    throw error;
  }
};

/** The law of that hash as it reads today. Undefined where it is not kept, or is of a form that is no longer read. */
export const keptLaw = async (storage: Storage, results: string, lawHash: string): Promise<Law | undefined> => {
  const bytes = await readKeptLaw(storage, results, lawHash);
  return bytes === undefined ? undefined : lawOrNone(bytes);
};

/** Keeps the law, once. `taken`: something else lies under its name, which only an operator can remove. */
export const keepLaw = async (
  storage: Storage,
  results: string,
  { lawHash, lawText }: { readonly lawHash: string; readonly lawText: string },
): Promise<'created' | 'kept' | 'taken'> => {
  const { created } = await storage.createOnce(results, lawObject(lawHash), new TextEncoder().encode(lawText));
  if (created) return 'created';
  return (await readKeptLaw(storage, results, lawHash)) === undefined ? 'taken' : 'kept';
};
