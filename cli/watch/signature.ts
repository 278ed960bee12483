import { createHmac } from 'node:crypto';
import { KeyturnError } from '#schemas/codes.ts';

/** Bytes: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/** The key out of the line `whsec_<base64>`. Throws USAGE, and says nothing of what stands there. */
export const webhookSecret = (text: string): Uint8Array => {
  const wrong = (why: string) => new KeyturnError('USAGE', `--secret: the file ${why}`, { field: 'secret' });
  const [, base64] = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\r?\n?$/.exec(text) ?? [];
  if (base64 === undefined) throw wrong('must hold one line, whsec_ and base64, such as openssl rand -base64 32 makes');
  const secret = Buffer.from(base64, 'base64');
  if (secret.length < MIN_SECRET_BYTES || secret.length > MAX_SECRET_BYTES)
    throw wrong(`holds ${secret.length} bytes of secret; ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} are needed`);
  return secret;
};

export interface SignedMessage {
  /** `ce-id`. Nothing of it is chosen by whoever asks. */
  readonly id: string;
  /** Of this attempt, in seconds. */
  readonly seconds: number;
  readonly body: string;
}

/** The three headers of Standard Webhooks: HMAC-SHA256 over `id.seconds.body`. */
export const signedHeaders = (secret: Uint8Array, { id, seconds, body }: SignedMessage): Record<string, string> => ({
  'webhook-id': id,
  'webhook-timestamp': String(seconds),
  'webhook-signature': `v1,${createHmac('sha256', secret).update(`${id}.${seconds}.${body}`, 'utf8').digest('base64')}`,
});
