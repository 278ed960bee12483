import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * A ciphertext is `KTK1 | 8 bytes key id | 12 bytes iv | 16 bytes tag | AES-256-GCM`. The key id is random per key version. So a decrypter
 * finds the version, and nobody can aim a ciphertext at another one. Real Cloud KMS hides the same in its own opaque form.
 */
const MAGIC = Buffer.from('KTK1');
const HEADER = MAGIC.length + 8;
const OVERHEAD = HEADER + 12 + 16;

export const sealBytes = (
  key: { keyId: string; secret: string },
  ivHex: string,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Buffer => {
  const header = Buffer.concat([MAGIC, Buffer.from(key.keyId, 'hex')]);
  const iv = Buffer.from(ivHex, 'hex');
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.secret, 'hex'), iv);
  cipher.setAAD(aad);
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), body]);
};

/** The key id (hex) inside a ciphertext; undefined where the bytes are not one of ours. */
export const keyIdOf = (ciphertext: Uint8Array): string | undefined => {
  const bytes = Buffer.from(ciphertext);
  return bytes.length >= OVERHEAD && bytes.subarray(0, MAGIC.length).equals(MAGIC)
    ? bytes.subarray(MAGIC.length, HEADER).toString('hex')
    : undefined;
};

/** The plaintext; undefined where key, additional data or bytes are not those of the sealing. */
export const openBytes = (secret: string, ciphertext: Uint8Array, aad: Uint8Array): Buffer | undefined => {
  const bytes = Buffer.from(ciphertext);
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(secret, 'hex'), bytes.subarray(HEADER, HEADER + 12), {
    authTagLength: 16,
  });
  decipher.setAAD(aad);
  decipher.setAuthTag(bytes.subarray(HEADER + 12, OVERHEAD));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(OVERHEAD)), decipher.final()]);
  } catch {
    return undefined;
  }
};
