import { Instances } from '#local/cloud/compute/instances.ts';
import { newPki, type Pki } from '#local/cloud/identity/pki.ts';
import { newSigningKey, type SigningKey } from '#local/cloud/identity/signing-key.ts';
import { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import { Keys } from '#local/cloud/kms/keys.ts';
import { Topics } from '#local/cloud/pubsub/topics.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld, type World } from '#local/cloud/runtime/world.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { bindLab, bindOwner } from '#local/lab/bindings.ts';
import { attested, FUNCTION_NAMES, OWNER, storageAgent } from '#local/lab/people.ts';
import { createBuckets, createKeys, createPushes, createTopics } from '#local/lab/resources.ts';
import { bucketsOf, OPERATIONS_OBJECT } from '#schemas/names.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';
import { Faulter, type Leaving } from './call-faults.ts';
import { ChainModel } from './chain-model.ts';
import { startTroubles } from './fault-injector.ts';
import type { Span, Troubles } from './fault-plan.ts';
import { CHAINS, configFor, DEPLOYMENT, DIGEST, initiatorOf, retentionOf, START } from './law.ts';
import { Observer } from './observer.ts';
import { deliveryTo, machineOf } from './processes.ts';
import type { Profile } from './profiles.ts';
import { Random } from './random.ts';
import { type Actor, Scheduler } from './scheduler.ts';
import type { Services } from './services.ts';

/** Made once for all histories: RSA keys are slow to make, and which ones they are changes nothing. */
export interface Identities {
  readonly oidc: SigningKey;
  readonly pki: Pki;
}

export const newIdentities = async (): Promise<Identities> => ({
  oidc: newSigningKey(),
  pki: await newPki(createWorld({ clock: new VirtualClock(START) })),
});

export interface Cloud extends Services {
  readonly faults: Faulter;
  readonly random: Random;
  readonly chains: ReadonlyMap<string, ChainModel>;
  /** Every process that ever was. */
  readonly actors: Set<Actor>;
  readonly clock: VirtualClock;
  readonly buckets: ReturnType<typeof bucketsOf>;
  readonly troubles: Troubles;
}

/** The whole cloud of one history: the local cloud's own classes on a virtual clock and one seed. */
export const buildCloud = (
  profile: Profile,
  seed: string,
  leaving: Leaving,
  identities: Identities,
  troubles: Troubles,
): Cloud => {
  const clock = new VirtualClock(START);
  const random = new Random(`${seed}/schedule`);
  const faults = new Faulter(profile, seed, leaving);
  const scheduler = new Scheduler(clock, random, faults);
  const observer = new Observer();
  observer.acting = () => scheduler.acting;
  observer.step = () => scheduler.steps;
  // Who only adds to the register what is no entry of it takes nothing away: every promise holds as if he did nothing.
  observer.hostile = profile.hostile > 0 && profile.deeds !== 'harmless';
  observer.window = profile.window;
  observer.delay = profile.lawDelay;
  if (profile.tied) observer.initiatorOf = initiatorOf;
  observer.stuck = troubles.stuck;
  const names = new Random(`${seed}/names`);
  const world = createWorld({ clock, randomHex: (length) => names.hex(length), journal: observer });
  const config = configFor(world, profile);
  bindOwner(world);
  bindLab(world, config.law, DIGEST);
  const chains = new Map(
    CHAINS.map(({ chainId }) => [chainId, new ChainModel(chainId, new Random(`${seed}/chain/${chainId}`), faults)]),
  );
  for (const chain of chains.values()) chain.note = (line) => scheduler.note(line);
  // Where the chain goes back, or a url lies, nobody can be blamed for what a count said.
  if (profile.chain === 0 && profile.reorgs === 0 && profile.lies === 0)
    observer.countOf = (chainId, address) => chains.get(chainId)?.count(address) ?? 0;
  const actors = new Set<Actor>();
  // The classes need the ports of the processes, and the processes the classes.
  const late: { cloud: Cloud | undefined } = { cloud: undefined };
  const whole = (): Cloud => {
    if (late.cloud === undefined) throw new Error('the cloud is not built yet');
    return late.cloud;
  };
  const topics = new Topics(world, {
    deliver: (request) => deliveryTo(whole(), request),
    mintIdToken: () => 'an id token',
  });
  const publish = (topic: string, data: Buffer, attributes: Record<string, string>): void => {
    topics.publish(storageAgent(world), topic, [{ data, attributes }]);
  };
  const store = new ObjectStore(world, publish, { existingAnswers: random.chance(0.5) ? 412 : 403 });
  const keys = new Keys(world);
  const instances = new Instances(world, machineOf(whole));
  const verifier = new AttestationVerifier(world, identities);
  const buckets = bucketsOf(DEPLOYMENT);
  createBuckets(world, store, config.law);
  const register = store.patchBucket(OWNER, buckets.register, { retentionSeconds: retentionOf(profile) / 1000 });
  store.lockRetentionPolicy(OWNER, buckets.register, register.metageneration);
  createTopics(world, topics, DEPLOYMENT);
  createPushes(world, topics, DEPLOYMENT, new Map(FUNCTION_NAMES.map((name) => [name, `http://${name}`])));
  createKeys(keys, config.law);
  store.insert(OWNER, buckets.work, OPERATIONS_OBJECT, Buffer.from(JSON.stringify(config.operations)), {});
  rememberAnswers(world);
  const closedTo = (bucket: string, prefix: string): boolean =>
    bucket === buckets.keys &&
    troubles.keys.some((one) => one.closed && prefix.startsWith(`${one.coSigner}/`) && isNow(one));
  const isNow = ({ from, to }: Span): boolean => clock.now() >= START + from && clock.now() < START + to;
  const { page } = profile;
  const services = { world, store, topics, keys, instances, verifier, config, scheduler, observer, page, closedTo };
  late.cloud = { ...services, faults, random, chains, actors, clock, buckets, troubles };
  startTroubles(late.cloud);
  return late.cloud;
};

const allowed = new Map<string, boolean>();

/**
 * No condition of the lab depends on the time, and every history has the same bindings for good. So the same question has the same answer.
 */
const rememberAnswers = ({ iam }: World): void => {
  const ask = iam.allows.bind(iam);
  iam.allows = (caller, permission, resource) => {
    const key = `${caller.name} ${permission} ${resource.name}`;
    const before = allowed.get(key);
    if (before !== undefined) return before;
    const answer = ask(caller, permission, resource);
    allowed.set(key, answer);
    return answer;
  };
};

/** The attested identity in the pool of `who`. */
export const attestedIn = ({ world }: Services, who: string) => callerNamed(attested(world, who, DIGEST));
