import { KeyManagementServiceClient } from '@google-cloud/kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c } from '#local/cloud/kms/checksum.ts';
import { bytesOf, KEY, plaintext, startKms } from './kms-fixtures.ts';

const REAL_KEY = process.env.KEYTURN_TEST_KMS_KEY;
if (REAL_KEY === undefined)
  console.warn('SKIPPED: the Cloud KMS suite against a real key (set KEYTURN_TEST_KMS_KEY to a full CryptoKey name)');

const aad = Buffer.from('keyturn/v1/0123/alice');
const value = (bytes: Buffer) => ({ value: String(crc32c(bytes)) });
const INVALID_ARGUMENT = 3;

/** Holds of Cloud KMS as of ours. `target` gives a client that may do both and the key's name. */
const both = (
  target: () => { encrypter: KeyManagementServiceClient; decrypter: KeyManagementServiceClient; name: string },
) => {
  const seal = async () => {
    const { encrypter, name } = target();
    const [sealed] = await encrypter.encrypt({ name, plaintext, additionalAuthenticatedData: aad });
    return bytesOf(sealed.ciphertext);
  };

  it('encrypts and decrypts with additional data and checksums both ways', async () => {
    const { encrypter, decrypter, name } = target();
    const [sealed] = await encrypter.encrypt({
      name,
      plaintext,
      plaintextCrc32c: value(plaintext),
      additionalAuthenticatedData: aad,
      additionalAuthenticatedDataCrc32c: value(aad),
    });
    const ciphertext = bytesOf(sealed.ciphertext);
    expect(sealed.verifiedPlaintextCrc32c).toBe(true);
    expect(sealed.verifiedAdditionalAuthenticatedDataCrc32c).toBe(true);
    expect(sealed.ciphertextCrc32c).toEqual(value(ciphertext));
    expect(sealed.name).toMatch(/\/cryptoKeyVersions\/\d+$/);
    expect(ciphertext.includes(plaintext)).toBe(false);
    const [opened] = await decrypter.decrypt({
      name,
      ciphertext,
      ciphertextCrc32c: value(ciphertext),
      additionalAuthenticatedData: aad,
      additionalAuthenticatedDataCrc32c: value(aad),
    });
    expect(bytesOf(opened.plaintext)).toEqual(plaintext);
    expect(opened.plaintextCrc32c).toEqual(value(plaintext));
    expect(opened.usedPrimary).toBe(true);
  });

  it('does not claim to have verified a checksum that was not sent', async () => {
    const { encrypter, name } = target();
    const [sealed] = await encrypter.encrypt({ name, plaintext });
    expect(sealed.verifiedPlaintextCrc32c).toBe(false);
    expect(sealed.verifiedAdditionalAuthenticatedDataCrc32c).toBe(false);
  });

  it('opens with the very same additional data only', async () => {
    const { decrypter, name } = target();
    const ciphertext = await seal();
    for (const other of [
      Buffer.from('keyturn/v1/0124/alice'),
      Buffer.concat([aad, Buffer.from('\n')]),
      Buffer.alloc(0),
    ])
      await expect(decrypter.decrypt({ name, ciphertext, additionalAuthenticatedData: other })).rejects.toMatchObject({
        code: INVALID_ARGUMENT,
        message: expect.stringContaining("Decryption failed: verify that 'name' refers to the correct CryptoKey."),
      });
  });

  it('refuses garbage as it refuses a wrong key', async () => {
    const { decrypter, name } = target();
    await expect(decrypter.decrypt({ name, ciphertext: Buffer.alloc(80, 1) })).rejects.toMatchObject({
      code: INVALID_ARGUMENT,
      message: expect.stringContaining('Decryption failed'),
    });
  });

  it('refuses a checksum that does not match', async () => {
    const { encrypter, decrypter, name } = target();
    await expect(encrypter.encrypt({ name, plaintext, plaintextCrc32c: { value: 1 } })).rejects.toMatchObject({
      code: INVALID_ARGUMENT,
      message: expect.stringContaining(
        'The checksum in field plaintext_crc32c did not match the data in field plaintext.',
      ),
    });
    await expect(
      decrypter.decrypt({ name, ciphertext: await seal(), ciphertextCrc32c: { value: 1 } }),
    ).rejects.toMatchObject({ code: INVALID_ARGUMENT, message: expect.stringContaining('ciphertext_crc32c') });
  });

  it('refuses to be given a version for decryption', async () => {
    const { decrypter, name } = target();
    // Over REST the client has no path for it; the test below asks the server itself.
    await expect(decrypter.decrypt({ name: `${name}/cryptoKeyVersions/1`, ciphertext: await seal() })).rejects.toThrow(
      /Cannot build HTTP request/,
    );
  });

  it('refuses more than 64 KiB', async () => {
    const { encrypter, name } = target();
    await expect(encrypter.encrypt({ name, plaintext: Buffer.alloc(65_537) })).rejects.toMatchObject({
      code: INVALID_ARGUMENT,
    });
  });
};

describe('the local Cloud KMS, by the official client', () => {
  let local: Awaited<ReturnType<typeof startKms>>;
  beforeAll(async () => {
    local = await startKms();
  });
  afterAll(() => local.close());

  both(() => ({ encrypter: local.alice, decrypter: local.attested, name: KEY }));
});

describe.skipIf(REAL_KEY === undefined)('the real Cloud KMS', () => {
  let client: KeyManagementServiceClient;
  beforeAll(() => {
    client = new KeyManagementServiceClient({ fallback: true });
  });
  afterAll(() => client.close());

  both(() => ({ encrypter: client, decrypter: client, name: REAL_KEY ?? '' }));
});
