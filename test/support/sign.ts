import { getBytes } from 'ethers';
import { signatureOf } from '#core/curve.ts';
import { type RecoveredRung, signatureText, withSignature } from '#core/transaction/sign.ts';
import type { UnsignedRung } from '#core/transaction/transaction.ts';

/** Signs with a key that lies open, as the signing session does with one that does not. */
const signatureBy = (digest: Uint8Array, secret: Uint8Array): Uint8Array => {
  const signature = signatureOf(digest, secret);
  if (signature === undefined) throw new RangeError('no key');
  return signature;
};

/** 65 bytes r, s, v as `0x…`. Throws WRONG_KEY where the key is not that of `address`. */
export const signDigest = (digest: Uint8Array, secret: Uint8Array, address: string): string =>
  signatureText(digest, signatureBy(digest, secret), address);

/** Throws WRONG_KEY where the key is not that of `from`, or the hash is not that of the bytes. */
export const signRung = (rung: UnsignedRung, secret: Uint8Array, from: string): RecoveredRung =>
  withSignature(rung, signatureBy(getBytes(rung.unsignedHash), secret), from);
