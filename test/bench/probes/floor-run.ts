import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { IMAGE_REPOSITORY } from '#local/lab/config.ts';
import { attested, OWNER, user } from '#local/lab/people.ts';
import type { FloorSettings } from '../floor.ts';
import { load } from '../tree.ts';
import type { BenchLab } from './lab.ts';

export interface Floor {
  /** So many requests at once, in a process of its own. */
  run(count: number): Promise<FloorResult>;
  close(): Promise<void>;
}

/** ms: from the first publication to the last broadcast and to the last receipt; CPU of the process by request. */
const result = z.object({ broadcast: z.tuple([z.number()]), final: z.tuple([z.number()]), cpu: z.tuple([z.number()]) });
export type FloorResult = z.infer<typeof result>;

const BUCKET = 'bench-floor';
const SCRIPT = join(import.meta.dirname, '..', 'floor.ts');

/** In this process's group, so that whoever ends the probe ends it too. */
const runFloor = (settings: FloorSettings): Promise<FloorResult> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, METADATA_SERVER_DETECTION: 'none', FLOOR: JSON.stringify(settings) };
    const child = spawn(process.execPath, [SCRIPT], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      try {
        resolve(result.parse(JSON.parse(out)));
      } catch (cause) {
        reject(new Error(`the floor ended with ${code}: ${errors.slice(-1_000)}`, { cause }));
      }
    });
  });

/** Sets a bucket, a topic and a socket for evidence up in the lab's cloud, so that floor.ts finds there what keyturn finds. */
export const openFloor = async (lab: BenchLab): Promise<Floor> => {
  const { callerNamed } = await load('local/cloud/runtime/iam.ts', 'local/frame/iam.ts');
  const { servers, world, config, chain, folder } = lab;
  const topic = `projects/${world.project.id}/topics/${BUCKET}`;
  servers.topics.create(OWNER, { name: topic });
  servers.store.createBucket(OWNER, BUCKET);
  const [, digest = ''] = config.operations.image.split('@');
  const tee = join(folder, 'tee.sock');
  const server = createServer(async (request, response) => {
    const { audience, token_type: tokenType, nonces } = JSON.parse(await text(request));
    const claims = {
      projectId: world.project.id,
      projectNumber: world.project.number,
      zone: config.operations.zones[0] ?? '',
      instanceName: 'floor',
      instanceId: String(BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 15)}`)),
      serviceAccount: config.law.operator.workloadAccount,
      imageReference: `${IMAGE_REPOSITORY}@${digest}`,
      imageDigest: digest,
      imageId: digest,
      restartPolicy: 'Never' as const,
      args: [],
      env: {},
    };
    response.end(servers.verifier.customToken(claims, { audience, tokenType, nonces }));
  });
  await new Promise<void>((resolve) => server.listen(tee, resolve));
  const tokenOf = (who: ReturnType<typeof user>) => world.iam.issueToken(who);
  const settings = (count: number): FloorSettings => ({
    count,
    project: world.project.id,
    storage: servers.endpoints.storage,
    kms: servers.endpoints.kms,
    pubsub: servers.endpoints.pubsub,
    tee,
    rpc: chain.url,
    chainId: Number(chain.chainId),
    bucket: BUCKET,
    topic,
    token: tokenOf(OWNER),
    keys: config.law.coSigners.map(({ name, releaseKey }) => ({
      name: releaseKey,
      encrypt: tokenOf(user(name)),
      decrypt: tokenOf(callerNamed(attested(world, name, digest))),
    })),
  });
  return {
    run: (count) => runFloor(settings(count)),
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
