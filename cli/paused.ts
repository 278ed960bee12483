import { z } from 'zod';
import type { Storage } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { PAUSED_OBJECT } from '#schemas/names.ts';
import { printable } from './output.ts';

export interface Pause {
  readonly reason: string;
  /** ms */
  readonly at: number;
}

const LONGEST_REASON = 1024;

/** Throws USAGE. */
export const checkedReason = (reason: string): string => {
  if (Buffer.byteLength(reason) > LONGEST_REASON || printable(reason) !== reason)
    throw new KeyturnError('USAGE', `--reason: at most ${LONGEST_REASON} bytes, without control characters`, {
      field: 'reason',
    });
  return reason;
};

const reasonSchema = z.object({ reason: z.string().max(LONGEST_REASON) });

const reasonIn = (bytes: Uint8Array): string => {
  try {
    return reasonSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).reason;
  } catch {
    return '';
  }
};

/** The pause that stands; undefined where there is none. The object alone pauses, whatever is in it: it may have been made by gcloud. */
export const pauseOf = async (storage: Storage, work: string): Promise<Pause | undefined> => {
  try {
    const content = await storage.read(work, PAUSED_OBJECT, { limit: 4 * LONGEST_REASON });
    return content === undefined ? undefined : { reason: reasonIn(content.bytes), at: content.object.timeCreated };
  } catch (error) {
    if (!isKeyturnError(error, 'TOO_LARGE')) throw error;
    const object = await storage.stat(work, PAUSED_OBJECT);
    return object === undefined ? undefined : { reason: '', at: object.timeCreated };
  }
};
