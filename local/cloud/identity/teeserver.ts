import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { strictBody } from '#local/cloud/runtime/body.ts';
import { asCloudError, CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { closeServer } from '#local/cloud/runtime/http.ts';
import { type InstanceClaims, TOKEN_LIFETIME_S } from './instance-claims.ts';
import type { AttestationVerifier } from './verifier.ts';

export interface TeeServerOptions {
  /** The Unix socket, in the cloud /run/container_launcher/teeserver.sock; at most about 100 bytes long. */
  readonly socketPath: string;
  /** Where the default token is kept fresh, in the cloud /run/container_launcher/attestation_verifier_claims_token. */
  readonly tokenPath?: string;
  readonly verifier: AttestationVerifier;
  /** What the VM is at this moment. */
  readonly claims: () => InstanceClaims;
}

const bodySchema = z.strictObject({
  audience: z.string().default(''),
  token_type: z.string().default(''),
  nonces: z.array(z.string()).default([]),
});

/** The launcher refreshes at 0.8 of the lifetime, then retries from a minute up to an hour, for ever. */
const REFRESH_MS = 0.8 * TOKEN_LIFETIME_S * 1000;
const FIRST_RETRY_MS = 60_000;

const invalid = (message: string) => new CloudError('INVALID_ARGUMENT', message);

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw invalid('failed to parse POST body as TokenOptions');
  }
};

const answer = async (request: IncomingMessage, { verifier, claims }: TeeServerOptions): Promise<string> => {
  const body = await text(request);
  if (request.url !== '/v1/token') throw new CloudError('NOT_FOUND', `the local teeserver has no ${request.url}`);
  if (request.method === 'GET') return verifier.defaultToken(claims());
  if (request.method !== 'POST') throw invalid(`TEE server received an invalid HTTP method: ${request.method}`);
  const options = strictBody(bodySchema, parse(body), 'teeserver: token');
  if (options.audience === '') throw invalid('use GET request for the default identity token');
  if (options.token_type === '') throw invalid('token_type is a required parameter');
  const { audience, token_type: tokenType, nonces } = options;
  return verifier.customToken(claims(), { audience, tokenType, nonces });
};

/** A reader sees the old token or the new one, never half of one. */
const writeToken = (path: string, token: string): void => {
  writeFileSync(`${path}.tmp`, token, { mode: 0o644 });
  renameSync(`${path}.tmp`, path);
};

/**
 * The launcher's side of one Confidential Space VM: `/v1/token` on a Unix socket and, if asked, the token file. Answers are text/html,
 * 400 for what the caller did wrong and 500 for the rest, as in go-tpm-tools. Rejects if the first token cannot be had: the real
 * launcher does not start the workload then.
 */
export const startTeeServer = async (options: TeeServerOptions): Promise<{ close(): Promise<void> }> => {
  const { socketPath, tokenPath, verifier } = options;
  const { clock, note } = verifier.world;
  let cancel = () => {};
  const refreshIn = (path: string, ms: number, retryMs: number): void => {
    cancel = clock.after(ms, () => {
      try {
        writeToken(path, verifier.defaultToken(options.claims()));
        refreshIn(path, REFRESH_MS, FIRST_RETRY_MS);
      } catch (error) {
        note(`teeserver: token not refreshed: ${asCloudError(error).message}`);
        refreshIn(path, retryMs, Math.min(2 * retryMs, 3_600_000));
      }
    });
  };
  if (tokenPath !== undefined) {
    writeToken(tokenPath, verifier.defaultToken(options.claims()));
    refreshIn(tokenPath, REFRESH_MS, FIRST_RETRY_MS);
  }

  const server = createServer(async (request, response) => {
    try {
      const token = await answer(request, options);
      response.writeHead(200, { 'content-type': 'text/html' }).end(token);
    } catch (thrown) {
      const error = asCloudError(thrown);
      note(`teeserver: ${error.message}`);
      // A token type or field that is not known here is the caller's error there too.
      const status =
        error.status === 'NOT_FOUND' ? 404 : ['INVALID_ARGUMENT', 'UNIMPLEMENTED'].includes(error.status) ? 400 : 500;
      response.writeHead(status, { 'content-type': 'text/html' }).end(error.message);
    }
  });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    close: async () => {
      cancel();
      await closeServer(server);
    },
  };
};
