export type Decrypted =
  | { readonly kind: 'plaintext'; readonly bytes: Uint8Array }
  /** KMS said INVALID_ARGUMENT: wrong key, wrong AAD or garbage. The holder is to blame. */
  | { readonly kind: 'bad' }
  /** Permission, a disabled version, an unreachable KMS: the share itself is not at fault. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Co-signers' release keys, each opened through that co-signer's own identity provider. */
export interface ReleaseKeys {
  decrypt(coSigner: string, ciphertext: Uint8Array, aad: string): Promise<Decrypted>;
}

/** A KMS key as its holder uses it (command line). */
export interface Encrypter {
  encrypt(key: string, plaintext: Uint8Array, aad: string): Promise<Uint8Array>;
}

/** Asks the law's event key to sign. */
export interface EventSigner {
  /** `version`: full name of a CryptoKeyVersion. `digest`: sha256, 32 bytes. Gives ECDSA in DER; each time another. */
  sign(version: string, digest: Uint8Array): Promise<Uint8Array>;
}
