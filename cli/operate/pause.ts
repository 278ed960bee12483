import { z } from 'zod';
import { printable } from '#cli/app/output.ts';
import type { Storage } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { PAUSED_OBJECT } from '#schemas/names.ts';

export interface Pause {
  readonly reason: string;
  /** ms */
  readonly at: number;
}

const MAX_REASON_CHARS = 1024;

/** Throws USAGE. */
export const checkedReason = (reason: string): string => {
  if (Buffer.byteLength(reason) > MAX_REASON_CHARS || printable(reason) !== reason)
    throw new KeyturnError('USAGE', `--reason: at most ${MAX_REASON_CHARS} bytes, without control characters`, {
      field: 'reason',
    });
  return reason;
};

const reasonSchema = z.object({ reason: z.string().max(MAX_REASON_CHARS) });

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
    const content = await storage.read(work, PAUSED_OBJECT, { limit: 4 * MAX_REASON_CHARS });
    return content === undefined ? undefined : { reason: reasonIn(content.bytes), at: content.object.timeCreated };
  } catch (error) {
    if (!isKeyturnError(error, 'TOO_LARGE')) throw error;
    const object = await storage.stat(work, PAUSED_OBJECT);
    return object === undefined ? undefined : { reason: '', at: object.timeCreated };
  }
};
