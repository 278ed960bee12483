import { createHash } from 'node:crypto';

/**
 * What was read of the same bytes before. `what` names the reading and all else that its answer depends on. For whoever judges many bundles
 * that differ little: under one root, and in one process.
 */
export type Memory = <T>(what: string, bytes: Uint8Array | string, read: () => T) => T;

/** Reads everything anew. */
export const forgetful: Memory = (_, __, read) => read();

/** Keeps each answer. What throws is read again. */
export const remembering = (): Memory => {
  const known = new Map<string, unknown>();
  return <T>(what: string, bytes: Uint8Array | string, read: () => T): T => {
    const key = `${what} ${createHash('sha256').update(bytes).digest('hex')}`;
    if (!known.has(key)) known.set(key, read());
    return known.get(key) as T;
  };
};
