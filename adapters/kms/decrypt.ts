import { crc32c } from '#adapters/calls/crc32c.ts';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';
import { textAt } from '#adapters/calls/error-facts.ts';
import { causesOf } from '#core/error-fields.ts';
import type { Decrypted } from '#core/key-ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { spellingsOf } from './aad.ts';
import { plaintextOf } from './plaintext.ts';

/** One POST of JSON. The bytes of the answer are the caller's to overwrite. */
export type Post = (
  url: string,
  request: { readonly token: string; readonly body: string; readonly signal: AbortSignal },
) => Promise<{ readonly status: number; readonly bytes: Uint8Array }>;

/** Bytes. A share line is at most 160; an error of Google names no more than some details. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Moves what comes into these bytes, and overwrites where it came from. Returns its size. Throws UNAVAILABLE where there is more than fits, and
 * what the source throws. Nothing is left in them then: they may hold half of a share.
 */
export const readInto = async (bytes: Uint8Array, pieces: AsyncIterable<Uint8Array>): Promise<number> => {
  let size = 0;
  try {
    for await (const piece of pieces) {
      const room = bytes.length - size;
      if (piece.length <= room) bytes.set(piece, size);
      size += piece.length;
      piece.fill(0);
      if (size > bytes.length) throw new KeyturnError('UNAVAILABLE', 'kms: the answer is too large');
    }
  } catch (error) {
    bytes.fill(0);
    throw error;
  }
  return size;
};

const NOTHING: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };

/** By fetch: no redirect is followed, and no answer of any size is read. */
export const post: Post = async (url, { token, body, signal }) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
  const bytes = new Uint8Array(MAX_ANSWER_BYTES);
  const size = await readInto(bytes, response.body ?? NOTHING);
  return { status: response.status, bytes: bytes.subarray(0, size) };
};

/** google.rpc.Code by its word, as the body of an error has it (https://cloud.google.com/apis/design/errors#http_mapping). */
const WORDS = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];
const UNKNOWN = 2;

/** What errors.ts reads. A 400 without a word of Google's is not KMS's judgement of a share: some proxy's, and nobody's fault. */
const refusalOf = (status: number, bytes: Uint8Array): Error => {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    data = undefined;
  }
  const code = WORDS.indexOf(textAt(data, 'error', 'status') ?? '');
  const known = code > 0 ? code : status === 400 ? UNKNOWN : undefined;
  return Object.assign(new Error(textAt(data, 'error', 'message') ?? ''), {
    response: { status, data },
    ...(known === undefined ? {} : { code: known }),
  });
};

/** KMS answers a checksum that does not match with INVALID_ARGUMENT too: that is the line's fault, not the holder's. */
const damagedOnTheWay = (error: unknown): boolean =>
  causesOf(error)
    .slice(1)
    .some((at) => /crc32c|checksum/i.test(textAt(at, 'message') ?? ''));

/** A reason that may be shown and logged. Only INVALID_ARGUMENT blames the holder; a message of ours names no payload. */
const unreachable = (error: unknown): Decrypted => {
  if (!isKeyturnError(error)) throw error;
  return { kind: 'unreachable', reason: `${error.code}: ${error.message}` };
};

export interface DecryptOptions {
  /** A lab's; Google's own where absent. */
  readonly endpoint?: string | undefined;
  /** Full resource name of the CryptoKey. */
  readonly key: string;
  /** Access token of the identity in that co-signer's pool. */
  readonly token: string;
  readonly ciphertext: Uint8Array;
  readonly aad: string;
}

/**
 * One call of Cloud KMS over REST, without a client of Google's
 * (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/decrypt). CRC32C goes and comes with it; an
 * answer without one does not count. test/contract/adapter-kms-rest.test.ts holds it to `@google-cloud/kms`.
 */
export const decryptWith = async (
  { endpoint = 'https://cloudkms.googleapis.com', key, token, ciphertext, aad }: DecryptOptions,
  call: Caller = callerOn(),
  send: Post = post,
): Promise<Decrypted> => {
  const attempt = (data: Uint8Array) =>
    call({ service: 'kms', call: 'decrypt', resource: key }, REPEATABLE, async (signal) => {
      const body = JSON.stringify({
        ciphertext: Buffer.from(ciphertext).toString('base64'),
        ciphertextCrc32c: `${crc32c(ciphertext)}`,
        additionalAuthenticatedData: Buffer.from(data).toString('base64'),
        additionalAuthenticatedDataCrc32c: `${crc32c(data)}`,
      });
      const { status, bytes } = await send(new URL(`/v1/${key}:decrypt`, endpoint).href, {
        token,
        body,
        signal,
      });
      if (status !== 200) throw refusalOf(status, bytes);
      const plaintext = plaintextOf(bytes);
      if (plaintext === undefined)
        throw new KeyturnError('CHECKSUM_MISMATCH', `kms: decrypt ${key}: damaged on the way`);
      // The caller has gone at the deadline: nobody would wipe what comes now.
      if (signal.aborted) plaintext.fill(0);
      signal.throwIfAborted();
      return plaintext;
    });
  const open = async (data: Uint8Array): Promise<Decrypted> => {
    try {
      return { kind: 'plaintext', bytes: await attempt(data) };
    } catch (error) {
      if (!isKeyturnError(error, 'INVALID_ARGUMENT') || damagedOnTheWay(error)) return unreachable(error);
      return { kind: 'bad' };
    }
  };
  const exact = await open(Buffer.from(aad));
  if (exact.kind !== 'bad') return exact;
  // At most one of them can be the data that the share was encrypted with. All at once, so that junk costs no more time than two calls.
  const others = await Promise.all(spellingsOf(aad).map(open));
  return others.find(({ kind }) => kind === 'plaintext') ?? others.find(({ kind }) => kind === 'unreachable') ?? exact;
};
