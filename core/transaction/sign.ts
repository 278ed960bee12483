import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { type RecoverableSignature, signerOfDigest } from '#core/curve.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { signedBytes } from './serialize.ts';
import type { SignedRung, UnsignedRung } from './transaction.ts';

/** What a signature is known to be over: it was recovered once, and need not be again. `signature`: r, s and parity in hex. */
export interface Recovered {
  readonly digest: string;
  readonly signature: string;
  /** `0x…` in lower case. */
  readonly address: string;
}

const recoveredFrom = (digest: Uint8Array, signature: RecoverableSignature, address: string): Recovered => {
  const signer = signerOfDigest(digest, signature);
  if (signer !== address.toLowerCase()) throw new KeyturnError('WRONG_KEY', `the signature is not that of ${address}`);
  return { digest: bytesToHex(digest), signature: bytesToHex(signature), address: signer };
};

/**
 * A signature over 32 bytes as text: 65 bytes r, s, v as `0x…`, v 27 or 28. Throws WRONG_KEY unless it recovers to `address` (EIP-55): a
 * fault while signing would otherwise let a wrong, or even key-revealing, signature out.
 */
export const signatureText = (digest: Uint8Array, made: RecoverableSignature, address: string): string => {
  const { signature } = recoveredFrom(digest, made, address);
  return `0x${signature.slice(0, 128)}${signature.endsWith('00') ? '1b' : '1c'}`;
};

/** A rung with its signature, and who is known to have signed what. */
export interface RecoveredRung extends SignedRung {
  readonly recovered: Recovered;
}

/**
 * A rung as it is sent. Whoever made the signature is not believed. Throws WRONG_KEY where it is not that of `from` (EIP-55), or where the
 * rung's hash is not that of its bytes.
 */
export const withSignature = (
  { unsigned, unsignedHash }: Pick<UnsignedRung, 'unsigned' | 'unsignedHash'>,
  signature: RecoverableSignature,
  from: string,
): RecoveredRung => {
  const bytes = hexToBytes(unsigned.slice(2));
  const digest = keccak_256(bytes);
  if (`0x${bytesToHex(digest)}` !== unsignedHash)
    throw new KeyturnError('WRONG_KEY', `the signed bytes do not read back as sent by ${from}`);
  const recovered = recoveredFrom(digest, signature, from);
  const raw = signedBytes(bytes, hexToBytes(recovered.signature));
  return { hash: `0x${bytesToHex(keccak_256(raw))}`, raw: `0x${bytesToHex(raw)}`, recovered };
};
