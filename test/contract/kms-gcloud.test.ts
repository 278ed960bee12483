import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keys } from '#local/cloud/kms/keys.ts';
import { kmsRest } from '#local/cloud/kms/rest.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';

const found = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'gcloud')));
if (!found) console.warn('SKIPPED: gcloud against the local Cloud KMS (gcloud is not on PATH)');

const RING = 'projects/alice-project/locations/global/keyRings/keyturn';
const KEY = `${RING}/cryptoKeys/release`;
const alice = callerNamed('user:alice');
const attested = callerNamed('principal://attested');

describe.skipIf(!found)('gcloud', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-gcloud-'));
  const world = createWorld();
  const keys = new Keys(world);
  const server = kmsRest(world, keys);
  const file = (name: string) => join(folder, name);
  let env: NodeJS.ProcessEnv = {};

  const gcloud = (...args: string[]) => promisify(execFile)('gcloud', args, { env, timeout: 50_000 });

  beforeAll(async () => {
    const port = await listen(server);
    const bind = (id: string, role: string, ...members: string[]) =>
      world.iam.bind({ id, resource: 'projects/alice-project', role, members });
    bind('admin', 'roles/cloudkms.admin', 'user:operator');
    bind('encrypt', 'roles/cloudkms.cryptoKeyEncrypter', 'user:alice');
    bind('decrypt', 'roles/cloudkms.cryptoKeyDecrypter', 'principal://attested');
    const operator = callerNamed('user:operator');
    keys.createKeyRing(operator, 'projects/alice-project/locations/global', 'keyturn');
    keys.createCryptoKey(operator, RING, 'release', { purpose: 'ENCRYPT_DECRYPT' });
    writeFileSync(file('token'), world.iam.issueToken(alice));
    writeFileSync(file('share'), 'keyturn-share/v1/main/1/1/00ff');
    writeFileSync(file('aad'), 'keyturn/v1/0123/alice');
    env = {
      PATH: process.env.PATH,
      HOME: folder,
      CLOUDSDK_CONFIG: file('config'),
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_PROJECT: 'alice-project',
      CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: file('token'),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: `http://127.0.0.1:${port}/`,
    };
  });

  afterAll(async () => {
    await closeServer(server);
    rmSync(folder, { recursive: true });
  });

  const encrypt = () =>
    gcloud(
      'kms',
      'encrypt',
      `--key=${KEY}`,
      `--plaintext-file=${file('share')}`,
      `--ciphertext-file=${file('sealed')}`,
      `--additional-authenticated-data-file=${file('aad')}`,
    );

  it('encrypts a share with additional data; the attested side opens it', async () => {
    await encrypt();
    const opened = keys.decrypt(attested, {
      name: KEY,
      ciphertext: readFileSync(file('sealed')),
      additionalAuthenticatedData: readFileSync(file('aad')),
    });
    expect(opened.plaintext).toEqual(readFileSync(file('share')));
  });

  it('is told why it may not decrypt', async () => {
    await encrypt();
    const attempt = gcloud(
      'kms',
      'decrypt',
      `--key=${KEY}`,
      `--ciphertext-file=${file('sealed')}`,
      `--plaintext-file=${file('out')}`,
    );
    await expect(attempt).rejects.toMatchObject({ stderr: expect.stringContaining('PERMISSION_DENIED') });
    expect(existsSync(file('out'))).toBe(false);
  });
});
