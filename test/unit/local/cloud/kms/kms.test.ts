import { beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from '#local/cloud/kms/checksum.ts';
import { admin, alice, attested, bytes, DAY_MS, expectRefusal, KEY, RING, setUp, V1 } from '#test/support/local/kms.ts';

let { clock, world, keys, seal, open } = setUp();
beforeEach(() => {
  ({ clock, world, keys, seal, open } = setUp());
});

describe('decrypt refuses', () => {
  const WRONG = /^Decryption failed: verify that 'name' refers to the correct CryptoKey\.$/;

  it.each([
    ['another AAD', () => open(seal(), 'b')],
    ['no AAD', () => keys.decrypt(attested, { name: KEY, ciphertext: seal() })],
    ['no bytes', () => open(Buffer.alloc(0))],
    ['garbage', () => open(Buffer.alloc(100, 7))],
    ['a ciphertext cut short', () => open(seal().subarray(0, 40))],
  ])('%s', (_, run) => {
    expectRefusal(run, 'INVALID_ARGUMENT', WRONG);
  });

  it('a flip of any single byte', () => {
    const good = seal();
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      expectRefusal(() => open(bad), 'INVALID_ARGUMENT', WRONG);
    }
  });

  it('the ciphertext of another key', () => {
    keys.createCryptoKey(admin, RING, 'other', { purpose: 'ENCRYPT_DECRYPT' });
    const name = `${RING}/cryptoKeys/other`;
    world.iam.bind({
      id: 'x',
      resource: `keys/${name}`,
      role: 'roles/cloudkms.cryptoKeyDecrypter',
      members: ['principal://attested'],
    });
    expectRefusal(() => open(seal(), 'a', name), 'INVALID_ARGUMENT', WRONG);
  });

  it('to be given a version by name', () => {
    expectRefusal(() => open(seal(), 'a', V1), 'INVALID_ARGUMENT', /is not a valid CryptoKey\./);
  });

  it('a disabled version, with the reason that Google gives', () => {
    const sealed = seal();
    keys.updateCryptoKeyVersion(admin, V1, 'DISABLED');
    const error = expectRefusal(
      () => open(sealed),
      'FAILED_PRECONDITION',
      /is not enabled, current state is: DISABLED\.$/,
    );
    expect(error.details).toEqual([
      {
        '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
        violations: [{ type: 'KEY_DISABLED', subject: V1 }],
      },
    ]);
    keys.updateCryptoKeyVersion(admin, V1, 'ENABLED');
    expect(open(sealed).plaintext.toString()).toBe('share');
  });
});

describe('permissions', () => {
  it('are asked for each side alone', () => {
    expectRefusal(() => keys.decrypt(alice, { name: KEY, ciphertext: seal() }), 'PERMISSION_DENIED', /useToDecrypt/);
    expectRefusal(
      () => keys.encrypt(attested, { name: KEY, plaintext: bytes('x') }),
      'PERMISSION_DENIED',
      /useToEncrypt/,
    );
  });

  it('let an admin neither encrypt nor decrypt', () => {
    expectRefusal(() => keys.encrypt(admin, { name: KEY, plaintext: bytes('x') }), 'PERMISSION_DENIED', /useToEncrypt/);
  });

  it('hide whether a key exists', () => {
    const name = `${RING}/cryptoKeys/nothing`;
    expectRefusal(
      () => keys.encrypt(alice, { name, plaintext: bytes('x') }),
      'PERMISSION_DENIED',
      /or it may not exist/,
    );
    expectRefusal(() => keys.getCryptoKey(admin, name), 'NOT_FOUND', /CryptoKey .*nothing not found/);
  });

  it('end with a condition', () => {
    world.iam.unbind('dec');
    world.iam.bind({
      id: 'until',
      resource: `keys/${KEY}`,
      role: 'roles/cloudkms.cryptoKeyDecrypter',
      members: ['principal://attested'],
      condition:
        'request.time < timestamp("2026-11-23T00:00:00Z") && resource.type == "cloudkms.googleapis.com/CryptoKey"',
    });
    const sealed = seal();
    expect(open(sealed).plaintext.toString()).toBe('share');
    clock.advance(DAY_MS);
    expectRefusal(() => open(sealed), 'PERMISSION_DENIED', /useToDecrypt/);
  });
});

describe('checksums and limits', () => {
  it('a wrong one is refused with the name of its field', () => {
    const [plaintext, aad] = [bytes('p'), bytes('a')];
    const request = { name: KEY, plaintext, additionalAuthenticatedData: aad };
    const wrong = crc32c(plaintext) ^ 1n;
    expectRefusal(
      () => keys.encrypt(alice, { ...request, plaintextCrc32c: wrong }),
      'INVALID_ARGUMENT',
      /^The checksum in field plaintext_crc32c did not match the data in field plaintext\.$/,
    );
    expectRefusal(
      () => keys.encrypt(alice, { ...request, additionalAuthenticatedDataCrc32c: wrong }),
      'INVALID_ARGUMENT',
      /additional_authenticated_data_crc32c/,
    );
    const ciphertext = seal();
    const decryption = { name: KEY, ciphertext, additionalAuthenticatedData: aad };
    expectRefusal(
      () => keys.decrypt(attested, { ...decryption, ciphertextCrc32c: 0n }),
      'INVALID_ARGUMENT',
      /ciphertext_crc32c/,
    );
    expectRefusal(
      () => keys.decrypt(attested, { ...decryption, additionalAuthenticatedDataCrc32c: 0n }),
      'INVALID_ARGUMENT',
      /additional_authenticated_data_crc32c/,
    );
  });

  it('the standard check value holds', () => {
    expect(crc32c(bytes('123456789'))).toBe(0xe3069283n);
    expect(crc32c(Buffer.alloc(0))).toBe(0n);
  });

  it('64 KiB is allowed, one byte more is not', () => {
    const [full, over] = [Buffer.alloc(65_536), Buffer.alloc(65_537)];
    expect(keys.encrypt(alice, { name: KEY, plaintext: full, additionalAuthenticatedData: full }).name).toBe(V1);
    expectRefusal(() => keys.encrypt(alice, { name: KEY, plaintext: over }), 'INVALID_ARGUMENT', /\[plaintext\]/);
    expectRefusal(
      () => keys.encrypt(alice, { name: KEY, plaintext: bytes(''), additionalAuthenticatedData: over }),
      'INVALID_ARGUMENT',
      /\[additional_authenticated_data\]/,
    );
  });
});
