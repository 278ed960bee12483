import { signedObject } from '#schemas/names.ts';
import type { Lane } from './lane.ts';

/** Are the bytes of this id stored? The turn that stored them may have sent them, and reconcile sends them again. */
export const areStored = async ({ context, storedIds }: Lane, id: string): Promise<boolean> => {
  if (storedIds.has(id)) return true;
  if ((await context.storage.stat(context.buckets.signed, signedObject(id))) === undefined) return false;
  storedIds.add(id);
  return true;
};
