import { KeyManagementServiceClient } from '@google-cloud/kms';
import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import { crc32c } from '#adapters/calls/crc32c.ts';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';
import { callOptions, restOptions } from '#adapters/calls/gax.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import type { Encrypter } from '#core/key-ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { checksum, sum } from './checksum.ts';

const encrypted = z.object({
  ciphertext: z.instanceof(Uint8Array),
  ciphertextCrc32c: checksum,
  verifiedPlaintextCrc32c: z.literal(true),
  verifiedAdditionalAuthenticatedDataCrc32c: z.literal(true),
});

/**
 * A KMS key as its holder uses it
 * (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/encrypt). Throws PERMISSION_DENIED,
 * NOT_FOUND, INVALID_ARGUMENT, CHECKSUM_MISMATCH (also where KMS does not say that it verified ours), UNAVAILABLE, DEADLINE.
 */
export const encrypterPort = (
  options: { readonly projectId: string; readonly authClient: AuthClient; readonly endpoint?: string | undefined },
  call: Caller = callerOn(),
): Encrypter & { close(): Promise<void> } => {
  const client = new KeyManagementServiceClient(restOptions(options.projectId, options.authClient, options.endpoint));
  return {
    encrypt: async (key, plaintext, aad) => {
      await ensureToken(options.authClient, `for ${key}`, call);
      const data = Buffer.from(aad);
      const request = {
        name: key,
        plaintext,
        plaintextCrc32c: sum(plaintext),
        additionalAuthenticatedData: data,
        additionalAuthenticatedDataCrc32c: sum(data),
      };
      return call({ service: 'kms', call: 'encrypt', resource: key }, REPEATABLE, async (signal, ms) => {
        const [response] = await client.encrypt(request, callOptions(signal, ms));
        const answer = encrypted.safeParse(response);
        if (!answer.success || crc32c(answer.data.ciphertext) !== answer.data.ciphertextCrc32c.value)
          throw new KeyturnError('CHECKSUM_MISMATCH', `kms: encrypt ${key}: KMS did not verify both checksums`);
        return answer.data.ciphertext;
      });
    },
    close: () => client.close(),
  };
};
