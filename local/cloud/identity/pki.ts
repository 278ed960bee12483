import 'reflect-metadata';
import { createPrivateKey, KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';
import type { World } from '#local/cloud/runtime/world.ts';

/** What signs PKI tokens: the leaf's key, and leaf, intermediate and root as PEM. The roots' private keys are not kept. */
export interface Pki {
  readonly leafKey: KeyObject;
  readonly chainPem: readonly [leaf: string, intermediate: string, root: string];
}

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const DAY_MS = 86_400_000;
const TEN_YEARS_MS = 3652 * DAY_MS;

const pair = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

/** Makes a root, an intermediate and a leaf, each good for ten years from the world's now, as Google's root is. */
export const newPki = async (world: World): Promise<Pki> => {
  const [root, intermediate, leaf] = await Promise.all([pair(), pair(), pair()]);
  const now = world.clock.now();
  const named = (name: string) => `CN=${name}, O=keyturn local cloud`;
  const make = (
    subject: string,
    publicKey: webcrypto.CryptoKey,
    issuer: string,
    signingKey: webcrypto.CryptoKey,
    depth: number | undefined,
  ) =>
    x509.X509CertificateGenerator.create(
      {
        serialNumber: `00${world.randomHex(15)}`,
        subject: named(subject),
        issuer: named(issuer),
        notBefore: new Date(now - DAY_MS),
        notAfter: new Date(now + TEN_YEARS_MS),
        publicKey,
        signingKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.BasicConstraintsExtension(depth !== undefined, depth, true),
          new x509.KeyUsagesExtension(
            depth === undefined ? x509.KeyUsageFlags.digitalSignature : x509.KeyUsageFlags.keyCertSign,
            true,
          ),
        ],
      },
      webcrypto,
    );
  const [rootName, middleName] = ['Confidential Space Root', 'Confidential Space Intermediate'];
  const certificates = await Promise.all([
    make('Confidential Space Signer', leaf.publicKey, middleName, intermediate.privateKey, undefined),
    make(middleName, intermediate.publicKey, rootName, root.privateKey, 0),
    make(rootName, root.publicKey, rootName, root.privateKey, 1),
  ]);
  const [leafPem, middlePem, rootPem] = certificates.map((certificate) => certificate.toString('pem'));
  if (leafPem === undefined || middlePem === undefined || rootPem === undefined) throw new Error('no certificates');
  return { leafKey: KeyObject.from(leaf.privateKey), chainPem: [leafPem, middlePem, rootPem] };
};

const recordSchema = z.strictObject({ leafPem: z.string(), chainPem: z.tuple([z.string(), z.string(), z.string()]) });

/** The chain of this local cloud: from the journal, or made now, so that evidence can be verified after a restart. */
export const storedPki = async (world: World): Promise<Pki> => {
  let found: Pki | undefined;
  world.journal.replay('identity.pki', (json) => {
    const { leafPem, chainPem } = recordSchema.parse(json);
    found = { leafKey: createPrivateKey(leafPem), chainPem };
  });
  if (found !== undefined) return found;
  const made = await newPki(world);
  const leafPem = made.leafKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  world.journal.append('identity.pki', { leafPem, chainPem: [...made.chainPem] });
  return made;
};

/** Base64 DER, as a JWT's `x5c` header holds certificates (RFC 7515 section 4.1.6). */
export const derBase64 = (pem: string): string => new X509Certificate(pem).raw.toString('base64');
