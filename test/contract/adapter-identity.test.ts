import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as bodyOf } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attestationPort } from '#adapters/identity/attestation.ts';
import { ensureToken, federatedClient, tokenFileClient } from '#adapters/identity/identity.ts';
import { Sts } from '#local/cloud/identity/sts.ts';
import { stsRest } from '#local/cloud/identity/sts-rest.ts';
import { startTeeServer } from '#local/cloud/identity/teeserver.ts';
import { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import { Keys } from '#local/cloud/kms/keys.ts';
import { kmsRest } from '#local/cloud/kms/rest.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { attestationCondition, attestationMapping } from '#schemas/attestation-condition.ts';
import { releaseKeysPort } from '#test/support/adapters/release-keys.ts';
import { ACCOUNT, DIGEST, letAttest, instance as production } from '#test/support/local/identity.ts';
import { eagerly, failureOf, grant } from './adapter-kit.ts';

const POOL = 'projects/555/locations/global/workloadIdentityPools/alice';
const AUDIENCE = `//iam.googleapis.com/${POOL}/providers/attestation`;
const RING = 'projects/alice-project/locations/global/keyRings/keyturn';
const KEY = `${RING}/cryptoKeys/release`;
const AAD = 'keyturn/v1/0123/alice';

const launcherDir = mkdtempSync(join(tmpdir(), 'keyturn-tee-'));
const world = createWorld();
const keys = new Keys(world);
const servers: Server[] = [];
const closing: (() => Promise<void>)[] = [];
let instance = production;
let tokenUrl = '';
let kms = '';
const attestation = attestationPort({ launcherDir }, eagerly);

beforeAll(async () => {
  const verifier = await AttestationVerifier.create(world);
  const sts = new Sts(world, new Map([[verifier.issuer, () => verifier.jwks()]]));
  sts.register({
    projectNumber: '555',
    pool: 'alice',
    provider: 'attestation',
    issuer: verifier.issuer,
    allowedAudiences: ['https://sts.googleapis.com'],
    attributeMapping: attestationMapping(),
    attributeCondition: attestationCondition({
      projectNumber: '123456789012',
      serviceAccount: ACCOUNT,
      allowedEnv: ['KEYTURN_TURN'],
    }),
  });
  letAttest(world);
  grant(world, 'user:alice', 'roles/cloudkms.admin', 'projects/alice-project');
  grant(world, 'user:alice', 'roles/cloudkms.cryptoKeyEncrypter', `keys/${KEY}`);
  const image = `principalSet://iam.googleapis.com/${POOL}/attribute.image_digest/${DIGEST}`;
  grant(world, image, 'roles/cloudkms.cryptoKeyDecrypter', `keys/${KEY}`);
  const alice = callerNamed('user:alice');
  keys.createKeyRing(alice, 'projects/alice-project/locations/global', 'keyturn');
  keys.createCryptoKey(alice, RING, 'release', { purpose: 'ENCRYPT_DECRYPT' });
  servers.push(stsRest(sts), kmsRest(world, keys));
  const [stsPort, kmsPort] = await Promise.all(servers.map((server) => listen(server)));
  tokenUrl = `http://localhost:${stsPort}/v1/token`;
  kms = `http://localhost:${kmsPort}`;
  const tee = await startTeeServer({
    socketPath: join(launcherDir, 'teeserver.sock'),
    tokenPath: join(launcherDir, 'attestation_verifier_claims_token'),
    verifier,
    claims: () => instance,
  });
  closing.push(() => tee.close());
});
afterAll(async () => {
  await Promise.all([...servers.map(closeServer), ...closing.map((close) => close())]);
  rmSync(launcherDir, { recursive: true });
});
beforeEach(() => {
  instance = production;
  world.faults.clear();
});

/** A default token of this moment; the file holds one from before. */
const launcherToken = () =>
  new Promise<string>((resolve, reject) => {
    const call = request({ socketPath: join(launcherDir, 'teeserver.sock'), path: '/v1/token' }, (response) =>
      resolve(bodyOf(response)),
    );
    call.once('error', reject);
    call.end();
  });

const federated = (audience = AUDIENCE) =>
  federatedClient({ audience, tokenUrl, subjectToken: () => attestation.defaultToken() });

describe('attestation', () => {
  it('asks for a token with audience, nonce and type', async () => {
    const nonce = 'n'.repeat(64);
    const claims = decodeJwt(await attestation.token({ audience: 'keyturn/v1/seal', nonce, type: 'OIDC' }));
    expect(claims).toMatchObject({ aud: 'keyturn/v1/seal', eat_nonce: nonce });
    const pki = await attestation.token({ audience: 'keyturn/v1/seal', nonce, type: 'PKI' });
    expect(JSON.parse(Buffer.from(pki.split('.')[0] ?? '', 'base64url').toString()).x5c).toHaveLength(3);
  });

  it('refuses a nonce that the service would not take', async () => {
    for (const nonce of ['n'.repeat(9), 'n'.repeat(75)])
      expect(await failureOf(attestation.token({ audience: 'a', nonce, type: 'OIDC' }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        field: 'nonce',
      });
  });

  it.each([
    ['that was asked for before', { audience: 'keyturn/v1/seal', nonce: 'o'.repeat(64) }],
    ['for another audience', { audience: 'keyturn/v1/time', nonce: 'n'.repeat(64) }],
  ])('threat 84: takes no token %s', async (_, other) => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-tee-'));
    const old = await attestation.token({ ...other, type: 'OIDC' });
    const replaying = createServer((_request, response) => response.end(old));
    await new Promise<void>((resolve) => replaying.listen(join(folder, 'teeserver.sock'), resolve));
    const port = attestationPort({ launcherDir: folder }, eagerly);
    const asked = { audience: 'keyturn/v1/seal', nonce: 'n'.repeat(64), type: 'OIDC' as const };
    const failure = await failureOf(port.token(asked));
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('of another question') });
    expect(failure.message).not.toContain(old);
    await closeServer(replaying);
    rmSync(folder, { recursive: true });
  });

  it('gives the launcher default token', async () => {
    expect(decodeJwt(await attestation.defaultToken())).toMatchObject({ aud: 'https://sts.googleapis.com' });
  });

  it.each([
    ['is not there', undefined, 'NOT_FOUND'],
    ['is down for good', { status: 500, body: 'x' }, 'UNAVAILABLE'],
    ['refuses', { status: 400, body: 'no' }, 'INVALID_ARGUMENT'],
    ['answers nonsense', { status: 200, body: '<html>' }, 'UNAVAILABLE'],
  ])('says so where the launcher %s', async (_what, answer, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-tee-'));
    const fake = createServer((_, response) => response.writeHead(answer?.status ?? 500).end(answer?.body));
    if (answer !== undefined)
      await new Promise<void>((resolve) => fake.listen(join(folder, 'teeserver.sock'), resolve));
    const port = attestationPort({ launcherDir: folder }, eagerly);
    const failure = await failureOf(port.token({ audience: 'a', nonce: 'n'.repeat(10), type: 'OIDC' }));
    expect(failure.code).toBe(code);
    if (answer !== undefined) await closeServer(fake);
    rmSync(folder, { recursive: true });
  });
});

describe('the attested identity', () => {
  const opened = async (audience?: string) => {
    const { ciphertext } = keys.encrypt(callerNamed('user:alice'), {
      name: KEY,
      plaintext: Buffer.from('share'),
      additionalAuthenticatedData: Buffer.from(AAD),
    });
    const map = new Map([['alice', { key: KEY, authClient: federated(audience) }]]);
    const port = releaseKeysPort({ keys: map, endpoint: kms }, eagerly);
    return port.decrypt('alice', ciphertext, AAD);
  };

  it('opens a release key', async () => {
    expect(await opened()).toEqual({ kind: 'plaintext', bytes: new TextEncoder().encode('share') });
  });

  it('is refused for good where the condition is false, and blames no holder for that', async () => {
    instance = { ...production, envOverride: { KEYTURN_TURN: 'hot/1', NODE_OPTIONS: '--inspect' } };
    const token = await launcherToken();
    const bad = federatedClient({ audience: AUDIENCE, tokenUrl, subjectToken: async () => token });
    const refusal = await failureOf(ensureToken(bad, 'for alice', eagerly));
    expect(refusal).toMatchObject({
      code: 'ATTESTATION_REFUSED',
      message: 'sts: exchange for alice: HTTP 400 unauthorized_client',
    });
    expect(refusal.message).not.toContain(token);
    const map = new Map([['alice', { key: KEY, authClient: bad }]]);
    const port = releaseKeysPort({ keys: map, endpoint: kms }, eagerly);
    expect(await port.decrypt('alice', new Uint8Array(40), AAD)).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(/^ATTESTATION_REFUSED/),
    });
  });

  it('is refused for good where STS takes the token itself for no grant, and no login is advised', async () => {
    const evidence = await attestation.token({ audience: 'keyturn/v1/seal', nonce: 'n'.repeat(64), type: 'OIDC' });
    const other = federatedClient({ audience: AUDIENCE, tokenUrl, subjectToken: async () => evidence });
    expect(await failureOf(ensureToken(other, 'for alice', eagerly))).toMatchObject({
      code: 'ATTESTATION_REFUSED',
      message: 'sts: exchange for alice: HTTP 400 invalid_grant',
    });
  });

  it('has no key of a pool that does not exist', async () => {
    expect(await opened(AUDIENCE.replace('/alice/', '/nobody/'))).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(/^ATTESTATION_REFUSED/),
    });
  });

  it('says that an API is switched off, as the front end of Google answers it', async () => {
    const off = createServer((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          error: {
            code: 403,
            message: 'Security Token Service API has not been used in project 555 before or it is disabled.',
            status: 'PERMISSION_DENIED',
            details: [
              {
                '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
                reason: 'SERVICE_DISABLED',
                domain: 'googleapis.com',
                metadata: { service: 'sts.googleapis.com' },
              },
            ],
          },
        }),
      );
    });
    try {
      const client = federatedClient({
        audience: AUDIENCE,
        tokenUrl: `http://localhost:${await listen(off)}/v1/token`,
        subjectToken: async () => 'x',
      });
      expect(await failureOf(ensureToken(client, 'for alice', eagerly))).toMatchObject({
        code: 'PERMISSION_DENIED',
        message: 'sts: exchange for alice: HTTP 403 SERVICE_DISABLED',
      });
    } finally {
      await closeServer(off);
    }
  });

  it('waits out a hiccup of the exchange', async () => {
    world.faults.add({ method: 'sts.token', kind: 'before' });
    await ensureToken(federated(), 'for alice', eagerly);
    expect(world.faults.pending).toEqual([]);
  });
});

describe('a token file', () => {
  it.each([
    ['ya29.local-1\n', 'Bearer ya29.local-1'],
    ['ya29.local-1', 'Bearer ya29.local-1'],
  ])('is sent as it stands', async (text, sent) => {
    const path = join(launcherDir, 'token');
    writeFileSync(path, text);
    expect((await tokenFileClient(path).getRequestHeaders()).get('authorization')).toBe(sent);
  });

  it.each(['', 'two lines\nof text', '{"access_token":"x"}'])('is refused where it holds %j', (text) => {
    const path = join(launcherDir, 'token');
    writeFileSync(path, text);
    expect(() => tokenFileClient(path)).toThrow(`${path} holds no access token`);
  });

  it('is refused where it is missing', () => {
    expect(() => tokenFileClient(join(launcherDir, 'none'))).toThrow(/no access token can be read/);
  });
});
