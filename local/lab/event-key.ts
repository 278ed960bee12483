import { createPublicKey } from 'node:crypto';
import type { Keys } from '#local/cloud/kms/keys.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { cryptoKeyOf, EVENT_KEY_ALGORITHM } from '#schemas/event-keys.ts';
import { OWNER } from './people.ts';

const unlessThere = (create: () => unknown): void => {
  try {
    create();
  } catch (error) {
    if (!(error instanceof CloudError) || error.status !== 'ALREADY_EXISTS') throw error;
  }
};

/** Makes the event key that a law will name, before there is a law: SubjectPublicKeyInfo of that version, in base64. */
export const madeEventKey = (keys: Keys, version: string): string => {
  const [, ring = '', key = ''] = /^(.+)\/cryptoKeys\/([^/]+)$/.exec(cryptoKeyOf(version)) ?? [];
  const [, location = '', name = ''] = /^(.+)\/keyRings\/([^/]+)$/.exec(ring) ?? [];
  unlessThere(() => keys.createKeyRing(OWNER, location, name));
  unlessThere(() =>
    keys.createCryptoKey(OWNER, ring, key, { purpose: 'ASYMMETRIC_SIGN', algorithm: EVENT_KEY_ALGORITHM }),
  );
  const { pem } = keys.getPublicKey(OWNER, version);
  return createPublicKey(pem).export({ format: 'der', type: 'spki' }).toString('base64');
};
