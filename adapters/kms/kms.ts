import { KeyManagementServiceClient } from '@google-cloud/kms';
import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import { crc32c } from '#adapters/calls/crc32c.ts';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';
import { textAt } from '#adapters/calls/error-facts.ts';
import { callOptions, restOptions } from '#adapters/calls/gax.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import { causesOf } from '#core/error-fields.ts';
import type { Decrypted, ReleaseKeys } from '#core/key-ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { spellingsOf } from './aad.ts';

export const checksum = z.object({ value: z.union([z.string().regex(/^\d{1,10}$/), z.number()]).transform(Number) });
const decrypted = z.object({ plaintext: z.instanceof(Uint8Array), plaintextCrc32c: checksum });
/** google.protobuf.Int64Value */
export const sum = (bytes: Uint8Array) => ({ value: crc32c(bytes) });

/** KMS answers a checksum that does not match with INVALID_ARGUMENT too: that is the line's fault, not the holder's. */
const damagedOnTheWay = (error: unknown): boolean =>
  causesOf(error)
    .slice(1)
    .some((at) => /crc32c|checksum/i.test(textAt(at, 'message') ?? ''));

/**
 * A reason that may be shown and logged. Only INVALID_ARGUMENT blames the holder; a message of ours names no payload.
 */
const unreachable = (error: unknown): Decrypted => {
  if (!isKeyturnError(error)) throw error;
  return { kind: 'unreachable', reason: `${error.code}: ${error.message}` };
};

export interface ReleaseKey {
  /** Full resource name of the CryptoKey. */
  readonly key: string;
  /** The identity in that co-signer's own pool. */
  readonly authClient: AuthClient;
}

/**
 * Each co-signer's release key, through a client of its own over REST
 * (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/decrypt). CRC32C goes and comes with every
 * call; an answer without one does not count. Throws CONFIG for a co-signer without a key.
 */
export const releaseKeysPort = (
  options: {
    readonly projectId: string;
    readonly keys: ReadonlyMap<string, ReleaseKey>;
    readonly endpoint?: string | undefined;
  },
  call: Caller = callerOn(),
): ReleaseKeys & { close(): Promise<void> } => {
  const clients = new Map(
    [...options.keys].map(([coSigner, { authClient }]) => [
      coSigner,
      new KeyManagementServiceClient(restOptions(options.projectId, authClient, options.endpoint)),
    ]),
  );
  const attempt = (client: KeyManagementServiceClient, name: string, ciphertext: Uint8Array, aad: Uint8Array) =>
    call({ service: 'kms', call: 'decrypt', resource: name }, REPEATABLE, async (signal, ms) => {
      const request = {
        name,
        ciphertext,
        ciphertextCrc32c: sum(ciphertext),
        additionalAuthenticatedData: aad,
        additionalAuthenticatedDataCrc32c: sum(aad),
      };
      const [response] = await client.decrypt(request, callOptions(signal, ms));
      try {
        // The caller has gone at the deadline: nobody would wipe what comes now.
        signal.throwIfAborted();
        const { plaintext, plaintextCrc32c } = decrypted.parse(response);
        if (crc32c(plaintext) !== plaintextCrc32c.value)
          throw new KeyturnError('CHECKSUM_MISMATCH', `kms: decrypt ${name}: damaged on the way`);
        return plaintext;
      } catch (error) {
        if (response.plaintext instanceof Uint8Array) response.plaintext.fill(0);
        throw error;
      }
    });
  return {
    decrypt: async (coSigner, ciphertext, aad) => {
      const key = options.keys.get(coSigner);
      const client = clients.get(coSigner);
      if (key === undefined || client === undefined)
        throw new KeyturnError('CONFIG', `no release key for co-signer ${coSigner}`);
      try {
        await ensureToken(key.authClient, `for the release key of ${coSigner}`, call);
      } catch (error) {
        return unreachable(error);
      }
      const open = async (data: Uint8Array): Promise<Decrypted> => {
        try {
          return { kind: 'plaintext', bytes: await attempt(client, key.key, ciphertext, data) };
        } catch (error) {
          if (!isKeyturnError(error, 'INVALID_ARGUMENT') || damagedOnTheWay(error)) return unreachable(error);
          return { kind: 'bad' };
        }
      };
      const exact = await open(Buffer.from(aad));
      if (exact.kind !== 'bad') return exact;
      // At most one of them can be the data that the share was encrypted with. All at once, so that junk costs no more time than two calls.
      const others = await Promise.all(spellingsOf(aad).map(open));
      return (
        others.find(({ kind }) => kind === 'plaintext') ?? others.find(({ kind }) => kind === 'unreachable') ?? exact
      );
    },
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
};
