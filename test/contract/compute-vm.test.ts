import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstancesClient } from '@google-cloud/compute/build/src/v1/instances_client.js';
import { OAuth2Client } from 'google-auth-library';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { Images } from '#local/cloud/compute/images.ts';
import { Instances } from '#local/cloud/compute/instances.ts';
import { Launcher } from '#local/cloud/compute/launcher.ts';
import { computeServer } from '#local/cloud/compute/rest.ts';
import { startTeeServer } from '#local/cloud/identity/teeserver.ts';
import { AttestationVerifier, STS_AUDIENCE } from '#local/cloud/identity/verifier.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';

/** The way of one VM: inserted through the real client, launched as a process, attested by the local verifier, stopped by delete. */
const PROJECT = 'keyturn-local';
const ZONE = 'us-central1-a';
const VM_ACCOUNT = 'workload@keyturn-local.iam.gserviceaccount.com';
const REPO = 'us-docker.pkg.dev/keyturn-local/keyturn/workload';

const MAIN = `const { readFileSync } = require('node:fs');
const { request } = require('node:http');
const dir = process.env.KEYTURN_LAUNCHER_DIR;
console.log('file ' + readFileSync(dir + '/attestation_verifier_claims_token', 'utf8'));
const asked = request({ socketPath: dir + '/teeserver.sock', path: '/v1/token', method: 'POST' }, async (response) => {
  let token = '';
  for await (const chunk of response) token += chunk;
  console.log('asked ' + token);
  setInterval(() => {}, 1e6);
});
asked.end(JSON.stringify({ audience: 'keyturn/v1/seal', token_type: 'OIDC', nonces: ['0123456789abcdef'] }));`;

const world = createWorld();
const launch = callerNamed('serviceAccount:launch@keyturn-local.iam.gserviceaccount.com');
const vm = `serviceAccount:${VM_ACCOUNT}`;
for (const [role, resource, member] of [
  ['roles/compute.instanceAdmin.v1', `projects/${PROJECT}`, launch.name],
  ['roles/iam.serviceAccountUser', `serviceAccounts/${VM_ACCOUNT}`, launch.name],
  ['roles/confidentialcomputing.workloadUser', `projects/${PROJECT}`, vm],
  ['roles/artifactregistry.reader', `projects/${PROJECT}`, vm],
] as const)
  world.iam.bind({ id: role, role, resource, members: [member] });

const folder = mkdtempSync(join(tmpdir(), 'keyturn-image-'));
writeFileSync(join(folder, 'main.js'), MAIN);
writeFileSync(join(folder, 'law.json'), '{}');
writeFileSync(
  join(folder, 'image.json'),
  JSON.stringify({
    entrypoint: ['node', 'main.js'],
    labels: { 'tee.launch_policy.allow_env_override': 'KEYTURN_TURN', 'tee.launch_policy.log_redirect': 'always' },
  }),
);
const images = new Images();
const digest = images.add(REPO, folder);

const said = { file: Promise.withResolvers<string>(), asked: Promise.withResolvers<string>() };
let verifier: AttestationVerifier;
let launcher: Launcher;
let instances: Instances;
let server: Server;
let client: InstancesClient;

beforeAll(async () => {
  verifier = await AttestationVerifier.create(world);
  launcher = new Launcher(world, {
    images,
    teeServer: (options) => startTeeServer({ ...options, verifier }),
    log: ({ line }) => {
      const [, what, token] = /^(file|asked) (.+)$/.exec(line) ?? [];
      if (what === 'file' || what === 'asked') said[what].resolve(token ?? '');
      else if (line.startsWith('launch failed')) said.file.reject(new Error(line));
    },
    graceMs: 200,
  });
  instances = new Instances(world, launcher, { provision: 1, staging: 1, boot: 1, powerOff: 50, stop: 1 });
  server = computeServer(world, instances);
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: world.iam.issueToken(launch) });
  const port = await listen(server);
  client = new InstancesClient({ apiEndpoint: '127.0.0.1', port, protocol: 'http', projectId: PROJECT, authClient });
});

afterAll(async () => {
  await client.close();
  instances.shutdown();
  await launcher.close();
  await closeServer(server);
  rmSync(folder, { recursive: true, force: true });
});

it('a VM attests to what it runs, by file and by socket, and ends with its instance', async () => {
  await client.insert({
    project: PROJECT,
    zone: ZONE,
    instanceResource: {
      name: 'turn-treasury-1',
      machineType: `zones/${ZONE}/machineTypes/n2d-standard-2`,
      confidentialInstanceConfig: { enableConfidentialCompute: true, confidentialInstanceType: 'SEV' },
      shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
      scheduling: { onHostMaintenance: 'TERMINATE', automaticRestart: false },
      disks: [
        {
          boot: true,
          autoDelete: true,
          initializeParams: {
            sourceImage: 'projects/confidential-space-images/global/images/family/confidential-space',
          },
        },
      ],
      networkInterfaces: [{}],
      serviceAccounts: [{ email: VM_ACCOUNT, scopes: ['https://www.googleapis.com/auth/cloud-platform'] }],
      metadata: {
        items: [
          { key: 'tee-image-reference', value: `${REPO}@${digest}` },
          { key: 'tee-restart-policy', value: 'Never' },
          { key: 'tee-container-log-redirect', value: 'true' },
          { key: 'tee-env-KEYTURN_TURN', value: 'treasury/1' },
        ],
      },
    },
  });
  const keys = createLocalJWKSet(z.object({ keys: z.array(z.looseObject({})) }).parse(verifier.jwks()));
  const issuer = 'https://confidentialcomputing.googleapis.com';
  const byFile = await jwtVerify(await said.file.promise, keys, { issuer, audience: STS_AUDIENCE });
  expect(byFile.payload).toMatchObject({
    swname: 'CONFIDENTIAL_SPACE',
    secboot: true,
    dbgstat: 'disabled-since-boot',
    google_service_accounts: [VM_ACCOUNT],
    submods: {
      container: {
        image_digest: digest,
        restart_policy: 'Never',
        args: ['node', 'main.js'],
        env: { KEYTURN_TURN: 'treasury/1', HOSTNAME: 'turn-treasury-1' },
        env_override: { KEYTURN_TURN: 'treasury/1' },
      },
      gce: { instance_name: 'turn-treasury-1', project_id: PROJECT, zone: ZONE },
    },
  });
  expect(byFile.payload.eat_nonce).toBeUndefined();
  const bySocket = await jwtVerify(await said.asked.promise, keys, { issuer, audience: 'keyturn/v1/seal' });
  expect(bySocket.payload.eat_nonce).toBe('0123456789abcdef');

  const target = { project: PROJECT, zone: ZONE, instance: 'turn-treasury-1' };
  await client.delete(target);
  const gone = async (): Promise<unknown> => {
    for (;;)
      try {
        await client.get(target);
      } catch (error) {
        return error;
      }
  };
  expect(await gone()).toMatchObject({ code: 5 });
});
