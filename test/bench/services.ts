import { createHash, randomUUID } from 'node:crypto';
import { addressOfCommitment } from '#core/shares/address.ts';
import { splitKey } from '#core/shares/shares.ts';
import { IdTokens } from '#local/cloud/identity/id-tokens.ts';
import { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import { Keys } from '#local/cloud/kms/keys.ts';
import { Topics } from '#local/cloud/pubsub/topics.ts';
import { createWorld, type World } from '#local/cloud/runtime/world.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { bindLab, bindOwner } from '#local/lab/bindings.ts';
import { DEPLOYMENT, IMAGE_REPOSITORY, labLaw, labOperations } from '#local/lab/config.ts';
import { createBuckets, createKeys, createTopics } from '#local/lab/resources.ts';
import { type Config, parseConfig } from '#schemas/config.ts';
import { shareText } from '#schemas/share-text.ts';

export const DIGEST = `sha256:${createHash('sha256').update('the image of the benchmark').digest('hex')}`;
const CO_SIGNERS = ['alice', 'bob'] as const;

/** The local cloud's classes without their sockets, with a deployment set up in them. */
export interface Services {
  readonly world: World;
  readonly store: ObjectStore;
  readonly topics: Topics;
  readonly keys: Keys;
  readonly verifier: AttestationVerifier;
  readonly config: Config;
  /** Each co-signer's share, as the line that is encrypted. */
  readonly shares: ReadonlyMap<string, Uint8Array>;
}

/** One deployment with one wallet of a known key, 2 of 2, on the chain behind `rpcUrl`. */
export const openServices = async (key: string, chainId: number, rpcUrl: string): Promise<Services> => {
  const world = createWorld();
  bindOwner(world);
  const idTokens = new IdTokens(world);
  const topics = new Topics(world, {
    // Nothing is pushed: the benchmark calls the handlers itself.
    deliver: async () => 503,
    mintIdToken: (email, audience) => idTokens.mint(email, audience),
  });
  const store = new ObjectStore(world, () => {});
  const keys = new Keys(world);
  const verifier = await AttestationVerifier.create(world);
  const random = (length: number) => new Uint8Array(Buffer.from(world.randomHex(length), 'hex'));
  const { shares, commitments } = splitKey(new Uint8Array(Buffer.from(key.slice(2), 'hex')), 2, 2, random);
  const name = 'treasury';
  const holders = shares.map(({ index }, n) => ({ coSigner: CO_SIGNERS[n] ?? '', index }));
  const address = addressOfCommitment(commitments[0] ?? '');
  const wallet = { name, address, threshold: 2, commitments: [...commitments], holders };
  const nowhere = 'http://127.0.0.1:1';
  const endpoints = {
    pubsub: { host: 'localhost', port: 1, ca: '' },
    storage: nowhere,
    kms: nowhere,
    compute: nowhere,
    sts: nowhere,
  };
  const { endpoints: _, ...law } = labLaw(
    world,
    [wallet],
    [{ chainId: String(chainId), name: 'anvil', confirmations: 2, isOwn: true }],
    endpoints,
  );
  const operations = {
    ...labOperations(DIGEST, [{ chainId: String(chainId), urls: [rpcUrl] }]),
    pollSeconds: 1,
    idleSeconds: 5,
  };
  // All of them may be open at once: what is measured is what becomes of them, not how intake keeps a caller in bounds.
  const limits = { ...law.limits, maxOpenPerRequester: 100_000, maxOpenPerWallet: 100_000 };
  const config = parseConfig(JSON.parse(JSON.stringify({ law: { ...law, limits }, operations })));
  bindLab(world, config.law, DIGEST);
  createBuckets(world, store, config.law);
  createTopics(world, topics, DEPLOYMENT);
  createKeys(keys, config.law);
  const lines = shares.map(
    ({ index, scalar }, n) => [CO_SIGNERS[n] ?? '', shareText({ wallet: name, epoch: 1, index, scalar })] as const,
  );
  return { world, store, topics, keys, verifier, config, shares: new Map(lines) };
};

export const claimsOfTurn = ({ world, config }: Services, vm: string, turn: string) => ({
  projectId: world.project.id,
  projectNumber: world.project.number,
  zone: config.operations.zones[0] ?? '',
  instanceName: vm,
  instanceId: String(BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 15)}`)),
  serviceAccount: config.law.operator.workloadAccount,
  imageReference: `${IMAGE_REPOSITORY}@${DIGEST}`,
  imageDigest: DIGEST,
  imageId: DIGEST,
  restartPolicy: 'Never' as const,
  args: ['node', 'main.js'],
  env: { KEYTURN_TURN: turn },
});
