import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Instances } from '#local/cloud/compute/instances.ts';
import { computeServer } from '#local/cloud/compute/rest.ts';
import { Keys } from '#local/cloud/kms/keys.ts';
import { kmsRest } from '#local/cloud/kms/rest.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { storageServer } from '#local/cloud/storage/rest.ts';
import { plainLaw, plainOperations, plainWallet, splitOf } from '#test/support/law.ts';
import { grant } from './adapter-kit.ts';
import { dev, type Ours, PROJECT_ID, startOurs } from './pubsub-backends.ts';

/** The adapters as one file, run where there is nothing else: what a bundler breaks shows only at the first call of each client. */
const ENTRY = `
  import { tokenFileClient } from '#adapters/identity/identity.ts';
  import { openGoogleClients } from '#adapters/google.ts';
  import { openChains } from '#adapters/chain/google-chains.ts';
  import { openAttestedClients } from '#adapters/identity/attested.ts';
  import { machinesPort } from '#adapters/compute/compute.ts';
  import { encrypterPort } from '#adapters/kms/encrypt.ts';
  import { subscriberPort } from '#adapters/pubsub/pull.ts';
  import { logPort } from '#adapters/log.ts';
  import { errorFields } from '#core/error-fields.ts';
  import { parseConfigText } from '#schemas/config-text.ts';
  import { readFileSync } from 'node:fs';
  const main = async () => {
    const { law, operations } = parseConfigText(readFileSync(0, 'utf8'));
    const authClient = tokenFileClient('token');
    const google = openGoogleClients({ law, authClient });
    const subscriber = subscriberPort({ projectId: law.operator.projectId, authClient, endpoint: law.endpoints.pubsub });
    const machines = machinesPort({ law, operations, authClient, endpoint: law.endpoints.compute });
    const encrypter = encrypterPort({ projectId: 'p', authClient, endpoint: law.endpoints.kms });
    const chains = openChains({ law, operations, authClient });
    const attested = openAttestedClients({ law, subjectToken: async () => 'a.b.c' });
    const log = logPort();
    await google.storage.createOnce('lab-work', 'a.json', new Uint8Array(3));
    const read = await google.storage.read('lab-work', 'a.json');
    await subscriber.create('bundle', 'bundle');
    await google.publisher.publish('bundle', { data: new Uint8Array(2), attributes: { a: 'b' } });
    const received = await subscriber.pullOnce('bundle', 5);
    const sealed = await encrypter.encrypt(law.coSigners[0].releaseKey, new Uint8Array(4), 'aad');
    const state = await machines.state('us-central1-a', 'turn-hot-1');
    const opened = await attested.releaseAccess('alice');
    const chain = await chains.of('31337').balance('0x3535353535353535353535353535353535353535').catch(errorFields);
    log.info('done', { read: read.bytes.length, received: received.length, sealed: sealed.length > 4, state, opened: opened.reason, chain: chain.code });
    await Promise.all([google, subscriber, machines, encrypter, chains].map((one) => one.close()));
  };
  main();
`;

const folder = mkdtempSync(join(tmpdir(), 'keyturn-bundle-'));
const servers: Server[] = [];
let ours: Ours;
let config = '';

beforeAll(async () => {
  ours = await startOurs();
  const { world, tls } = ours;
  const project = `projects/${PROJECT_ID}`;
  for (const role of [
    'roles/storage.admin',
    'roles/cloudkms.admin',
    'roles/cloudkms.cryptoKeyEncrypter',
    'keyturn.launcher',
  ])
    grant(world, 'dev', role, project);
  const store = new ObjectStore(world, () => {});
  store.createBucket(dev, 'lab-work');
  const keys = new Keys(world);
  const ring = `${project}/locations/global/keyRings/keyturn`;
  keys.createKeyRing(dev, `${project}/locations/global`, 'keyturn');
  keys.createCryptoKey(dev, ring, 'release', { purpose: 'ENCRYPT_DECRYPT', labels: {} });
  ours.topics.create(dev, { name: `${project}/topics/bundle` });
  const instances = new Instances(world, { start: () => ({ kill: () => {} }) });
  servers.push(storageServer(world, store), kmsRest(world, keys), computeServer(world, instances));
  const [storage, kms, compute] = (await Promise.all(servers.map((server) => listen(server)))).map(
    (port) => `http://localhost:${port}`,
  );
  const provider = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/main';
  const coSigner = {
    name: 'alice',
    releaseKey: `${ring}/cryptoKeys/release`,
    identityProvider: provider,
    shareLocation: 'gs://lab-keys/',
  };
  const law = plainLaw([plainWallet(splitOf(1, 1))], {
    coSigners: [coSigner],
    operator: { projectId: PROJECT_ID, projectNumber: '1', identityProvider: provider, workloadAccount: 'vm@lab' },
    endpoints: {
      pubsub: { host: 'localhost', port: ours.servers.tlsPort, ca: tls.ca },
      pubsubRest: `http://localhost:${ours.servers.restPort}`,
      storage,
      kms,
      compute,
      sts: 'http://localhost:1',
    },
  });
  const operations = plainOperations({ rpc: [{ chainId: '31337', urls: ['http://localhost:1'] }] });
  config = JSON.stringify({ law, operations });
});
afterAll(async () => {
  await ours.servers.close();
  await Promise.all(servers.map(closeServer));
  rmSync(folder, { recursive: true });
});

it.each([
  ['cjs', 'main.cjs', ''],
  [
    'esm',
    'main.mjs',
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname;",
  ],
] as const)('one file of form %s runs alone', async (format, name, banner) => {
  const outfile = join(folder, format, name);
  await build({
    stdin: { contents: ENTRY, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format,
    banner: { js: banner },
    outfile,
    logLevel: 'error',
  });
  const token = ours.world.iam.issueToken(callerNamed('dev', dev.name));
  writeFileSync(join(folder, format, 'token'), token);
  const running = promisify(execFile)(process.execPath, [outfile], {
    cwd: join(folder, format),
    env: {},
    timeout: 50_000,
  });
  running.child.stdin?.end(config);
  const { stdout, stderr } = await running;
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    message: 'done',
    read: 3,
    received: 1,
    sealed: true,
    state: 'absent',
    opened: expect.stringMatching(/^UNAVAILABLE: sts: exchange for the release key of alice: /),
    chain: 'CHAIN_UNREACHABLE',
  });
});
