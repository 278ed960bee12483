import { p256 } from '@noble/curves/nist.js';
import { hexToBytes } from '@noble/hashes/utils.js';

/**
 * The keys that sign events: versions of one Cloud KMS key, EC_SIGN_P256_SHA256. Cloud KMS has it in software and in HSMs, and openssl, WebCrypto
 * and every TLS library verify it. It is not the curve of Ethereum: no signature of an event is one of a transaction.
 */
export const EVENT_KEY_ALGORITHM = 'EC_SIGN_P256_SHA256';

/** As the law names it; a client reads it, too, and has no parser of laws. */
export interface EventKey {
  /** Stands beside each signature. */
  readonly name: string;
  /** Full resource name of a CryptoKeyVersion. */
  readonly version: string;
  /** SubjectPublicKeyInfo in DER, in base64 on one line. */
  readonly publicKey: string;
}

/** What stands before the point in a SubjectPublicKeyInfo of P-256 (RFC 5480, section 2), 26 bytes. */
const SPKI_P256 = hexToBytes('3059301306072a8648ce3d020106082a8648ce3d030107034200');
/** Of the whole: the head, `04`, X and Y. */
const SPKI_BYTES = SPKI_P256.length + 65;

/** The bytes of base64 in its one spelling (RFC 4648, section 4); undefined where it is another. */
export const base64Bytes = (text: string): Uint8Array | undefined => {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined;
  const raw = atob(text);
  return btoa(raw) === text ? Uint8Array.from(raw, (letter) => letter.charCodeAt(0)) : undefined;
};

/** The point of a SubjectPublicKeyInfo in base64: 65 bytes, on the curve. Undefined where it is no P-256 key in DER. */
export const eventKeyPoint = (publicKey: string): Uint8Array | undefined => {
  const bytes = base64Bytes(publicKey);
  if (bytes?.length !== SPKI_BYTES || SPKI_P256.some((byte, n) => bytes[n] !== byte)) return undefined;
  const point = bytes.subarray(SPKI_P256.length);
  return p256.utils.isValidPublicKey(point, false) ? point : undefined;
};

const VERSION =
  /^(projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+)\/cryptoKeyVersions\/[1-9][0-9]*$/;

export const isEventKeyVersion = (text: string): boolean => VERSION.test(text);

/** The CryptoKey of a version. Rights are on it: Cloud KMS has none on versions. */
export const cryptoKeyOf = (version: string): string => VERSION.exec(version)?.[1] ?? '';

/** The CryptoKey that signs under a law; undefined where its events are not signed. */
export const eventKeyOf = ({
  eventKeys: keys,
}: {
  readonly eventKeys?: readonly EventKey[] | undefined;
}): string | undefined => (keys?.[0] === undefined ? undefined : cryptoKeyOf(keys[0].version));
