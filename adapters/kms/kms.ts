import type { AuthClient } from 'google-auth-library';
import { type Caller, callerOn } from '#adapters/calls/deadline.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';

export interface ReleaseKey {
  /** Full resource name of the CryptoKey. */
  readonly key: string;
  /** The identity in that co-signer's own pool. */
  readonly authClient: AuthClient;
}

/** What opens one co-signer's shares: the key's name, and a token that lives for an hour at most. */
export type Access =
  | { readonly kind: 'access'; readonly key: string; readonly token: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

export type ReleaseAccess = (coSigner: string) => Promise<Access>;

/** Access to each co-signer's release key, by that co-signer's own identity. Throws CONFIG for a co-signer without a key. */
export const releaseAccess =
  (keys: ReadonlyMap<string, ReleaseKey>, call: Caller = callerOn()): ReleaseAccess =>
  async (coSigner) => {
    const found = keys.get(coSigner);
    if (found === undefined) throw new KeyturnError('CONFIG', `no release key for co-signer ${coSigner}`);
    const { key, authClient } = found;
    try {
      await ensureToken(authClient, `for the release key of ${coSigner}`, call);
      return { kind: 'access', key, token: (await authClient.getAccessToken()).token ?? '' };
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      return { kind: 'unreachable', reason: `${error.code}: ${error.message}` };
    }
  };
