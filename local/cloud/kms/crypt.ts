import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { crc32c, verifiedCrc32c } from './checksum.ts';
import { keyIdOf, openBytes, sealBytes } from './envelope.ts';
import type { KeyStore, StoredVersion } from './key-store.ts';

/** Plaintext and additional data of software keys, each (EncryptRequest in the API reference). */
const LIMIT_BYTES = 64 * 1024;

export interface EncryptRequest {
  readonly name: string;
  readonly plaintext: Uint8Array;
  readonly additionalAuthenticatedData?: Uint8Array | undefined;
  readonly plaintextCrc32c?: bigint | undefined;
  readonly additionalAuthenticatedDataCrc32c?: bigint | undefined;
}

export interface EncryptResult {
  /** The version that was used. */
  readonly name: string;
  readonly ciphertext: Buffer;
  readonly ciphertextCrc32c: bigint;
  readonly verifiedPlaintextCrc32c: boolean;
  readonly verifiedAdditionalAuthenticatedDataCrc32c: boolean;
}

export interface DecryptRequest {
  readonly name: string;
  readonly ciphertext: Uint8Array;
  readonly additionalAuthenticatedData?: Uint8Array | undefined;
  readonly ciphertextCrc32c?: bigint | undefined;
  readonly additionalAuthenticatedDataCrc32c?: bigint | undefined;
}

export interface DecryptResult {
  readonly plaintext: Buffer;
  readonly plaintextCrc32c: bigint;
  readonly usedPrimary: boolean;
}

const within = (field: string, bytes: Uint8Array): void => {
  if (bytes.length > LIMIT_BYTES)
    throw new CloudError('INVALID_ARGUMENT', `The request field [${field}] must be at most ${LIMIT_BYTES} bytes.`);
};

export const requireEnabled = (key: string, version: StoredVersion): void => {
  const name = `${key}/cryptoKeyVersions/${version.id}`;
  if (version.state !== 'ENABLED')
    throw new CloudError('FAILED_PRECONDITION', `${name} is not enabled, current state is: ${version.state}.`, {
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
          violations: [{ type: `KEY_${version.state}`, subject: name }],
        },
      ],
    });
};

const refusal = () =>
  new CloudError('INVALID_ARGUMENT', "Decryption failed: verify that 'name' refers to the correct CryptoKey.");

/** `id` undefined means the primary version. */
export const encryptBytes = (
  store: KeyStore,
  ivHex: string,
  keyName: string,
  id: number | undefined,
  request: EncryptRequest,
): EncryptResult => {
  const key = store.key(keyName);
  const versionId = id ?? key.primary;
  const version = store.version(key, versionId);
  const aad = request.additionalAuthenticatedData ?? Buffer.alloc(0);
  within('plaintext', request.plaintext);
  within('additional_authenticated_data', aad);
  const verifiedPlaintext = verifiedCrc32c('plaintext', request.plaintext, request.plaintextCrc32c);
  const verifiedAad = verifiedCrc32c('additional_authenticated_data', aad, request.additionalAuthenticatedDataCrc32c);
  requireEnabled(keyName, version);
  const ciphertext = sealBytes(version, ivHex, request.plaintext, aad);
  return {
    name: `${keyName}/cryptoKeyVersions/${versionId}`,
    ciphertext,
    ciphertextCrc32c: crc32c(ciphertext),
    verifiedPlaintextCrc32c: verifiedPlaintext,
    verifiedAdditionalAuthenticatedDataCrc32c: verifiedAad,
  };
};

export const decryptBytes = (store: KeyStore, request: DecryptRequest): DecryptResult => {
  const key = store.key(request.name);
  const aad = request.additionalAuthenticatedData ?? Buffer.alloc(0);
  within('additional_authenticated_data', aad);
  verifiedCrc32c('ciphertext', request.ciphertext, request.ciphertextCrc32c);
  verifiedCrc32c('additional_authenticated_data', aad, request.additionalAuthenticatedDataCrc32c);
  const keyId = keyIdOf(request.ciphertext);
  const found = [...key.versions.values()].find((candidate) => candidate.keyId === keyId);
  if (found === undefined) throw refusal();
  const version = store.version(key, found.id);
  requireEnabled(key.name, version);
  const plaintext = openBytes(version.secret, request.ciphertext, aad);
  if (plaintext === undefined) throw refusal();
  return { plaintext, plaintextCrc32c: crc32c(plaintext), usedPrimary: key.primary === version.id };
};
