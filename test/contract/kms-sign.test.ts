import { createHash, createPublicKey, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from '#adapters/calls/crc32c.ts';
import { signerPort } from '#adapters/kms/sign.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { clientOf, eagerly, failureOf } from './adapter-kit.ts';
import { bytesOf, KEY, RING, startKms } from './kms-fixtures.ts';

const REAL_VERSION = process.env.KEYTURN_TEST_KMS_SIGN_VERSION;
if (REAL_VERSION === undefined)
  console.warn(
    'SKIPPED: signing by a real Cloud KMS key (set KEYTURN_TEST_KMS_SIGN_VERSION to a CryptoKeyVersion of EC_SIGN_P256_SHA256)',
  );

const INVALID_ARGUMENT = 3;
const said = Buffer.from('16:keyturn-event-v1,1:a,');
const digest = createHash('sha256').update(said).digest();
const value = (bytes: Uint8Array) => ({ value: String(crc32c(bytes)) });

/** Holds of Cloud KMS as of ours. `target` gives a client that may sign and see the public key. */
const both = (target: () => { client: KeyManagementServiceClient; name: string }) => {
  it('signs a digest with checksums both ways, each time otherwise, and openssl takes it', async () => {
    const { client, name } = target();
    const [key] = await client.getPublicKey({ name });
    expect(key).toMatchObject({ name, algorithm: 'EC_SIGN_P256_SHA256', pemCrc32c: value(Buffer.from(key.pem ?? '')) });
    const signatures = new Set<string>();
    for (let n = 0; n < 3; n++) {
      const [answer] = await client.asymmetricSign({ name, digest: { sha256: digest }, digestCrc32c: value(digest) });
      const signature = bytesOf(answer.signature);
      expect(answer).toMatchObject({ name, verifiedDigestCrc32c: true, signatureCrc32c: value(signature) });
      expect(verify('sha256', said, createPublicKey(key.pem ?? ''), signature)).toBe(true);
      signatures.add(signature.toString('hex'));
    }
    expect(signatures.size).toBe(3);
  });

  it('does not claim to have verified a checksum that was not sent, and refuses a wrong one', async () => {
    const { client, name } = target();
    const [answer] = await client.asymmetricSign({ name, digest: { sha256: digest } });
    expect(answer.verifiedDigestCrc32c).toBe(false);
    await expect(
      client.asymmetricSign({ name, digest: { sha256: digest }, digestCrc32c: { value: 1 } }),
    ).rejects.toMatchObject({ code: INVALID_ARGUMENT, message: expect.stringContaining('digest_crc32c') });
  });

  it('refuses a digest of another length', async () => {
    const { client, name } = target();
    await expect(client.asymmetricSign({ name, digest: { sha256: digest.subarray(1) } })).rejects.toMatchObject({
      code: INVALID_ARGUMENT,
    });
  });
};

const EVENTS = `${RING}/cryptoKeys/events`;
const [V1, V2] = [1, 2].map((n) => `${EVENTS}/cryptoKeyVersions/${n}`) as [string, string];

let local: Awaited<ReturnType<typeof startKms>>;
const servers: Server[] = [];
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  local = await startKms();
  const cryptoKey = { purpose: 'ASYMMETRIC_SIGN', versionTemplate: { algorithm: 'EC_SIGN_P256_SHA256' } } as const;
  await local.admin.createCryptoKey({ parent: RING, cryptoKeyId: 'events', cryptoKey });
  const bind = (id: string, role: string, member: string) =>
    local.world.iam.bind({ id, resource: `keys/${EVENTS}`, role, members: [member] });
  bind('sign', 'roles/cloudkms.signer', 'user:finalize');
  bind('see', 'roles/cloudkms.publicKeyViewer', 'user:finalize');
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await Promise.all(servers.map(closeServer));
  await local.close();
});
beforeEach(() => local.world.faults.clear());

const finalize = () => local.clientFor('user:finalize');
const portOf = (who: string, endpoint = `http://localhost:${local.port}`) => {
  const port = signerPort({ projectId: 'p', authClient: clientOf(local.world, who), endpoint }, eagerly);
  closing.push(() => port.close());
  return port;
};

describe('the local Cloud KMS, by the official client', () => {
  both(() => ({ client: finalize(), name: V1 }));

  it('says what kind of key it is, which has no primary version', async () => {
    const [key] = await local.admin.getCryptoKey({ name: EVENTS });
    expect(key).toMatchObject({
      purpose: 'ASYMMETRIC_SIGN',
      versionTemplate: { algorithm: 'EC_SIGN_P256_SHA256' },
      primary: null,
    });
  });

  it('a second version has another key, and a disabled one signs no more', async () => {
    await local.admin.createCryptoKeyVersion({ parent: EVENTS, cryptoKeyVersion: {} });
    const [first, second] = await Promise.all([V1, V2].map((name) => finalize().getPublicKey({ name })));
    expect(second?.[0].pem).not.toBe(first?.[0].pem);
    const state = (name: 'ENABLED' | 'DISABLED') =>
      local.admin.updateCryptoKeyVersion({
        cryptoKeyVersion: { name: V2, state: name },
        updateMask: { paths: ['state'] },
      });
    await state('DISABLED');
    await expect(finalize().asymmetricSign({ name: V2, digest: { sha256: digest } })).rejects.toMatchObject({
      code: 9,
    });
    await state('ENABLED');
  });

  it('whoever has no right to sign signs nothing, and a key does only what it is for', async () => {
    await expect(
      local.clientFor('user:alice').asymmetricSign({ name: V1, digest: { sha256: digest } }),
    ).rejects.toMatchObject({ code: 7, message: expect.stringContaining('cloudkms.cryptoKeyVersions.useToSign') });
    await expect(local.admin.asymmetricSign({ name: V1, digest: { sha256: digest } })).rejects.toMatchObject({
      code: 7,
    });
    local.world.iam.bind({
      id: 'both',
      resource: 'projects/alice-project',
      role: 'roles/cloudkms.signer',
      members: ['user:alice'],
    });
    await expect(
      local.clientFor('user:alice').asymmetricSign({
        name: `${KEY}/cryptoKeyVersions/1`,
        digest: { sha256: digest },
      }),
    ).rejects.toMatchObject({ code: 9 });
  });
});

describe.skipIf(REAL_VERSION === undefined)('the real Cloud KMS', () => {
  let client: KeyManagementServiceClient;
  beforeAll(() => {
    client = new KeyManagementServiceClient({ fallback: true });
  });
  afterAll(() => client.close());
  both(() => ({ client, name: REAL_VERSION ?? '' }));
});

describe('the adapter', () => {
  it('gives a signature that the public key of the version verifies', async () => {
    const [{ pem }] = await finalize().getPublicKey({ name: V1 });
    const signature = await portOf('user:finalize').sign(V1, digest);
    expect(verify('sha256', said, createPublicKey(pem ?? ''), signature)).toBe(true);
  });

  it('waits out a hiccup', async () => {
    local.world.faults.add({ method: 'kms.asymmetricSign', kind: 'before' });
    expect((await portOf('user:finalize').sign(V1, digest)).length).toBeGreaterThan(60);
    expect(local.world.faults.pending).toEqual([]);
  });

  it.each([
    ['verified nothing', {}],
    ['gives no checksum', { verifiedDigestCrc32c: true, signatureCrc32c: undefined }],
    ['gives another checksum', { verifiedDigestCrc32c: true, signatureCrc32c: '1' }],
    ['answers for another version', { verifiedDigestCrc32c: true, name: V2 }],
    ['gives no signature', { verifiedDigestCrc32c: true, signature: undefined }],
  ])('takes nothing where KMS %s', async (_, over) => {
    const signature = Buffer.from('AAAA', 'base64');
    const body = { name: V1, signature: 'AAAA', signatureCrc32c: String(crc32c(signature)), ...over };
    const liar = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    servers.push(liar);
    const port = portOf('user:finalize', `http://127.0.0.1:${await listen(liar)}`);
    expect(await failureOf(port.sign(V1, digest))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });

  it('tries again where the digest was damaged on the way there', async () => {
    const answers = [
      [
        400,
        {
          error: {
            code: 400,
            status: 'INVALID_ARGUMENT',
            message: 'The checksum in field digest_crc32c did not match',
          },
        },
      ],
      [
        200,
        {
          name: V1,
          signature: 'AAAA',
          signatureCrc32c: String(crc32c(Buffer.from('AAAA', 'base64'))),
          verifiedDigestCrc32c: true,
        },
      ],
    ] as const;
    let asked = 0;
    const noisy = createServer((_request, response) => {
      const [status, body] = answers[asked++] ?? answers[1];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    servers.push(noisy);
    const port = portOf('user:finalize', `http://127.0.0.1:${await listen(noisy)}`);
    expect(Buffer.from(await port.sign(V1, digest))).toEqual(Buffer.from('AAAA', 'base64'));
    expect(asked).toBe(2);
  });

  it('a disabled version is not there for now, and comes again', async () => {
    const state = (name: 'ENABLED' | 'DISABLED') =>
      local.admin.updateCryptoKeyVersion({
        cryptoKeyVersion: { name: V1, state: name },
        updateMask: { paths: ['state'] },
      });
    await state('DISABLED');
    expect(await failureOf(portOf('user:finalize').sign(V1, digest))).toMatchObject({ code: 'UNAVAILABLE' });
    await state('ENABLED');
    expect((await portOf('user:finalize').sign(V1, digest)).length).toBeGreaterThan(60);
  });

  it('says who may not, and that nobody answers', async () => {
    expect(await failureOf(portOf('user:bob').sign(V1, digest))).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await failureOf(portOf('user:finalize', 'http://localhost:1').sign(V1, digest))).toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
});
