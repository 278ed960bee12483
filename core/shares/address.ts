import { computeAddress, getAddress } from 'ethers';
import { addressOfSecret } from '#core/curve.ts';

/** EIP-55 address of a private key. Only the public key, never the private one, becomes a string. Throws RangeError where it is no key. */
export const addressOfKey = (secret: Uint8Array): string => {
  const address = addressOfSecret(secret);
  if (address === undefined) throw new RangeError('the key must be 32 bytes between 1 and the group order');
  return getAddress(address);
};

/** EIP-55 address of the public key that the first commitment is. */
export const addressOfCommitment = (commitment: string): string => computeAddress(`0x${commitment}`);
