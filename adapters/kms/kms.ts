import type { AuthClient } from 'google-auth-library';
import { type Caller, callerOn } from '#adapters/calls/deadline.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import type { ReleaseKeys } from '#core/key-ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { decryptWith, type Post, unreachable } from './decrypt.ts';

export interface ReleaseKey {
  /** Full resource name of the CryptoKey. */
  readonly key: string;
  /** The identity in that co-signer's own pool. */
  readonly authClient: AuthClient;
}

/** Each co-signer's release key, by that co-signer's own identity. Throws CONFIG for a co-signer without a key. */
export const releaseKeysPort = (
  options: {
    readonly keys: ReadonlyMap<string, ReleaseKey>;
    readonly endpoint?: string | undefined;
  },
  call: Caller = callerOn(),
  send?: Post,
): ReleaseKeys => ({
  decrypt: async (coSigner, ciphertext, aad) => {
    const found = options.keys.get(coSigner);
    if (found === undefined) throw new KeyturnError('CONFIG', `no release key for co-signer ${coSigner}`);
    const { key, authClient } = found;
    try {
      await ensureToken(authClient, `for the release key of ${coSigner}`, call);
    } catch (error) {
      return unreachable(error);
    }
    const token = async (): Promise<string> => (await authClient.getAccessToken()).token ?? '';
    return decryptWith({ endpoint: options.endpoint, key, token, ciphertext, aad }, call, send);
  },
});
