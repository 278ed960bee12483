import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** RFC 8785 (JCS) text of a value: the only form in which JSON is ever hashed. */
export const canonicalText = (value: Json): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
};

export const canonicalBytes = (value: Json): Uint8Array => utf8ToBytes(canonicalText(value));

/** sha256, 64 lower-case hex digits. */
export const sha256Hex = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));

export const hashOf = (value: Json): string => sha256Hex(canonicalBytes(value));
