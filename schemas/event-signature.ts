import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64Bytes, type EventKey, eventKeyPoint } from './event-keys.ts';

/** First of what is signed: a signature over it is one of nothing else. */
export const EVENT_DOMAIN = 'keyturn-event-v1';

/** The attributes of a signed event. Neither is part of what is signed, nor of what two senders of an event have in common. */
export const SIGNATURE_ATTRIBUTES = { signature: 'keyturn-signature', key: 'keyturn-signature-key' } as const;

/** Attributes that are signed, in this order. What else a reader needs stands in the data. */
export const SIGNED_ATTRIBUTES = ['ce-id', 'ce-type', 'ce-source', 'ce-time'] as const;

export interface EventMessage {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

/** `<length>:<bytes>,` with the length in bytes: no part can run into the next (https://cr.yp.to/proto/netstrings.txt). */
const netstring = (bytes: Uint8Array): Uint8Array =>
  concatBytes(utf8ToBytes(`${bytes.length}:`), bytes, utf8ToBytes(','));

/** What is signed of an event (docs/formats.md, "Signed events"). An attribute that is missing is empty. */
export const signedBytes = ({ data, attributes }: EventMessage): Uint8Array =>
  concatBytes(
    ...[EVENT_DOMAIN, ...SIGNED_ATTRIBUTES.map((name) => attributes[name] ?? '')].map((text) =>
      netstring(utf8ToBytes(text)),
    ),
    netstring(data),
  );

/** sha256 of it: what Cloud KMS is asked to sign. */
export const signedDigest = (message: EventMessage): Uint8Array => sha256(signedBytes(message));

/** Is `signature` (DER, either value of s: Cloud KMS picks any) one by `key` over this digest? */
export const isSignedBy = ({ publicKey }: EventKey, digest: Uint8Array, signature: Uint8Array): boolean => {
  const point = eventKeyPoint(publicKey);
  try {
    return point !== undefined && p256.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' });
  } catch {
    // No signature at all: the library throws on bytes that are no DER.
    return false;
  }
};

/**
 * Who said it, as far as the law's event keys tell. `absent`: nobody signed. `unknown-key`: a key that this law does not name. `invalid`: not
 * what that key signed. `valid` says that finalize or reconcile said it, not that it is so.
 */
export type Signed = 'valid' | 'invalid' | 'unknown-key' | 'absent';

export const signedBy = (keys: readonly EventKey[], message: EventMessage): Signed => {
  const { [SIGNATURE_ATTRIBUTES.signature]: text, [SIGNATURE_ATTRIBUTES.key]: name } = message.attributes;
  if (text === undefined && name === undefined) return 'absent';
  if (text === undefined || name === undefined) return 'invalid';
  const key = keys.find((one) => one.name === name);
  if (key === undefined) return 'unknown-key';
  const signature = base64Bytes(text);
  return signature !== undefined && isSignedBy(key, signedDigest(message), signature) ? 'valid' : 'invalid';
};
