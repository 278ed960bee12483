import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { bytesOf, KEY, LOCATION, OTHER, plaintext, RING, startKms, V1 } from './kms-fixtures.ts';

let local: Awaited<ReturnType<typeof startKms>>;
beforeAll(async () => {
  local = await startKms();
});
afterAll(() => local.close());

describe('what the local Cloud KMS adds or leaves out', () => {
  it('a ciphertext of another key does not open', async () => {
    const [sealed] = await local.alice.encrypt({ name: KEY, plaintext });
    await expect(local.attested.decrypt({ name: OTHER, ciphertext: bytesOf(sealed.ciphertext) })).rejects.toMatchObject(
      { code: 3, message: expect.stringContaining('Decryption failed') },
    );
  });

  it('asks who calls, and what they may', async () => {
    const stranger = local.clientOf('ya29.unknown');
    await expect(stranger.encrypt({ name: KEY, plaintext })).rejects.toMatchObject({ code: 16 });
    await expect(local.attested.encrypt({ name: KEY, plaintext })).rejects.toMatchObject({
      code: 7,
      message: expect.stringContaining('cloudkms.cryptoKeyVersions.useToEncrypt'),
    });
    await expect(local.alice.encrypt({ name: OTHER, plaintext })).rejects.toMatchObject({ code: 7 });
    await expect(local.alice.getCryptoKey({ name: KEY })).rejects.toMatchObject({ code: 7 });
  });

  it('a version goes through its states, and a disabled one is FAILED_PRECONDITION', async () => {
    const [sealed] = await local.alice.encrypt({ name: KEY, plaintext });
    const ciphertext = bytesOf(sealed.ciphertext);
    const [disabled] = await local.admin.updateCryptoKeyVersion({
      cryptoKeyVersion: { name: V1, state: 'DISABLED' },
      updateMask: { paths: ['state'] },
    });
    expect(disabled.state).toBe('DISABLED');
    await expect(local.attested.decrypt({ name: KEY, ciphertext })).rejects.toMatchObject({
      code: 9,
      message: expect.stringContaining(`${V1} is not enabled, current state is: DISABLED.`),
    });
    const [scheduled] = await local.admin.destroyCryptoKeyVersion({ name: V1 });
    expect(scheduled.state).toBe('DESTROY_SCHEDULED');
    await local.admin.restoreCryptoKeyVersion({ name: V1 });
    await local.admin.updateCryptoKeyVersion({
      cryptoKeyVersion: { name: V1, state: 'ENABLED' },
      updateMask: { paths: ['state'] },
    });
    const [opened] = await local.attested.decrypt({ name: KEY, ciphertext });
    expect(bytesOf(opened.plaintext)).toEqual(plaintext);
  });

  it('rotates, and lists keys and versions by pages', async () => {
    await local.admin.createCryptoKeyVersion({ parent: OTHER, cryptoKeyVersion: {} });
    const [rotated] = await local.admin.updateCryptoKeyPrimaryVersion({ name: OTHER, cryptoKeyVersionId: '2' });
    expect(rotated.primary).toMatchObject({ name: `${OTHER}/cryptoKeyVersions/2`, state: 'ENABLED' });
    const [versions] = await local.admin.listCryptoKeyVersions({ parent: OTHER });
    expect(versions.map((version) => version.name)).toEqual([1, 2].map((id) => `${OTHER}/cryptoKeyVersions/${id}`));
    const [first] = await local.admin.listCryptoKeys({ parent: RING, pageSize: 1 }, { autoPaginate: false });
    expect(first.map((key) => key.name)).toEqual([KEY]);
    const [key] = await local.admin.getCryptoKey({ name: OTHER });
    expect(key).toMatchObject({
      purpose: 'ENCRYPT_DECRYPT',
      versionTemplate: { algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION' },
    });
  });

  it('refuses by name what it does not implement', async () => {
    const refusal = (what: string) => ({ code: 12, message: expect.stringContaining(what) });
    const cryptoKey = { purpose: 'ENCRYPT_DECRYPT' as const };
    await expect(
      local.admin.createCryptoKey({ parent: RING, cryptoKeyId: 'k', cryptoKey: { purpose: 'MAC' } }),
    ).rejects.toMatchObject(refusal('keys of purpose MAC'));
    await expect(
      local.admin.createCryptoKey({
        parent: RING,
        cryptoKeyId: 'k',
        cryptoKey: { ...cryptoKey, rotationPeriod: { seconds: 90_000 } },
      }),
    ).rejects.toMatchObject(refusal('rotationPeriod'));
    await expect(
      local.admin.createCryptoKey({
        parent: RING,
        cryptoKeyId: 'k',
        cryptoKey: { ...cryptoKey, versionTemplate: { protectionLevel: 'HSM' } },
      }),
    ).rejects.toMatchObject(refusal('protection level'));
    await expect(local.admin.listKeyRings({ parent: LOCATION })).rejects.toMatchObject(refusal('GET /v1/'));
    await expect(local.admin.listCryptoKeys({ parent: RING, filter: 'x' })).rejects.toMatchObject(
      refusal('query parameter filter'),
    );
  });

  it.each([
    ['a version for decryption', `${V1}:decrypt`, { ciphertext: 'AA==' }, 400, 'is not a valid CryptoKey.'],
    ['an unknown body field', `${KEY}:encrypt`, { plaintext: 'AA==', padding: true }, 400, 'field padding'],
    ['what is not base64', `${KEY}:encrypt`, { plaintext: '{}' }, 400, "'plaintext'"],
    [
      'a checksum that is no number',
      `${KEY}:encrypt`,
      { plaintext: '', plaintextCrc32c: 'x' },
      400,
      "'plaintextCrc32c'",
    ],
    ['an unknown query parameter', `${KEY}:encrypt?dryRun=1`, { plaintext: '' }, 400, 'query parameter dryRun'],
  ])('a hand-made call with %s is refused', async (_, path, body, status, message) => {
    const token = local.world.iam.issueToken(callerNamed('both', 'user:alice', 'principal://attested'));
    const response = await fetch(`http://localhost:${local.port}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(message);
  });

  it('a planned fault shows as what it is, and is gone', async () => {
    local.world.faults.add({ method: 'kms.encrypt', kind: 'before', status: 'RESOURCE_EXHAUSTED' });
    local.world.faults.add({ method: 'kms.encrypt', kind: 'delay', delayMs: 1 });
    await expect(local.alice.encrypt({ name: KEY, plaintext })).rejects.toMatchObject({ code: 8 });
    await expect(local.alice.encrypt({ name: KEY, plaintext })).resolves.toBeDefined();
    expect(local.world.faults.pending).toEqual([]);
  });
});
