import { eventKeyOf } from '#schemas/event-keys.ts';
import { topicsOf, wakeSubscription } from '#schemas/names.ts';
import type { Subject } from '../finding.ts';
import { bucketPlaces } from './buckets.ts';
import type { Group, Groups } from './groups.ts';
import type { Place } from './places.ts';
import type { Thing } from './things.ts';

type May = Place['may'];

const topicRules = ({ config: { law } }: Subject, groups: Groups): ReadonlyMap<string, May> => {
  const { account, coSigners, dapps, image, operators, pubsub, scheduler, storage } = groups;
  const topics = topicsOf(law.name);
  const publishers: Readonly<Record<keyof typeof topics, readonly Group[]>> = {
    transactionRequests: [dapps, operators],
    requestEvents: [account('intake'), account('collect'), account('finalize'), account('reconcile'), image],
    shares: [storage, operators],
    approved: [account('collect'), account('reconcile'), operators],
    submitted: [account('reconcile'), image, operators],
    receipts: [account('finalize'), account('reconcile')],
    ticks: [scheduler],
    deadLetters: [pubsub, account('intake'), account('collect'), account('launch'), account('finalize')],
  };
  return new Map(
    Object.entries(topics).map(([key, name]) => [
      name,
      {
        'publish to': publishers[key as keyof typeof topics],
        ...(key === 'requestEvents' ? { 'attach a subscription to': [coSigners] } : {}),
      },
    ]),
  );
};

/** Pub/Sub itself takes what it buries; ticks it never buries. */
const subscriptionRules = ({ config: { law } }: Subject, groups: Groups): ReadonlyMap<string, May> => {
  const { coSigner, dapps, finance, image, operators, pubsub } = groups;
  const topics = topicsOf(law.name);
  const takers: readonly (readonly [string, readonly Group[]])[] = [
    ...[topics.transactionRequests, topics.shares, topics.approved, topics.submitted].map(
      (topic) => [`${topic}-push`, [pubsub]] as const,
    ),
    [`${topics.deadLetters}-operator`, [operators]],
    [`${topics.requestEvents}-dapp`, [dapps]],
    ...law.coSigners.map((one) => [`${topics.requestEvents}-${one.name}`, [coSigner(one)]] as const),
    ...law.wallets.map(({ name }) => [wakeSubscription(law.name, name), [image]] as const),
    [`${topics.receipts}-finance`, [finance, pubsub]],
    [`${topics.receipts}-ledger`, [pubsub]],
  ];
  return new Map(takers.map(([name, who]) => [name, { 'take messages of': who }]));
};

/** The event key signs for two functions. The release key has no human decrypter, and no image after its acceptance; the home key has one. */
const keyPlaces = ({ config: { law }, people }: Subject, groups: Groups, name: string): readonly Place[] => {
  const owner = law.coSigners.find(
    ({ releaseKey }) => releaseKey.replace(/\/[^/]+$/, '') === name.replace(/\/[^/]+$/, ''),
  );
  if (name === eventKeyOf(law))
    return [
      {
        kind: 'key',
        says: 'the event key',
        name,
        may: { 'sign with': [groups.account('finalize'), groups.account('reconcile')] },
      },
    ];
  if (owner === undefined) return [{ kind: 'key', says: `key ${name}`, name, may: {} }];
  const [own, image] = [groups.coSigner(owner), groups.imageOf(owner)];
  const [until = ''] = Object.values(people.images);
  if (name !== owner.releaseKey)
    return [
      {
        kind: 'key',
        says: `the home key of ${owner.name}`,
        name,
        may: { 'encrypt with': [own, groups.operators], 'decrypt with': [own] },
      },
    ];
  const says = `the release key of ${owner.name}`;
  return [
    { kind: 'key', says, name, may: { 'encrypt with': [own], 'decrypt with': [image] } },
    { kind: 'key', says: `${says} after ${until}`, name, may: { 'encrypt with': [own] }, at: until },
  ];
};

/** Machines of turns, and any other that lies in the project. Whoever starts one sets it up in the same call. */
const machinePlaces = ({ config: { law, operations } }: Subject, groups: Groups, project: string): readonly Place[] => {
  const { account } = groups;
  if (project !== law.operator.projectId)
    return [
      { kind: 'machine', says: `machines of ${project}`, name: `projects/${project}/zones/z/instances/i`, may: {} },
    ];
  const common: May = {
    start: [account('launch')],
    'set up': [account('launch')],
    see: [account('launch'), account('reconcile'), groups.operators],
  };
  return operations.zones.flatMap((zone): readonly Place[] => {
    const name = (machine: string): string => `projects/${project}/zones/${zone}/instances/${machine}`;
    return [
      {
        kind: 'machine',
        says: 'machines of turns',
        name: name('turn-treasury-1'),
        may: { ...common, end: [account('reconcile')] },
      },
      { kind: 'machine', says: 'machines that are no turns', name: name(`${law.name}-chain`), may: common },
    ];
  });
};

const simple = ({ config: { law } }: Subject, groups: Groups, { kind, name }: Thing): May => {
  const { account, coSigners, finance, image, pubsub } = groups;
  switch (kind) {
    case 'account':
      return name === law.operator.workloadAccount ? { 'act as': [account('launch')] } : {};
    case 'dataset':
      return { 'read rows of': [finance, pubsub], 'write rows of': [pubsub] };
    case 'project':
      return name === law.operator.projectId
        ? { 'write logs of': [account('build'), account('workload')], 'ask for attestation in': [account('workload')] }
        : {};
    case 'repository':
      return name === `${law.name}-functions`
        ? { 'pull from': [account('build')], 'push to': [account('build')] }
        : { 'pull from': [account('workload'), coSigners] };
    case 'secret':
      return { read: [account('finalize'), account('reconcile'), image] };
    case 'service':
      return { call: [account('push')] };
    case 'subnetwork':
      return { 'put machines into': [account('launch')] };
    default:
      return {};
  }
};

const fullName = ({ kind, name, project }: Thing): string => {
  const rooms: Readonly<Partial<Record<Thing['kind'], string>>> = {
    account: 'serviceAccounts',
    dataset: 'datasets',
    repository: 'repositories',
    secret: 'secrets',
    service: 'services',
    subnetwork: 'subnetworks',
    subscription: 'subscriptions',
    topic: 'topics',
  };
  const room = rooms[kind];
  return room === undefined ? name : `projects/${project}/${room}/${name}`;
};

/** The places of a thing, and who may do what there: the whole of it, from the law and the people alone. */
export const placesOf = (subject: Subject, groups: Groups, thing: Thing): readonly Place[] => {
  const { kind, name, project } = thing;
  if (kind === 'bucket') return bucketPlaces(subject, groups, name);
  if (kind === 'key') return keyPlaces(subject, groups, name);
  if (kind === 'machine') return machinePlaces(subject, groups, project);
  const may =
    kind === 'topic'
      ? (topicRules(subject, groups).get(name) ?? {})
      : kind === 'subscription'
        ? (subscriptionRules(subject, groups).get(name) ?? {})
        : simple(subject, groups, thing);
  return [{ kind, says: `${kind} ${name}`, name: fullName(thing), may }];
};
