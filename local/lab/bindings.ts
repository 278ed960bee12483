import type { Binding } from '#local/frame/iam.ts';
import type { World } from '#local/frame/world.ts';
import type { Law } from '#schemas/config.ts';
import { bucketsOf, type Topics, topicsOf } from '#schemas/names.ts';
import { account, accountEmail, attested, FUNCTION_NAMES, OWNER, pubsubAgent, storageAgent, user } from './people.ts';

type Grant = Omit<Binding, 'id'>;

const nameOf = ({ name }: { name: string }): string => name;

/** Who may do what in the lab: the same grants that terraform/ makes, each on the one resource it concerns (design, section 5). */
const grants = (world: World, law: Law, digest: string): readonly Grant[] => {
  const buckets = bucketsOf(law.name);
  const topics = topicsOf(law.name);
  const project = `projects/${world.project.id}`;
  const fn = (name: string) => account(world, name).name;
  const functions = FUNCTION_NAMES.map(fn);
  const operatorPool = attested(world, 'operator', digest);
  const coSigners = law.coSigners.map(({ name }) => user(name).name);
  const on = (bucket: string) => `buckets/${bucket}`;
  const objects = (bucket: string, ...prefixes: string[]) =>
    prefixes.map((prefix) => `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${prefix}")`).join(' || ');
  const grant = (resource: string, role: string, members: readonly string[], condition?: string): Grant =>
    condition === undefined ? { resource, role, members } : { resource, role, members, condition };
  const publishes = (topic: keyof Topics, ...members: string[]) =>
    grant(`topics/${topics[topic]}`, 'roles/pubsub.publisher', members);
  // Ends of requests and the ledger are finalize's and reconcile's alone.
  const noEnds = `(${objects(buckets.results, 'requests/', 'refusals/')}) && !resource.name.endsWith("/outcome.json")`;
  const pushed = Object.values(topics).filter((topic) => topic !== topics.deadLetters);
  return [
    grant(on(buckets.work), 'roles/storage.objectUser', [...functions, operatorPool, user('operator').name]),
    grant(on(buckets.work), 'roles/storage.objectViewer', [...coSigners, user('finance').name]),
    grant(on(buckets.results), 'roles/storage.objectViewer', [
      ...functions,
      operatorPool,
      ...coSigners,
      user('finance').name,
      user('operator').name,
      user('dapp').name,
    ]),
    grant(
      on(buckets.results),
      'roles/storage.objectCreator',
      [fn('intake'), fn('collect'), fn('launch'), operatorPool],
      noEnds,
    ),
    grant(on(buckets.results), 'roles/storage.objectCreator', [fn('finalize'), fn('reconcile')]),
    grant(on(buckets.register), 'keyturn.append', [operatorPool, fn('reconcile')]),
    grant(on(buckets.register), 'keyturn.bucketReader', [operatorPool, user('operator').name]),
    grant(on(buckets.register), 'roles/storage.objectViewer', [
      fn('finalize'),
      ...coSigners,
      user('finance').name,
      user('operator').name,
    ]),
    grant(on(buckets.signed), 'keyturn.append', [operatorPool]),
    grant(on(buckets.signed), 'roles/storage.objectViewer', [fn('finalize'), fn('reconcile')]),
    grant(on(buckets.keys), 'keyturn.list', [fn('collect'), fn('reconcile'), user('operator').name, ...coSigners]),
    ...law.coSigners.flatMap(({ name, releaseKey, shareLocation }) => {
      const own = objects(shareLocation.bucket, shareLocation.prefix);
      return [
        grant(on(shareLocation.bucket), 'keyturn.append', [user(name).name], own),
        grant(on(shareLocation.bucket), 'roles/storage.objectViewer', [attested(world, name, digest)]),
        grant(`keys/${releaseKey}`, 'roles/cloudkms.cryptoKeyEncrypter', [user(name).name]),
        grant(`keys/${releaseKey}`, 'roles/cloudkms.cryptoKeyDecrypter', [attested(world, name, digest)]),
      ];
    }),
    publishes('transactionRequests', user('dapp').name),
    publishes('requestEvents', fn('intake'), fn('collect'), fn('finalize'), fn('reconcile'), operatorPool),
    publishes('approved', fn('collect'), fn('reconcile')),
    publishes('submitted', fn('reconcile'), operatorPool),
    publishes('receipts', fn('finalize'), fn('reconcile')),
    publishes('shares', storageAgent(world).name),
    publishes('ticks', fn('scheduler')),
    publishes('deadLetters', pubsubAgent(world).name),
    ...pushed.map((topic) =>
      grant(`subscriptions/${topic}-push`, 'roles/pubsub.subscriber', [pubsubAgent(world).name]),
    ),
    grant(`subscriptions/${topics.receipts}-finance`, 'roles/pubsub.subscriber', [user('finance').name]),
    grant(`subscriptions/${topics.requestEvents}-dapp`, 'roles/pubsub.subscriber', [user('dapp').name]),
    grant(`subscriptions/${topics.deadLetters}-operator`, 'roles/pubsub.subscriber', [user('operator').name]),
    ...FUNCTION_NAMES.map((name) => grant(`services/${name}`, 'roles/run.invoker', [fn('push')])),
    grant(project, 'keyturn.launcher', [fn('launch')]),
    grant(project, 'keyturn.sweeper', [fn('reconcile')]),
    grant(`serviceAccounts/${accountEmail(world, 'workload')}`, 'roles/iam.serviceAccountUser', [fn('launch')]),
    grant(project, 'roles/confidentialcomputing.workloadUser', [fn('workload')]),
    grant(project, 'roles/artifactregistry.reader', [fn('workload')]),
  ];
};

/** The owner's: what it takes to set the lab up and to play with it through the plain port. */
const ownerGrants = (world: World): readonly Grant[] =>
  ['roles/pubsub.admin', 'roles/storage.admin', 'roles/cloudkms.admin', 'roles/iam.serviceAccountUser'].map((role) => ({
    resource: `projects/${world.project.id}`,
    role,
    members: [nameOf(OWNER)],
  }));

const bindAll = (world: World, list: readonly Grant[]): void => {
  for (const [n, grant] of list.entries()) world.iam.bind({ id: `${grant.resource} ${grant.role} #${n}`, ...grant });
};

export const bindOwner = (world: World): void => bindAll(world, ownerGrants(world));
export const bindLab = (world: World, law: Law, digest: string): void => bindAll(world, grants(world, law, digest));
