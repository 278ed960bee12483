import { expect } from 'vitest';
import { Keys } from '#local/cloud/kms/keys.ts';
import { CloudError, type CloudStatus } from '#local/cloud/runtime/cloud-error.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld, type World } from '#local/cloud/runtime/world.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

export const LOCATION = 'projects/alice-project/locations/europe-west1';
export const RING = `${LOCATION}/keyRings/keyturn`;
export const KEY = `${RING}/cryptoKeys/release`;
export const V1 = `${KEY}/cryptoKeyVersions/1`;
export const DAY_MS = 86_400_000;
export const admin = callerNamed('user:operator');
export const alice = callerNamed('user:alice');
export const attested = callerNamed('principal://attested');
export const bytes = (text: string) => Buffer.from(text);

export const expectRefusal = (run: () => unknown, status: CloudStatus, message: RegExp): CloudError => {
  try {
    run();
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    expect(error.status).toBe(status);
    expect(error.message).toMatch(message);
    return error;
  }
  throw new Error(`expected ${status}, but it succeeded`);
};

export const grant = (world: World): void => {
  const bind = (id: string, resource: string, role: string, member: string) =>
    world.iam.bind({ id, resource, role, members: [member] });
  bind('admin', 'projects/alice-project', 'roles/cloudkms.admin', 'user:operator');
  bind('enc', `keys/${KEY}`, 'roles/cloudkms.cryptoKeyEncrypter', 'user:alice');
  bind('dec', `keys/${KEY}`, 'roles/cloudkms.cryptoKeyDecrypter', 'principal://attested');
};

/** A world with one key; alice may encrypt, the attested principal decrypt. */
export const setUp = () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 22));
  const world = createWorld({ clock });
  grant(world);
  const keys = new Keys(world);
  keys.createKeyRing(admin, LOCATION, 'keyturn');
  keys.createCryptoKey(admin, RING, 'release', { purpose: 'ENCRYPT_DECRYPT' });
  const seal = (aad = 'a') =>
    keys.encrypt(alice, { name: KEY, plaintext: bytes('share'), additionalAuthenticatedData: bytes(aad) }).ciphertext;
  const open = (ciphertext: Uint8Array, aad = 'a', name = KEY) =>
    keys.decrypt(attested, { name, ciphertext, additionalAuthenticatedData: bytes(aad) });
  return { clock, world, keys, seal, open };
};
