import { z } from 'zod';
import { printable } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { coSignerNamed } from '#schemas/config.ts';
import { rejectionObject } from '#schemas/names.ts';

const MOST_BYTES = 4096;
const reasonSchema = z.object({ reason: z.string().min(1).max(1024) });

const reasonIn = (bytes: Uint8Array): string | undefined => {
  try {
    return printable(reasonSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).reason);
  } catch {
    return undefined;
  }
};

/**
 * What those who rejected said, by `by NAME`, as the steps have it. The object alone rejects, whatever is in it: another co-signer may have written
 * anything there, of any size. Who may not read it is told no reason.
 */
export const rejectionReasons = async (
  { ports, deployment }: Session,
  { id, votes }: Picture,
): Promise<ReadonlyMap<string, string>> => {
  const storage = await ports.storage();
  const found = votes
    .filter(({ answer }) => answer === 'rejected')
    .map(async ({ coSigner }): Promise<readonly (readonly [string, string])[]> => {
      const location = coSignerNamed(deployment.config.law, coSigner)?.shareLocation;
      if (location === undefined) return [];
      try {
        const content = await storage.read(location.bucket, rejectionObject(location, id), { limit: MOST_BYTES });
        const reason = content === undefined ? undefined : reasonIn(content.bytes);
        return reason === undefined ? [] : [[`by ${coSigner}`, reason]];
      } catch (error) {
        if (!isKeyturnError(error) || error.retry) throw error;
        return [];
      }
    });
  return new Map((await Promise.all(found)).flat());
};
