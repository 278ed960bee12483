import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTeeServer } from '#local/cloud/identity/teeserver.ts';
import { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import { verifierRest } from '#local/cloud/identity/verifier-rest.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { instance, letAttest, oidc, pki } from '#test/support/local/identity.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-tee-'));
const socketPath = join(folder, 'tee.sock');
const tokenPath = join(folder, 'token');
const world = createWorld();
const closing: (() => Promise<void>)[] = [];
let verifierPort = 0;

beforeAll(async () => {
  letAttest(world);
  const verifier = new AttestationVerifier(world, { oidc, pki });
  const documents = verifierRest(verifier);
  verifierPort = await listen(documents);
  const server = await startTeeServer({ socketPath, tokenPath, verifier, claims: () => instance });
  closing.push(
    () => closeServer(documents),
    () => server.close(),
  );
});

afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  rmSync(folder, { recursive: true });
});

/** What the workload does: HTTP over the launcher's socket. */
const tee = (method: string, body?: unknown, path = '/v1/token') =>
  new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
    const call = request({ socketPath, path, method }, async (response) => {
      const type = response.headers['content-type'] ?? '';
      resolve({ status: response.statusCode ?? 0, type, text: await text(response) });
    });
    call.once('error', reject);
    call.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });

describe('the teeserver', () => {
  const custom = { audience: 'keyturn/v1/seal', token_type: 'OIDC', nonces: ['n'.repeat(64)] };

  it.each<[string, string, unknown, RegExp]>([
    ['an unknown field', 'POST', { ...custom, extra: 1 }, /does not implement teeserver: token: field extra/],
    ['no audience', 'POST', { ...custom, audience: undefined }, /^use GET request for the default identity token$/],
    ['no type', 'POST', { ...custom, token_type: undefined }, /^token_type is a required parameter$/],
    ['an AWS type', 'POST', { ...custom, token_type: 'LIMITED_AWS' }, /token type LIMITED_AWS/],
    ['a short nonce', 'POST', { ...custom, nonces: ['short'] }, /10 to 74 bytes/],
    ['nonces of another type', 'POST', { ...custom, nonces: [1] }, /'nonces\.0'/],
    ['what is not JSON', 'POST', '{', /failed to parse/],
    ['another method', 'PUT', custom, /invalid HTTP method: PUT/],
  ])('refuses %s with 400', async (_, method, body, message) => {
    const reply = await tee(method, body);
    expect(reply.status).toBe(400);
    expect(reply.text).toMatch(message);
  });

  it('has no other paths', async () => {
    expect((await tee('GET', undefined, '/v1/evidence')).status).toBe(404);
  });

  it('gives a raw token as text/html, for the audience and nonces asked for', async () => {
    const reply = await tee('POST', custom);
    expect(reply).toMatchObject({ status: 200, type: 'text/html' });
    expect(decodeJwt(reply.text)).toMatchObject({ aud: 'keyturn/v1/seal', eat_nonce: 'n'.repeat(64) });
  });

  it('says 500 when the attestation service fails', async () => {
    world.faults.add({ method: 'attestation.token', kind: 'before' });
    expect((await tee('GET')).status).toBe(500);
    expect((await tee('GET')).status).toBe(200);
  });

  it('keeps a token file that verifies by discovery', async () => {
    const issuer = `http://localhost:${verifierPort}`;
    const documentAt = async (path: string) =>
      z.record(z.string(), z.unknown()).parse(await (await fetch(`${issuer}/.well-known/${path}`)).json());
    const discovery = await documentAt('openid-configuration');
    expect(discovery).toMatchObject({ issuer: 'https://confidentialcomputing.googleapis.com' });
    const { payload } = await jwtVerify(
      readFileSync(tokenPath, 'utf8'),
      createRemoteJWKSet(new URL(String(discovery.jwks_uri))),
    );
    expect(payload.aud).toBe('https://sts.googleapis.com');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const { root_ca_uri } = await documentAt('attestation-pki-root');
    expect(await (await fetch(String(root_ca_uri))).text()).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });

  it('refreshes the file at 0.8 of its life, and does not start where the account may not attest', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 10, 22));
    const other = createWorld({ clock });
    const verifier = new AttestationVerifier(other, { oidc, pki });
    const paths = { socketPath: join(folder, 'b.sock'), tokenPath: join(folder, 'b') };
    const start = () => startTeeServer({ ...paths, verifier, claims: () => instance });
    await expect(start()).rejects.toThrow(/challenges\.verify/);
    letAttest(other);
    const server = await start();
    const issued = () => decodeJwt(readFileSync(paths.tokenPath, 'utf8')).iat;
    const first = clock.now() / 1000;
    clock.advance(2_879_000);
    expect(issued()).toBe(first);
    other.faults.add({ method: 'attestation.token', kind: 'before' });
    clock.advance(1_000);
    expect(issued()).toBe(first);
    clock.advance(60_000);
    expect(issued()).toBe(first + 2940);
    await server.close();
    clock.advance(3_600_000);
    expect(issued()).toBe(first + 2940);
  });
});
