import { addressOfCommitment } from '#core/shares/address.ts';
import { Instances } from '#local/cloud/compute/instances.ts';
import { Keys } from '#local/cloud/kms/keys.ts';
import { Topics } from '#local/cloud/pubsub/topics.ts';
import type { Binding } from '#local/cloud/runtime/iam.ts';
import { createWorld, type World } from '#local/cloud/runtime/world.ts';
import { Secrets } from '#local/cloud/secrets/secrets.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { bindLab, bindOwner } from '#local/lab/bindings.ts';
import { madeEventKey } from '#local/lab/event-key.ts';
import { account, FUNCTION_NAMES, type FunctionName } from '#local/lab/people.ts';
import { readLabPlan, type Shape } from '#local/lab/plan-file.ts';
import { createBuckets, createKeys, createPushes, createTopics } from '#local/lab/resources.ts';
import { keyProjects, readSplit, splitLaw } from '#local/lab/split.ts';
import { type Law, parseLaw } from '#schemas/config.ts';
import { splitOf } from '#test/support/law.ts';
import { Machines } from '#test/support/local/compute.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';
import { lawFor } from '../../terraform/lab-law.ts';

/** The cloud of a lab with the rights of its plan, and nobody at work in it: what is tried there harms nothing. */
export interface HollowLab {
  readonly world: World;
  readonly law: Law;
  readonly store: ObjectStore;
  readonly topics: Topics;
  readonly keys: Keys;
  readonly instances: Instances;
  readonly secrets: Secrets;
  /** Full names of those that the plan gives rights on. */
  readonly secretNames: readonly string[];
}

const DIGEST = `sha256:${'a'.repeat(64)}`;
const URL = 'http://127.0.0.1:1';
const ENDPOINTS = {
  pubsub: { host: 'localhost', port: 1, ca: '' },
  ...{ pubsubRest: URL, storage: URL, kms: URL, compute: URL, sts: URL, secretManager: URL },
};

const splitLawFor = (world: World, keys: Keys): Law => {
  const example = readSplit();
  const [{ holders, threshold, chains } = { holders: [], threshold: 0, chains: [] }] = example.law.wallets;
  const { commitments } = splitOf(threshold, holders.length);
  const address = addressOfCommitment(commitments[0] ?? '');
  const wallet = { name: 'treasury', address, commitments: [...commitments], threshold, holders };
  const [{ chainId } = { chainId: '' }] = chains;
  const own = { chainId, endpoints: ENDPOINTS, publicKeyOf: (version: string) => madeEventKey(keys, version) };
  return parseLaw(JSON.parse(JSON.stringify(splitLaw(example, world, wallet, own)))).law;
};

const projectOf = (shape: Shape): World['project'] | undefined => {
  if (shape === 'lab') return undefined;
  const { operator } = readSplit().law;
  return { id: operator.projectId, number: operator.projectNumber };
};

export const hollowLab = (shape: Shape): HollowLab => {
  const project = projectOf(shape);
  const clock = new VirtualClock(Date.UTC(2027, 0, 1));
  const world = createWorld({ clock, ...(project === undefined ? {} : { project }) });
  const plan = readLabPlan(shape);
  const keys = new Keys(world);
  bindOwner(world, shape === 'lab' ? [] : keyProjects(readSplit()));
  const law = shape === 'lab' ? lawFor(world) : splitLawFor(world, keys);
  bindLab(world, law, DIGEST, plan);
  const topics = new Topics(world, { deliver: async () => 204, mintIdToken: () => '' });
  const store = new ObjectStore(world, () => {});
  const secrets = new Secrets(world);
  createTopics(world, topics, law.name, plan);
  createBuckets(world, store, law, plan);
  createPushes(world, topics, law.name, new Map(FUNCTION_NAMES.map((name) => [name, `http://${name}`])), plan);
  createKeys(keys, law);
  const secretNames = [
    ...new Set(
      world.iam.bindings.flatMap(({ resource }) => (resource.startsWith('secrets/') ? [resource.slice(8)] : [])),
    ),
  ];
  for (const name of secretNames) secrets.add(name, Buffer.from('https://node.example/key'));
  return { world, law, store, topics, keys, instances: new Instances(world, new Machines()), secrets, secretNames };
};

/** What a binding lets do on what, in words that hold for any deployment. Permissions stand in the place of a custom role's name. */
const rightName = ({ role, permissions, resource }: Binding, { name }: Law): string => {
  const may = role === 'custom' ? [...(permissions ?? [])].sort().join('+') : role.replace('roles/', '');
  const on = resource
    .replace(/^projects\/[^/]+$/, 'project')
    .replace(/^secrets\/.*\//, 'secrets/')
    .replace(/^keys\/.*\//, 'keys/')
    .replace(/@.*$/, '')
    .replace(`/${name}-`, '/')
    .replace(`subnetworks/${name}`, 'subnetworks/main');
  return `${on}: ${may}`;
};

/** The rights that the plan gives to a function's account, by what they say. Each with how many calls it alone has allowed so far. */
export const rightsOf = ({ world, law }: HollowLab, name: FunctionName): ReadonlyMap<string, number> => {
  const { members } = account(world, name);
  const own = world.iam.bindings.filter((binding) => binding.members.some((member) => members.has(member)));
  return new Map(own.map((binding) => [rightName(binding, law), world.iam.sole.get(binding.id) ?? 0]));
};
