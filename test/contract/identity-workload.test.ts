import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { IdentityPoolClient } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
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
import { ACCOUNT, DIGEST, letAttest, instance as production } from '#test/support/local/identity.ts';

const POOL = 'projects/555/locations/global/workloadIdentityPools/alice';
const RING = 'projects/alice-project/locations/global/keyRings/keyturn';
const KEY = `${RING}/cryptoKeys/release`;

const folder = mkdtempSync(join(tmpdir(), 'keyturn-tee-'));
const socketPath = join(folder, 'tee.sock');
const world = createWorld();
const keys = new Keys(world);
let instance = production;
let stsPort = 0;
let kmsPort = 0;
const closing: (() => Promise<void>)[] = [];

/** What the workload does: the launcher's token over its socket. */
const launcherToken = () =>
  new Promise<string>((resolve, reject) => {
    const call = request({ socketPath, path: '/v1/token' }, (response) => resolve(text(response)));
    call.once('error', reject);
    call.end();
  });

const poolClient = () =>
  new IdentityPoolClient({
    type: 'external_account',
    audience: `//iam.googleapis.com/${POOL}/providers/attestation`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `http://localhost:${stsPort}/v1/token`,
    subject_token_supplier: { getSubjectToken: launcherToken },
  });

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
  const bind = (id: string, resource: string, role: string, member: string) =>
    world.iam.bind({ id, resource, role, members: [member] });
  letAttest(world);
  bind('admin', 'projects/alice-project', 'roles/cloudkms.admin', 'user:alice');
  bind('encrypt', `keys/${KEY}`, 'roles/cloudkms.cryptoKeyEncrypter', 'user:alice');
  bind(
    'image',
    `keys/${KEY}`,
    'roles/cloudkms.cryptoKeyDecrypter',
    `principalSet://iam.googleapis.com/${POOL}/attribute.image_digest/${DIGEST}`,
  );
  const alice = callerNamed('user:alice');
  keys.createKeyRing(alice, 'projects/alice-project/locations/global', 'keyturn');
  keys.createCryptoKey(alice, RING, 'release', { purpose: 'ENCRYPT_DECRYPT' });

  const [stsServer, kmsServer] = [stsRest(sts), kmsRest(world, keys)];
  stsPort = await listen(stsServer);
  kmsPort = await listen(kmsServer);
  closing.push(...[stsServer, kmsServer].map((server) => () => closeServer(server)));
  const teeServer = await startTeeServer({ socketPath, verifier, claims: () => instance });
  closing.push(() => teeServer.close());
});

afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  rmSync(folder, { recursive: true });
});

describe('from attestation to a share, by unmodified clients', () => {
  const aad = Buffer.from('keyturn/v1/0123/alice');
  const open = async () => {
    const { ciphertext } = keys.encrypt(callerNamed('user:alice'), {
      name: KEY,
      plaintext: Buffer.from('share'),
      additionalAuthenticatedData: aad,
    });
    const client = new KeyManagementServiceClient({
      apiEndpoint: 'localhost',
      port: kmsPort,
      fallback: true,
      protocol: 'http',
      authClient: poolClient(),
      projectId: 'alice-project',
    });
    try {
      const [opened] = await client.decrypt({ name: KEY, ciphertext, additionalAuthenticatedData: aad });
      return Buffer.from(opened.plaintext ?? '').toString();
    } finally {
      await client.close();
    }
  };
  const as = async <T>(over: Partial<InstanceClaims>, run: () => Promise<T>): Promise<T> => {
    instance = { ...production, ...over };
    try {
      return await run();
    } finally {
      instance = production;
    }
  };

  it('the accepted image decrypts', async () => {
    expect(await open()).toBe('share');
  });

  it('another image is a principal without rights', async () => {
    await expect(as({ imageDigest: `sha256:${'ee'.repeat(32)}` }, open)).rejects.toMatchObject({
      code: 7,
      message: expect.stringContaining('cloudkms.cryptoKeyVersions.useToDecrypt'),
    });
  });

  it('a debug image is refused by STS, for good', async () => {
    await expect(
      as({ dbgstat: 'enabled', supportAttributes: [] }, () => poolClient().getAccessToken()),
    ).rejects.toThrow(/unauthorized_client.*The given credential is rejected by the attribute condition\./);
  });

  it('a token lives as long as STS says', async () => {
    const client = poolClient();
    const before = Date.now();
    const { token } = await client.getAccessToken();
    expect(token).toMatch(/^ya29\.local-/);
    const expires = client.credentials.expiry_date ?? 0;
    expect(expires - before).toBeGreaterThan(3_590_000);
    expect(expires - before).toBeLessThan(3_610_000);
  });

  it('STS answers OAuth errors as JSON, and refuses what it does not know', async () => {
    const post = async (body: string, path = '/v1/token') => {
      const response = await fetch(`http://localhost:${stsPort}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      return { status: response.status, body: await response.json() };
    };
    expect(await post('grant_type=x')).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await post('scope=a&scope=b')).toMatchObject({
      status: 400,
      body: { error_description: 'A field is repeated.' },
    });
    expect(await post('', '/v1/introspect')).toMatchObject({ status: 400 });
  });
});
