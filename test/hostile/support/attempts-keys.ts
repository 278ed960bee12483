import { createHash } from 'node:crypto';
import { user } from '#local/lab/people.ts';
import { cryptoKeyOf } from '#schemas/event-keys.ts';
import type { Attempt } from './attempts.ts';
import type { HollowLab } from './hollow-lab.ts';

const BYTES = Buffer.from('{}');

const onKeys = ({ law, keys }: HollowLab): readonly Attempt[] =>
  law.coSigners.flatMap(({ name: who, releaseKey: name }): Attempt[] => {
    const version = `${name}/cryptoKeyVersions/1`;
    const { ciphertext } = keys.encrypt(user(who), { name, plaintext: BYTES });
    const use = 'cloudkms.cryptoKeyVersions';
    return [
      {
        name: `key of ${who}: decrypt`,
        needs: [`${use}.useToDecrypt`],
        go: (as) => keys.decrypt(as, { name, ciphertext }),
      },
      {
        name: `key of ${who}: encrypt`,
        needs: [`${use}.useToEncrypt`],
        go: (as) => keys.encrypt(as, { name, plaintext: BYTES }),
      },
      {
        name: `key of ${who}: disable`,
        needs: [`${use}.update`],
        go: (as) => keys.updateCryptoKeyVersion(as, version, 'DISABLED'),
      },
      {
        name: `key of ${who}: destroy`,
        needs: [`${use}.destroy`],
        go: (as) => keys.destroyCryptoKeyVersion(as, version),
      },
    ];
  });

/** The version that signs events, where the law names one. */
const onEventKeys = ({ law, keys }: HollowLab): readonly Attempt[] =>
  (law.eventKeys ?? []).flatMap(({ version: name }): Attempt[] => {
    const use = 'cloudkms.cryptoKeyVersions';
    const digest = createHash('sha256').update(BYTES).digest();
    return [
      { name: 'event key: sign', needs: [`${use}.useToSign`], go: (as) => keys.asymmetricSign(as, { name, digest }) },
      {
        name: 'event key: see the public key',
        needs: [`${use}.viewPublicKey`],
        go: (as) => keys.getPublicKey(as, name),
      },
      {
        name: 'event key: make another version',
        needs: [`${use}.create`],
        go: (as) => keys.createCryptoKeyVersion(as, cryptoKeyOf(name)),
      },
      {
        name: 'event key: disable',
        needs: [`${use}.update`],
        go: (as) => keys.updateCryptoKeyVersion(as, name, 'DISABLED'),
      },
      { name: 'event key: destroy', needs: [`${use}.destroy`], go: (as) => keys.destroyCryptoKeyVersion(as, name) },
    ];
  });

export const keyAttempts = (lab: HollowLab): readonly Attempt[] => [...onKeys(lab), ...onEventKeys(lab)];
