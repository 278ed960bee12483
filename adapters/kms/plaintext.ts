import * as z from 'zod';
import { crc32c } from '#adapters/calls/crc32c.ts';

const FIELD = '"plaintext"';
const QUOTE = 0x22;
const FILL = 0x41;
const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Both alphabets of RFC 4648, since proto3 JSON admits both. */
const DIGITS = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((digit, n) => [digit.charCodeAt(0), n]),
);
DIGITS.set('-'.charCodeAt(0), 62);
DIGITS.set('_'.charCodeAt(0), 63);

/** From bytes to bytes: a text of JavaScript with a share in it could never be wiped. Undefined where it is no base64. */
export const fromBase64 = (text: Uint8Array): Uint8Array | undefined => {
  let length = text.length;
  while (length > 0 && text.length - length < 2 && text[length - 1] === 0x3d) length--;
  if (length % 4 === 1) return undefined;
  const out = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  for (let i = 0; i < length; i++) {
    const digit = DIGITS.get(text[i] ?? 0);
    if (digit === undefined) {
      out.fill(0);
      return undefined;
    }
    bits = ((bits << 6) | digit) & 0xffffff;
    // Each digit but the first of four ends a byte.
    if (i % 4 > 0) out[Math.floor((i * 3) / 4)] = (bits >> (6 - 2 * (i % 4))) & 0xff;
  }
  return out;
};

/** Where the value of the first `plaintext` lies. */
const regionOf = (body: Buffer): readonly [number, number] | undefined => {
  let at = body.indexOf(FIELD);
  if (at === -1) return undefined;
  at += FIELD.length;
  while (isSpace(body[at])) at++;
  if (body[at++] !== 0x3a) return undefined;
  while (isSpace(body[at])) at++;
  if (body[at++] !== QUOTE) return undefined;
  const end = body.indexOf(QUOTE, at);
  return end === -1 ? undefined : [at, end];
};

const answer = z.object({
  plaintext: z.string().default(''),
  plaintextCrc32c: z.union([z.string().regex(/^\d{1,10}$/), z.number()]).transform(Number),
});

/**
 * The plaintext of an answer of `decrypt`, which the caller wipes; undefined where the answer is not whole. The body is overwritten where the
 * secret stood, whatever comes of it, before anything reads the rest as text.
 */
export const plaintextOf = (bytes: Uint8Array): Uint8Array | undefined => {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const region = regionOf(body);
  // An empty plaintext is no field at all. What names one, and is not read, is not read as text either.
  if (region === undefined && body.includes(FIELD)) {
    body.fill(0);
    return undefined;
  }
  const [start, end] = region ?? [0, 0];
  const plaintext = fromBase64(body.subarray(start, end));
  body.fill(FILL, start, end);
  try {
    const read = answer.parse(JSON.parse(body.toString('utf8')));
    // It was the value of that very field, and of no other of that name.
    const whole = read.plaintext === 'A'.repeat(end - start);
    if (plaintext !== undefined && whole && crc32c(plaintext) === read.plaintextCrc32c) return plaintext;
  } catch {
    // No JSON, or no checksum.
  }
  plaintext?.fill(0);
  body.fill(0);
  return undefined;
};
