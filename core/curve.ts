import { instantiateSecp256k1 } from '@bitauth/libauth/build/lib/crypto/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/**
 * secp256k1 by libsecp256k1 in WebAssembly (docs/decisions/0008-libsecp256k1.md). What is secret goes in and comes out as bytes that can be
 * wiped, and becomes no number and no text of JavaScript. The file is named by its path, since the package's index starts five modules.
 */
const library = await instantiateSecp256k1();

/** 65 bytes: r, s in the lower half (EIP-2), then 0 or 1, the parity. */
export type RecoverableSignature = Uint8Array;

const made = (answer: Uint8Array | string): Uint8Array | undefined => (typeof answer === 'string' ? undefined : answer);

/** Whether it is 32 bytes between 1 and the group order less one. The library's sums and products do not ask. */
const isKey = (secret: Uint8Array): boolean => secret.length === 32 && library.validatePrivateKey(secret);

/** 33 bytes, compressed. Undefined where the secret is not 32 bytes between 1 and the group order less one. */
export const publicKeyOf = (secret: Uint8Array): Uint8Array | undefined =>
  isKey(secret) ? made(library.derivePublicKeyCompressed(secret)) : undefined;

/** secret · factor mod n: 32 bytes that the caller wipes. Undefined where one of them is zero or not below n. */
export const multiplied = (secret: Uint8Array, factor: Uint8Array): Uint8Array | undefined =>
  isKey(secret) && isKey(factor) ? made(library.mulTweakPrivateKey(secret, factor)) : undefined;

/** a + b mod n: 32 bytes that the caller wipes. Undefined where one of them is zero or not below n, or where the sum is zero. */
export const added = (a: Uint8Array, b: Uint8Array): Uint8Array | undefined =>
  isKey(a) && isKey(b) ? made(library.addTweakPrivateKey(a, b)) : undefined;

/** Signs 32 bytes: RFC 6979 without extra entropy, low s. Undefined where the secret is no key. */
export const signatureOf = (digest: Uint8Array, secret: Uint8Array): RecoverableSignature | undefined => {
  if (digest.length !== 32 || !isKey(secret)) return undefined;
  const answer = library.signMessageHashRecoverableCompact(secret, digest);
  return typeof answer === 'string' ? undefined : Uint8Array.of(...answer.signature, answer.recoveryId);
};

/** Address of a public key of 65 bytes, `0x…` in lower case. */
const addressOf = (publicKey: Uint8Array): string => `0x${bytesToHex(keccak_256(publicKey.subarray(1)).subarray(12))}`;

/** Who signed these 32 bytes, `0x…` in lower case. Undefined where the signature is none. */
export const signerOfDigest = (digest: Uint8Array, signature: RecoverableSignature): string | undefined => {
  const parity = signature[64];
  if (digest.length !== 32 || signature.length !== 65 || (parity !== 0 && parity !== 1)) return undefined;
  const key = made(library.recoverPublicKeyUncompressed(signature.subarray(0, 64), parity, digest));
  return key === undefined ? undefined : addressOf(key);
};

/** Address of a private key, `0x…` in lower case. Undefined where it is no key. */
export const addressOfSecret = (secret: Uint8Array): string | undefined => {
  const key = isKey(secret) ? made(library.derivePublicKeyUncompressed(secret)) : undefined;
  return key === undefined ? undefined : addressOf(key);
};
