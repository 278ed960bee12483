import type { Binding } from '#local/cloud/runtime/iam.ts';
import { permissionsOf } from '#local/cloud/runtime/roles.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { CoSigner, Law } from '#schemas/config.ts';
import { eventKeyOf } from '#schemas/event-keys.ts';
import { bucketsOf, topicsOf } from '#schemas/names.ts';
import { IMAGE_REPOSITORY } from './config.ts';
import { ACCEPTED_MS } from './differences.ts';
import { account, accountEmail, attestedBy, pubsubAgent, storageAgent, user } from './people.ts';
import type { LabPlan, PlannedGrant } from './plan-file.ts';

/** A right as local IAM holds it, with what a custom role allows spelled out. */
export type LocalGrant = Omit<Binding, 'id'> & { readonly permissions: ReadonlySet<string> };

const after = (prefix: string, text: string): string | undefined =>
  text.startsWith(prefix) ? text.slice(prefix.length) : undefined;

/** What schemas/names.ts calls it in this deployment. Throws on a key that it does not know. */
export const named = (names: object, key: string): string => {
  const name = Object.entries(names).find(([each]) => each === key)?.[1];
  if (typeof name !== 'string') throw new Error(`lab-plan.json: schemas/names.ts knows no ${key}`);
  return name;
};

/** By a key of schemas/names.ts, or `of NAME's shares`. Throws where the law has no such bucket. */
export const bucketNamed = (law: Law, key: string): string => {
  const [, holder] = /^of (.+)'s shares$/.exec(key) ?? [];
  if (holder === undefined) return named(bucketsOf(law.name), key);
  const found = law.coSigners.find(({ name }) => name === holder);
  if (found === undefined) throw new Error(`the plan of the lab: no co-signer ${holder}`);
  return found.shareLocation.bucket;
};

const memberOf = (world: World, law: Law, digest: string, who: string): string => {
  const agents: Readonly<Record<string, string>> = {
    'agent of Cloud Storage': storageAgent(world).name,
    'agent of Pub/Sub': pubsubAgent(world).name,
    'agent of Cloud Scheduler': account(world, 'scheduler').name,
  };
  const own = after('function ', who) ?? after('account ', who);
  const pool = after('attested image, pool of ', who);
  const agent = agents[who];
  if (agent !== undefined) return agent;
  if (own !== undefined) return account(world, own).name;
  if (pool !== undefined) return attestedBy(law, pool, digest);
  // A group of several in the example is one person here.
  return user(after('co-signer ', who) ?? (who === 'operators' ? 'operator' : who)).name;
};

/** The key under which local IAM looks a resource up. What no local server asks about keeps its words. */
const resourceOf = (world: World, law: Law, on: string): string => {
  const holder = (name: string): CoSigner => {
    const found = law.coSigners.find((one) => one.name === name);
    if (found === undefined) throw new Error(`lab-plan.json: no co-signer ${name}`);
    return found;
  };
  const bucket = after('bucket ', on);
  const topic = after('topic ', on);
  const subscription = after('subscription ', on);
  const release = after('release key of ', on);
  const service = after('function ', on);
  const serviceAccount = after('account ', on);
  const secret = after('secret ', on);
  // Its name is the same in every region.
  if (on === 'subnetwork main') return `subnetworks/${law.name}`;
  if (secret !== undefined) return `secrets/projects/${law.operator.projectId}/secrets/${law.name}-${secret}`;
  // The lab's registry has one repository of images; the other, of functions, is Cloud Build's.
  if (on === 'repository images') return `repositories/${IMAGE_REPOSITORY}`;
  if (bucket !== undefined) return `buckets/${bucketNamed(law, bucket)}`;
  if (topic !== undefined) return `topics/${named(topicsOf(law.name), topic)}`;
  if (subscription !== undefined) return `subscriptions/${law.name}-${subscription}`;
  if (on === 'event key') return `keys/${eventKeyOf(law)}`;
  if (release !== undefined) return `keys/${holder(release).releaseKey}`;
  if (service !== undefined) return `services/${service}`;
  if (serviceAccount !== undefined) return `serviceAccounts/${accountEmail(world, serviceAccount)}`;
  return on === 'project' ? `projects/${world.project.id}` : on;
};

const filled = (world: World, law: Law, text: string): string =>
  text
    .replaceAll('{project}', world.project.id)
    .replaceAll('{project number}', world.project.number)
    .replaceAll('{name}', law.name)
    .replaceAll('{until}', new Date(world.clock.now() + ACCEPTED_MS).toISOString())
    .replaceAll(/\{bucket (\w+)\}/g, (_, key: string) => named(bucketsOf(law.name), key));

/** Local servers ask about these; a role on anything else is never looked up. */
const ASKED =
  /^(buckets|topics|subscriptions|keys|secrets|services|serviceAccounts|repositories|subnetworks|projects)\//;

const localGrant = (world: World, law: Law, digest: string, planned: PlannedGrant): LocalGrant => {
  const resource = resourceOf(world, law, planned.on);
  const permissions = planned.permissions ?? (ASKED.test(resource) ? permissionsOf(planned.role) : []);
  return {
    resource,
    role: planned.role,
    permissions: new Set(permissions),
    members: [memberOf(world, law, digest, planned.who)],
    ...(planned.condition === undefined ? {} : { condition: filled(world, law, planned.condition) }),
  };
};

/** What is said of each co-signer, said of this one. */
const saidOf = ({ name, shareLocation }: CoSigner, planned: PlannedGrant): PlannedGrant => {
  const fill = (text: string): string =>
    text.replaceAll('{co-signer}', name).replaceAll('{prefix}', shareLocation.prefix);
  return {
    ...planned,
    on: fill(planned.on),
    who: fill(planned.who),
    ...(planned.condition === undefined ? {} : { condition: fill(planned.condition) }),
  };
};

/** What is said of the subscription of any wallet, said of each. */
const ofEachWallet = ({ wallets }: Law, planned: PlannedGrant): readonly PlannedGrant[] =>
  planned.on.includes('{wallet}')
    ? wallets.map(({ name }) => ({ ...planned, on: planned.on.replaceAll('{wallet}', name) }))
    : [planned];

/** Every right of the lab, as the plan of its example gives it. Throws on what has no meaning here. */
export const planGrants = (plan: LabPlan, world: World, law: Law, digest: string): readonly LocalGrant[] =>
  [
    ...plan.grants.flatMap((grant) => ofEachWallet(law, grant)),
    ...law.coSigners.flatMap((one) => plan.coSignerGrants.map((grant) => saidOf(one, grant))),
  ].map((grant) => localGrant(world, law, digest, grant));
