import { addressOfSecret } from '#core/curve.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import { combineShares } from './combine.ts';
import { type IndexedScalar, wipe } from './feldman.ts';

/** What of a wallet says which key is its own. */
export type KeyOwner = Pick<Wallet, 'address' | 'commitments'>;

/**
 * How a wallet's key is used. Today there is one way, `combined`: the key is whole in attested memory for the few milliseconds of `run`.
 * A threshold scheme would sign without ever having it; it takes this place then, and the seam grows to what its rounds need.
 */
export interface SigningScheme {
  readonly name: 'combined';
  /**
   * Runs with the key made from these verified shares (at least the threshold, of distinct holders), and wipes the key whatever happens.
   * `run` is synchronous: the key is held across no wait. The shares stay the caller's to wipe. Throws NOT_ENOUGH_SHARES. Throws WRONG_KEY
   * where the key is not that of the wallet's address. Throws TypeError where `run` returns a promise, since its work would outlive the
   * key.
   */
  withKey<T>(shares: readonly IndexedScalar[], wallet: KeyOwner, run: (secret: Uint8Array) => T): T;
}

const isThenable = (value: unknown): boolean =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  'then' in value &&
  typeof value.then === 'function';

export const combined: SigningScheme = {
  name: 'combined',
  withKey(shares, wallet, run) {
    const secret = combineShares(shares, wallet.commitments);
    try {
      const address = addressOfSecret(secret);
      if (address !== wallet.address.toLowerCase())
        throw new KeyturnError('WRONG_KEY', `the combined key is that of ${address}, not of ${wallet.address}`);
      const result = run(secret);
      if (isThenable(result)) throw new TypeError('the key must not be held across a wait');
      return result;
    } finally {
      wipe(secret);
    }
  },
};
