import { createPublicKey } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { crc32c, verifiedCrc32c } from './checksum.ts';
import { requireEnabled } from './crypt.ts';
import { type Algorithm, type KeyStore, PURPOSES, type StoredVersion } from './key-store.ts';
import { versionParts } from './names.ts';

export interface SignRequest {
  /** Of a version: an asymmetric key has no primary one. */
  readonly name: string;
  /** sha256 of what is signed. */
  readonly digest: Uint8Array;
  readonly digestCrc32c?: bigint | undefined;
}

export interface SignResult {
  readonly name: string;
  readonly signature: Buffer;
  readonly signatureCrc32c: bigint;
  readonly verifiedDigestCrc32c: boolean;
}

export interface PublicKeyResult {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly pem: string;
  readonly pemCrc32c: bigint;
}

/** Throws FAILED_PRECONDITION where a key is for something else. */
export const requirePurpose = (store: KeyStore, key: string, purpose: (typeof PURPOSES)[Algorithm]): void => {
  const own = PURPOSES[store.key(key).algorithm];
  if (own !== purpose) throw new CloudError('FAILED_PRECONDITION', `${key} has purpose ${own}, not ${purpose}.`);
};

/** A private scalar of P-256 from 48 random bytes, without bias (FIPS 186-5, appendix A.2.1). In hex. */
export const p256Secret = (randomHex: string): string =>
  Buffer.from(p256.utils.randomSecretKey(Buffer.from(randomHex, 'hex'))).toString('hex');

const signingVersion = (store: KeyStore, name: string): StoredVersion => {
  const { key, version } = store.versionNamed(name);
  requirePurpose(store, key.name, 'ASYMMETRIC_SIGN');
  requireEnabled(key.name, version);
  return version;
};

/** `entropyHex`: 32 bytes, so that each signature is another one, as in Cloud KMS. */
export const signDigest = (store: KeyStore, entropyHex: string, request: SignRequest): SignResult => {
  const { name, digest } = request;
  const { secret } = signingVersion(store, name);
  if (digest.length !== 32)
    throw new CloudError('INVALID_ARGUMENT', 'The request field [digest.sha256] must be 32 bytes.');
  const verifiedDigestCrc32c = verifiedCrc32c('digest', digest, request.digestCrc32c);
  const extraEntropy = Buffer.from(entropyHex, 'hex');
  const signature = Buffer.from(
    p256.sign(digest, Buffer.from(secret, 'hex'), { prehash: false, lowS: false, format: 'der', extraEntropy }),
  );
  return { name, signature, signatureCrc32c: crc32c(signature), verifiedDigestCrc32c };
};

/** What stands before the point in a SubjectPublicKeyInfo of P-256 (RFC 5480, section 2). */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

export const publicKeyOf = (store: KeyStore, name: string): PublicKeyResult => {
  const { secret } = signingVersion(store, name);
  const point = p256.getPublicKey(Buffer.from(secret, 'hex'), false);
  const key = Buffer.concat([SPKI_HEAD, point]);
  const pem = createPublicKey({ key, format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' }).toString();
  const { algorithm } = store.key(versionParts(name).key);
  return { name, algorithm, pem, pemCrc32c: crc32c(Buffer.from(pem)) };
};
