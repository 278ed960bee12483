import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Jwk } from './jwt.ts';

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly jwk: Jwk;
}

const recordSchema = z.strictObject({ name: z.string(), pem: z.string() });
const publicSchema = z.object({ n: z.string(), e: z.string() });

const signingKeyOf = (privateKey: KeyObject): SigningKey => {
  const { n, e } = publicSchema.parse(createPublicKey(privateKey).export({ format: 'jwk' }));
  const kid = createHash('sha256').update(n).digest('hex').slice(0, 40);
  return { privateKey, jwk: { kty: 'RSA', alg: 'RS256', use: 'sig', kid, n, e } };
};

/** A fresh 2048 bit key. It is not drawn from the world's seed: a simulation makes one and hands it to all its worlds. */
export const newSigningKey = (): SigningKey =>
  signingKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

/** The key `name` of this local cloud: from the journal, or made now, so that tokens outlive a restart. */
export const storedSigningKey = (world: World, name: string): SigningKey => {
  let found: SigningKey | undefined;
  world.journal.replay('identity.keys', (json) => {
    const record = recordSchema.parse(json);
    if (record.name === name) found = signingKeyOf(createPrivateKey(record.pem));
  });
  if (found !== undefined) return found;
  const made = newSigningKey();
  const pem = made.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  world.journal.append('identity.keys', { name, pem });
  return made;
};
