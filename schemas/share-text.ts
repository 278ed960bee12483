import { KeyturnError } from './codes.ts';

/** A co-signer's share, as the one line that is encrypted. `scalar` is 32 bytes, big-endian, and secret: wipe it after use. */
export interface Share {
  readonly wallet: string;
  readonly epoch: number;
  readonly index: number;
  readonly scalar: Uint8Array;
}

/** What a share is encrypted with beside itself: it is good for this request, from this co-signer, and for nothing else. */
export const shareAad = (id: string, coSigner: string): string => `keyturn/v1/${id}/${coSigner}`;

const SHAPE = /^keyturn-share\/v1\/([a-z][a-z0-9-]{0,30})\/([1-9][0-9]{0,5})\/([1-9]|1[0-6])\/$/;
const HEX = new Map([...'0123456789abcdef'].map((digit, value) => [digit.charCodeAt(0), value]));
/** UTF-8, as editors of Windows write it. */
const BOM = [0xef, 0xbb, 0xbf];
const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/**
 * `keyturn-share/v1/<wallet>/<epoch>/<index>/<64 hex>` with white space tolerated at the ends, and a byte order mark before all of it. Works
 * on bytes, because a JavaScript string with the scalar in it could never be wiped. Throws KeyturnError SHARE_TEXT, which never quotes the text.
 */
export const parseShareText = (text: Uint8Array): Share => {
  let start = BOM.every((byte, n) => text[n] === byte) ? BOM.length : 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  const bad = (why: string) => new KeyturnError('SHARE_TEXT', why);
  if (end - start < 64 || end - start > 160) throw bad('the plaintext is not one share line');
  const head = new TextDecoder('latin1').decode(text.subarray(start, end - 64));
  const [, wallet, epoch, index] = SHAPE.exec(head) ?? [];
  if (wallet === undefined) throw bad('the plaintext does not begin keyturn-share/v1/<wallet>/<epoch>/<index>/');
  const digits = text.subarray(end - 64, end);
  // Before any is copied: what is refused for its last digit holds nearly all of the scalar.
  if (!digits.every((digit) => HEX.has(digit))) throw bad('the scalar is not 64 lower-case hex digits');
  // Outside of the heap that the collector moves: it would leave old copies behind.
  const scalar = new Uint8Array(new ArrayBuffer(32));
  digits.forEach((digit, i) => {
    scalar[i >> 1] = ((scalar[i >> 1] ?? 0) << 4) | (HEX.get(digit) ?? 0);
  });
  return { wallet, epoch: Number(epoch), index: Number(index), scalar };
};

/** The line without a newline, as bytes that the caller wipes. */
export const shareText = (share: Share): Uint8Array => {
  const head = new TextEncoder().encode(`keyturn-share/v1/${share.wallet}/${share.epoch}/${share.index}/`);
  const text = new Uint8Array(head.length + 64);
  text.set(head);
  share.scalar.forEach((byte, i) => {
    text[head.length + 2 * i] = '0123456789abcdef'.charCodeAt(byte >> 4);
    text[head.length + 2 * i + 1] = '0123456789abcdef'.charCodeAt(byte & 15);
  });
  return text;
};
