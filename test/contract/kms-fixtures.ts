import { KeyManagementServiceClient } from '@google-cloud/kms';
import { OAuth2Client } from 'google-auth-library';
import { Keys } from '#local/cloud/kms/keys.ts';
import { kmsRest } from '#local/cloud/kms/rest.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';

export const LOCATION = 'projects/alice-project/locations/global';
export const RING = `${LOCATION}/keyRings/keyturn`;
export const KEY = `${RING}/cryptoKeys/release`;
export const OTHER = `${RING}/cryptoKeys/other`;
export const V1 = `${KEY}/cryptoKeyVersions/1`;
export const plaintext = Buffer.from('keyturn-share/v1/main/1/1/00ff');
export const bytesOf = (field: Uint8Array | string | null | undefined) =>
  typeof field === 'string' ? Buffer.from(field, 'base64') : Buffer.from(field ?? []);

/** The local Cloud KMS with two keys, and unmodified clients of those who may administer, encrypt and decrypt. */
export const startKms = async () => {
  const world = createWorld();
  const server = kmsRest(world, new Keys(world));
  const port = await listen(server);
  const clients: KeyManagementServiceClient[] = [];

  /** The client as its documentation says to point it elsewhere; `at`: a port before the service's own. */
  const clientOf = (token: string, at = port) => {
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
    const client = new KeyManagementServiceClient({
      apiEndpoint: 'localhost',
      port: at,
      fallback: true,
      protocol: 'http',
      authClient,
      projectId: 'alice-project',
    });
    clients.push(client);
    return client;
  };
  const clientFor = (email: string) => clientOf(world.iam.issueToken(callerNamed(email)));

  const bind = (id: string, resource: string, role: string, member: string) =>
    world.iam.bind({ id, resource, role, members: [member] });
  bind('admin', 'projects/alice-project', 'roles/cloudkms.admin', 'user:operator');
  bind('encrypt', `keys/${KEY}`, 'roles/cloudkms.cryptoKeyEncrypter', 'user:alice');
  bind('decrypt', 'projects/alice-project', 'roles/cloudkms.cryptoKeyDecrypter', 'principal://attested');
  const [admin, alice, attested] = ['user:operator', 'user:alice', 'principal://attested'].map(clientFor);
  if (admin === undefined || alice === undefined || attested === undefined) throw new Error('no clients');
  await admin.createKeyRing({ parent: LOCATION, keyRingId: 'keyturn', keyRing: {} });
  for (const cryptoKeyId of ['release', 'other'])
    await admin.createCryptoKey({ parent: RING, cryptoKeyId, cryptoKey: { purpose: 'ENCRYPT_DECRYPT' } });
  const close = async () => {
    await Promise.all(clients.map((client) => client.close()));
    await closeServer(server);
  };
  return { world, port, admin, alice, attested, clientOf, clientFor, close };
};
