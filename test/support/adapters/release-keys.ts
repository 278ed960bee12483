import { type Caller, callerOn } from '#adapters/calls/deadline.ts';
import { decryptWith, type Post } from '#adapters/kms/decrypt.ts';
import { type ReleaseKey, releaseAccess } from '#adapters/kms/kms.ts';
import type { ReleaseKeys } from '#core/key-ports.ts';

/** Access and decryption in one process: what the turn and its signing process do together. */
export const releaseKeysPort = (
  options: { readonly keys: ReadonlyMap<string, ReleaseKey>; readonly endpoint?: string | undefined },
  call: Caller = callerOn(),
  send?: Post,
): ReleaseKeys => {
  const access = releaseAccess(options.keys, call);
  return {
    decrypt: async (coSigner, ciphertext, aad) => {
      const found = await access(coSigner);
      if (found.kind === 'unreachable') return found;
      const { key, token } = found;
      return decryptWith({ endpoint: options.endpoint, key, token, ciphertext, aad }, call, send);
    },
  };
};
