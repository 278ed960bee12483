import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';
import type { Attestation } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { claimsOf } from './token-claims.ts';

const MAX_TOKEN_BYTES = 256 * 1024;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const post = (socketPath: string, body: string, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request({ socketPath, path: '/v1/token', method: 'POST', headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_TOKEN_BYTES) response.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        // The text of a refusal may repeat the request; the status says enough.
        if (response.statusCode !== 200)
          return reject(Object.assign(new Error('token refused'), { statusCode: response.statusCode }));
        resolve(Buffer.concat(chunks).toString('utf8').trim());
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });

const asToken = (text: string, call: string): string => {
  if (!JWT.test(text)) throw new KeyturnError('UNAVAILABLE', `attestation: ${call}: the answer is no token`);
  return text;
};

/** The nonce is alone in the token, or in a list. An older token, or one that was made for another purpose, answers nothing. */
const answering = (
  token: string,
  { audience, nonce }: { readonly audience: string; readonly nonce: string },
): string => {
  const claims = claimsOf(token);
  if (claims?.aud !== audience || ![claims.eat_nonce].flat().includes(nonce))
    throw new KeyturnError('UNAVAILABLE', 'attestation: token: the answer is the token of another question');
  return token;
};

/**
 * Fresh tokens from the launcher's TEE server on its Unix socket
 * (https://cloud.google.com/confidential-computing/confidential-space/docs/connect-external-resources). The service behind it allows
 * five a second for the whole project, so ask once per batch. Throws INVALID_ARGUMENT, UNAVAILABLE, DEADLINE.
 */
export const attestationPort = (
  options: { readonly launcherDir: string },
  call: Caller = callerOn(),
): Attestation & {
  /** The launcher's own token for sts.googleapis.com, without nonce; the launcher renews the file, so read it each time. */
  defaultToken(): Promise<string>;
} => ({
  token: ({ audience, nonce, type }) => {
    if (nonce.length < 10 || nonce.length > 74)
      return Promise.reject(new KeyturnError('INVALID_ARGUMENT', 'a nonce has 10 to 74 bytes', { field: 'nonce' }));
    const body = JSON.stringify({ audience, token_type: type, nonces: [nonce] });
    return call({ service: 'attestation', call: 'token', resource: audience }, REPEATABLE, async (signal) =>
      answering(asToken(await post(join(options.launcherDir, 'teeserver.sock'), body, signal), 'token'), {
        audience,
        nonce,
      }),
    );
  },
  defaultToken: () => {
    const path = join(options.launcherDir, 'attestation_verifier_claims_token');
    return call({ service: 'attestation', call: 'read', resource: path }, REPEATABLE, async () =>
      asToken((await readFile(path, 'utf8')).trim(), 'read'),
    );
  },
});
