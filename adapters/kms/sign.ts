import { KeyManagementServiceClient } from '@google-cloud/kms';
import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import { crc32c } from '#adapters/calls/crc32c.ts';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';
import { textAt } from '#adapters/calls/error-facts.ts';
import { callOptions, restOptions } from '#adapters/calls/gax.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import type { EventSigner } from '#core/key-ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { checksum, sum } from './checksum.ts';

const answered = z.object({
  name: z.string(),
  signature: z.instanceof(Uint8Array),
  signatureCrc32c: checksum,
  verifiedDigestCrc32c: z.literal(true),
});

/**
 * A version of an asymmetric key that signs
 * (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys.cryptoKeyVersions/asymmetricSign). Signing again
 * is safe: it gives another signature of the same. Throws PERMISSION_DENIED, NOT_FOUND, INVALID_ARGUMENT, CHECKSUM_MISMATCH (also where KMS does
 * not say that it verified ours, or answers for another version), UNAVAILABLE, DEADLINE.
 */
export const signerPort = (
  options: { readonly projectId: string; readonly authClient: AuthClient; readonly endpoint?: string | undefined },
  call: Caller = callerOn(),
): EventSigner & { close(): Promise<void> } => {
  const client = new KeyManagementServiceClient(restOptions(options.projectId, options.authClient, options.endpoint));
  return {
    sign: async (version, digest) => {
      await ensureToken(options.authClient, `for ${version}`, call);
      const request = { name: version, digest: { sha256: digest }, digestCrc32c: sum(digest) };
      return call({ service: 'kms', call: 'asymmetricSign', resource: version }, REPEATABLE, async (signal, ms) => {
        const wrong = (what: string) =>
          new KeyturnError('CHECKSUM_MISMATCH', `kms: asymmetricSign ${version}: ${what}`);
        const response = await client.asymmetricSign(request, callOptions(signal, ms)).catch((error: unknown) => {
          // KMS calls a digest that was damaged on the way INVALID_ARGUMENT as well. That one is worth another try.
          throw /crc32c|checksum/i.test(textAt(error, 'message') ?? '') ? wrong('damaged on the way there') : error;
        });
        const answer = answered.safeParse(response[0]);
        if (!answer.success) throw wrong('KMS did not verify the checksum');
        const { name, signature, signatureCrc32c } = answer.data;
        if (name !== version) throw wrong('the answer is of another version');
        if (crc32c(signature) !== signatureCrc32c.value) throw wrong('damaged on the way');
        return signature;
      });
    },
    close: () => client.close(),
  };
};
