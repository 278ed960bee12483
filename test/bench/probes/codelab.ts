import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { computeAddress } from 'ethers';
import { instanceResource } from '#adapters/compute/instance-resource.ts';
import { IMAGE_REPOSITORY } from '#local/lab/config.ts';
import { account, OWNER, user } from '#local/lab/people.ts';
import { providerAt } from '#local/lab/pools.ts';
import { COMMONJS } from '../../../build/commonjs.ts';
import { keyFor } from '../clients.ts';
import { Node } from '../node.ts';
import { emit, numberOf } from './emit.ts';
import { type BenchLab, openLab } from './lab.ts';
import { wave } from './wave.ts';

/**
 * `--count N` transactions the codelab's way, one boot each, one after the other. Then as many by keyturn, asked at once, whose first boots its
 * machine. Same cloud, same node, same boot, same clock: from the first that was asked to the last that the node has mined.
 */
const BUCKET = 'codelab';
/** As the codelab's: any stable image of Confidential Space whose digest has the rights. Nothing about what its operator handed in. */
const CONDITION =
  "assertion.swname == 'CONFIDENTIAL_SPACE' && 'STABLE' in assertion.submods.confidential_space.support_attributes";
const ENV = ['PROJECT', 'PROVIDER', 'STS', 'STORAGE', 'BUCKET', 'KMS', 'KEY', 'NODE', 'NONCE'].map(
  (name) => `LAB_${name}`,
);

/** Its image: one bundle, and a launch policy that lets the operator say everything, as the codelab's does. */
const imageIn = async (lab: BenchLab): Promise<string> => {
  const folder = join(lab.folder, 'codelab');
  mkdirSync(folder);
  await build({
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'esm', logLevel: 'error', banner: { js: COMMONJS } },
    entryPoints: [join(import.meta.dirname, 'codelab-workload.ts')],
    outfile: join(folder, 'main.mjs'),
  });
  const image = {
    entrypoint: ['/nodejs/bin/node', 'main.mjs'],
    env: { KEYTURN_LAUNCHER_DIR: '/run/container_launcher' },
    labels: { 'tee.launch_policy.allow_env_override': ENV.join(','), 'tee.launch_policy.log_redirect': 'always' },
  };
  writeFileSync(join(folder, 'image.json'), JSON.stringify(image));
  return lab.servers.images.add(IMAGE_REPOSITORY, folder);
};

/** A pool of its own. Both halves of the key lie in one bucket, encrypted under one key of KMS. The attested image may read and decrypt. */
const setUp = (lab: BenchLab, digest: string, key: string) => {
  const { servers, world, config } = lab;
  servers.store.createBucket(OWNER, BUCKET);
  const { releaseKey = '', name: holder = '' } = config.law.coSigners[0] ?? {};
  const text = key.slice(2);
  for (const [name, plaintext] of [
    ['alice', text.slice(0, 32)],
    ['bob', text.slice(32)],
  ] as const) {
    const { ciphertext } = servers.keys.encrypt(user(holder), { name: releaseKey, plaintext: Buffer.from(plaintext) });
    servers.store.insert(OWNER, BUCKET, `${name}_encrypted_key_share`, ciphertext, {});
  }
  const place = { projectNumber: world.project.number, pool: 'mpc-wip', provider: 'mpc-attestation-verifier' };
  servers.sts.register({ ...providerAt(world, place), attributeCondition: CONDITION });
  const pool = `projects/${place.projectNumber}/locations/global/workloadIdentityPools/${place.pool}`;
  const members = [`principalSet://iam.googleapis.com/${pool}/attribute.image_digest/${digest}`];
  const resource = `projects/${world.project.id}`;
  for (const role of ['roles/storage.admin', 'roles/cloudkms.cryptoKeyDecrypter'])
    world.iam.bind({ id: `codelab ${role}`, resource, role, members });
  return { LAB_KEY: releaseKey, LAB_PROVIDER: `//iam.googleapis.com/${pool}/providers/${place.provider}` };
};

const bootOne = async (lab: BenchLab, digest: string, env: Readonly<Record<string, string>>): Promise<void> => {
  const { servers, world, config } = lab;
  const zone = config.operations.zones[0] ?? '';
  const name = `codelab-${env.LAB_NONCE}`;
  const spec = { zone, name, wallet: lab.wallet.name, turn: 1n };
  const operations = { ...config.operations, image: `${IMAGE_REPOSITORY}@${digest}` };
  const body = instanceResource(spec, config.law, operations);
  const items = body.metadata.items.filter(({ key }) => !key.startsWith('tee-env-'));
  const metadata = {
    items: [...items, ...Object.entries(env).map(([key, value]) => ({ key: `tee-env-${key}`, value }))],
  };
  // REST wants int64 as text (https://protobuf.dev/programming-guides/json/); the client makes it so.
  const { seconds } = body.scheduling.maxRunDuration;
  const scheduling = { ...body.scheduling, maxRunDuration: { seconds: String(seconds) } };
  const disks = body.disks.map(({ initializeParams, ...disk }) => ({
    ...disk,
    initializeParams: { ...initializeParams, diskSizeGb: String(initializeParams.diskSizeGb) },
  }));
  const path = `/compute/v1/projects/${world.project.id}/zones/${zone}/instances`;
  const token = world.iam.issueToken(account(world, 'launch'));
  const ended = Promise.withResolvers<void>();
  const said: string[] = [];
  const end = lab.onLine((line) => {
    said.push(line);
    if (line.includes('non-zero return code'))
      ended.reject(new Error(`the codelab's machine failed: ${said.slice(-20).join('\n')}`));
    else if (line.includes('workload finished')) ended.resolve();
  });
  const response = await fetch(servers.endpoints.compute + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, metadata, scheduling, disks }),
  });
  if (!response.ok) throw new Error(`instances.insert: HTTP ${response.status} ${await response.text()}`);
  await ended.promise;
  end();
};

const count = numberOf('count', 5);
const lab = await openLab();
try {
  const node = new Node(lab.chain);
  const key = keyFor('codelab');
  await node.fund(computeAddress(key));
  const digest = await imageIn(lab);
  const own = setUp(lab, digest, key);
  const { endpoints } = lab.servers;
  const shared = {
    ...{ ...own, LAB_BUCKET: BUCKET, LAB_PROJECT: lab.world.project.id, LAB_NODE: node.url },
    ...{ LAB_STORAGE: endpoints.storage, LAB_KMS: endpoints.kms, LAB_STS: `${endpoints.sts}/v1/token` },
  };
  const began = performance.now();
  for (let n = 0; n < count; n++) await bootOne(lab, digest, { ...shared, LAB_NONCE: String(n) });
  const mined = Number(await node.call('eth_getTransactionCount', computeAddress(key), 'latest'));
  if (mined !== count) throw new Error(`${mined} of ${count} of the codelab's were mined`);
  const serial = performance.now() - began;
  const { broadcast } = await wave(lab, count);
  emit({ codelab: [serial / 1_000 / count], keyturn: [broadcast / 1_000 / count] });
} finally {
  await lab.close();
}
