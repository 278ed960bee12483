import { instantiateSecp256k1Wasm } from '@bitauth/libauth/build/lib/bin/secp256k1/secp256k1-wasm.js';
import { CompressionFlag, ContextFlag } from '@bitauth/libauth/build/lib/bin/secp256k1/secp256k1-wasm-types.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/**
 * secp256k1 by libsecp256k1 in WebAssembly (docs/decisions/0008-libsecp256k1.md). What is secret becomes no number and no text of JavaScript. The
 * module is called by its addresses: the package's easier interface copies each key into arrays that nobody can wipe. Files are named by their
 * paths, since the package's index starts five modules.
 */
const wasm = await instantiateSecp256k1Wasm();
const context = wasm.contextCreate(ContextFlag.BOTH);

/** Places in the module's memory. All calls are synchronous, so that one of each is enough. */
const SECRET = wasm.malloc(32);
const FACTOR = wasm.malloc(32);
const DIGEST = wasm.malloc(32);
const POINT = wasm.malloc(64);
const SIGNED = wasm.malloc(65);
const OUT = wasm.malloc(65);
const NUMBER = wasm.malloc(4);

/** 65 bytes: r, s in the lower half (EIP-2), then 0 or 1, the parity. */
export type RecoverableSignature = Uint8Array;

const put = (bytes: Uint8Array, at: number): void => wasm.heapU8.set(bytes, at);

/** A copy for a secret lies outside of the heap that the collector moves: it would leave old copies behind. */
const secretFrom = (at: number): Uint8Array => {
  const copy = new Uint8Array(new ArrayBuffer(32));
  copy.set(wasm.heapU8.subarray(at, at + 32));
  return copy;
};
const publicFrom = (at: number, length: number): Uint8Array => wasm.heapU8.slice(at, at + length);

/** Runs with a secret in the module's memory, and overwrites it there. Undefined where it is not 32 bytes between 1 and the order less one. */
const withSecret = <T>(secret: Uint8Array, run: () => T | undefined): T | undefined => {
  if (secret.length !== 32) return undefined;
  put(secret, SECRET);
  try {
    return wasm.seckeyVerify(context, SECRET) === 1 ? run() : undefined;
  } finally {
    wasm.heapU8.fill(0, SECRET, SECRET + 32);
    wasm.heapU8.fill(0, FACTOR, FACTOR + 32);
  }
};

const pointText = (length: 33 | 65): Uint8Array => {
  wasm.heapU32[NUMBER >> 2] = length;
  const flag = length === 33 ? CompressionFlag.COMPRESSED : CompressionFlag.UNCOMPRESSED;
  wasm.pubkeySerialize(context, OUT, NUMBER, POINT, flag);
  return publicFrom(OUT, length);
};

const keyOf = (secret: Uint8Array, length: 33 | 65): Uint8Array | undefined =>
  withSecret(secret, () => (wasm.pubkeyCreate(context, POINT, SECRET) === 1 ? pointText(length) : undefined));

/** 33 bytes, compressed. Undefined where the secret is not 32 bytes between 1 and the group order less one. */
export const publicKeyOf = (secret: Uint8Array): Uint8Array | undefined => keyOf(secret, 33);

/** The module does not ask whether the second number is in range and not zero. */
const tweaked = (
  secret: Uint8Array,
  other: Uint8Array,
  tweak: (context: number, secret: number, other: number) => 0 | 1,
): Uint8Array | undefined => {
  if (withSecret(other, () => true) === undefined) return undefined;
  return withSecret(secret, () => {
    put(other, FACTOR);
    return tweak(context, SECRET, FACTOR) === 1 ? secretFrom(SECRET) : undefined;
  });
};

/** secret · factor mod n: 32 bytes that the caller wipes. Undefined where one of them is zero or not below n. */
export const multiplied = (secret: Uint8Array, factor: Uint8Array): Uint8Array | undefined =>
  tweaked(secret, factor, wasm.privkeyTweakMul);

/** a + b mod n: 32 bytes that the caller wipes. Undefined where one of them is zero or not below n, or where the sum is zero. */
export const added = (a: Uint8Array, b: Uint8Array): Uint8Array | undefined => tweaked(a, b, wasm.privkeyTweakAdd);

/** Signs 32 bytes: RFC 6979 without extra entropy, low s. Undefined where the secret is no key. */
export const signatureOf = (digest: Uint8Array, secret: Uint8Array): RecoverableSignature | undefined => {
  if (digest.length !== 32) return undefined;
  return withSecret(secret, () => {
    put(digest, DIGEST);
    if (wasm.signRecoverable(context, SIGNED, DIGEST, SECRET) !== 1) return undefined;
    wasm.recoverableSignatureSerialize(context, OUT, NUMBER, SIGNED);
    return Uint8Array.of(...publicFrom(OUT, 64), wasm.heapU32[NUMBER >> 2] ?? 0);
  });
};

/** Address of a public key of 65 bytes, `0x…` in lower case. */
const addressOf = (publicKey: Uint8Array): string => `0x${bytesToHex(keccak_256(publicKey.subarray(1)).subarray(12))}`;

/** Who signed these 32 bytes, `0x…` in lower case. Undefined where the signature is none. */
export const signerOfDigest = (digest: Uint8Array, signature: RecoverableSignature): string | undefined => {
  const parity = signature[64];
  if (digest.length !== 32 || signature.length !== 65 || (parity !== 0 && parity !== 1)) return undefined;
  put(digest, DIGEST);
  put(signature.subarray(0, 64), OUT);
  if (wasm.recoverableSignatureParse(context, SIGNED, OUT, parity) !== 1) return undefined;
  return wasm.recover(context, POINT, SIGNED, DIGEST) === 1 ? addressOf(pointText(65)) : undefined;
};

/** Address of a private key, `0x…` in lower case. Undefined where it is no key. */
export const addressOfSecret = (secret: Uint8Array): string | undefined => {
  const key = keyOf(secret, 65);
  return key === undefined ? undefined : addressOf(key);
};
