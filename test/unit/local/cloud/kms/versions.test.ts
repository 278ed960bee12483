import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Keys } from '#local/cloud/kms/keys.ts';
import { FileJournal } from '#local/cloud/runtime/journal.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import {
  admin,
  alice,
  attested,
  bytes,
  DAY_MS,
  expectRefusal,
  grant,
  KEY,
  LOCATION,
  RING,
  setUp,
  V1,
} from '#test/support/local/kms.ts';

let { clock, world, keys, seal, open } = setUp();
beforeEach(() => {
  ({ clock, world, keys, seal, open } = setUp());
});

describe('versions', () => {
  it('an old one still opens after rotation, and says that it is not primary', () => {
    const sealed = seal();
    keys.createCryptoKeyVersion(admin, KEY);
    expect(keys.encrypt(alice, { name: KEY, plaintext: bytes('x') }).name).toBe(V1);
    keys.updateCryptoKeyPrimaryVersion(admin, KEY, '2');
    expect(keys.encrypt(alice, { name: KEY, plaintext: bytes('x') }).name).toBe(`${KEY}/cryptoKeyVersions/2`);
    expect(open(sealed)).toMatchObject({ usedPrimary: false });
    expect(open(seal())).toMatchObject({ usedPrimary: true });
    expect(keys.encrypt(alice, { name: V1, plaintext: bytes('x') }).name).toBe(V1);
  });

  it('destruction can be undone until its time, then never', () => {
    const sealed = seal();
    expect(keys.destroyCryptoKeyVersion(admin, V1)).toMatchObject({
      state: 'DESTROY_SCHEDULED',
      destroyMs: clock.now() + 30 * DAY_MS,
    });
    expectRefusal(() => open(sealed), 'FAILED_PRECONDITION', /DESTROY_SCHEDULED/);
    expect(keys.restoreCryptoKeyVersion(admin, V1).state).toBe('DISABLED');
    keys.destroyCryptoKeyVersion(admin, V1);
    clock.advance(30 * DAY_MS);
    expect(keys.getCryptoKeyVersion(admin, V1).state).toBe('DESTROYED');
    expectRefusal(() => keys.restoreCryptoKeyVersion(admin, V1), 'FAILED_PRECONDITION', /current state is: DESTROYED/);
    expectRefusal(() => open(sealed), 'FAILED_PRECONDITION', /DESTROYED/);
  });

  it('states are not set by update', () => {
    expectRefusal(() => keys.updateCryptoKeyVersion(admin, V1, 'DESTROYED'), 'INVALID_ARGUMENT', /DESTROYED/);
  });

  it('other purposes are refused by name', () => {
    expectRefusal(() => keys.createCryptoKey(admin, RING, 'mac', { purpose: 'MAC' }), 'UNIMPLEMENTED', /MAC/);
    expectRefusal(
      () => keys.createCryptoKey(admin, RING, 'sign', { purpose: 'ASYMMETRIC_SIGN' }),
      'INVALID_ARGUMENT',
      /GOOGLE_SYMMETRIC_ENCRYPTION is not one of purpose ASYMMETRIC_SIGN/,
    );
  });

  it('a name is taken once', () => {
    expectRefusal(() => keys.createKeyRing(admin, LOCATION, 'keyturn'), 'ALREADY_EXISTS', /KeyRing/);
    expectRefusal(
      () => keys.createCryptoKey(admin, RING, 'release', { purpose: 'ENCRYPT_DECRYPT' }),
      'ALREADY_EXISTS',
      /CryptoKey/,
    );
    expectRefusal(
      () => keys.createCryptoKey(admin, RING, 'no spaces', { purpose: 'ENCRYPT_DECRYPT' }),
      'INVALID_ARGUMENT',
      /crypto_key_id/,
    );
  });
});

describe('faults', () => {
  it('happen once, before or after', () => {
    world.faults.add({ method: 'kms.decrypt', kind: 'before', status: 'UNAVAILABLE' });
    world.faults.add({ method: 'kms.encrypt', kind: 'after', status: 'DEADLINE_EXCEEDED', matching: 'release' });
    expectRefusal(() => seal(), 'DEADLINE_EXCEEDED', /planned fault after/);
    const sealed = seal();
    expectRefusal(() => open(sealed), 'UNAVAILABLE', /planned fault before/);
    expect(open(sealed).plaintext.toString()).toBe('share');
    expect(world.faults.pending).toEqual([]);
  });
});

it('a restart knows every key, version and state', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-kms-'));
  try {
    const start = () => {
      const journal = new FileJournal(join(folder, 'journal'));
      const restarted = createWorld({ clock, journal });
      grant(restarted);
      return { journal, keys: new Keys(restarted) };
    };
    const first = start();
    first.keys.createKeyRing(admin, LOCATION, 'keyturn');
    first.keys.createCryptoKey(admin, RING, 'release', { purpose: 'ENCRYPT_DECRYPT', labels: { owner: 'alice' } });
    const { ciphertext } = first.keys.encrypt(alice, { name: KEY, plaintext: bytes('share') });
    first.keys.createCryptoKeyVersion(admin, KEY);
    first.keys.updateCryptoKeyPrimaryVersion(admin, KEY, '2');
    first.keys.updateCryptoKeyVersion(admin, `${KEY}/cryptoKeyVersions/2`, 'DISABLED');
    const before = [first.keys.getCryptoKey(admin, KEY), first.keys.listCryptoKeyVersions(admin, KEY)];
    first.journal.close();
    const second = start();
    expect([second.keys.getCryptoKey(admin, KEY), second.keys.listCryptoKeyVersions(admin, KEY)]).toEqual(before);
    expect(second.keys.decrypt(attested, { name: KEY, ciphertext }).plaintext.toString()).toBe('share');
    second.journal.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
