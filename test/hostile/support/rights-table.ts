import type { FunctionName } from '#local/lab/people.ts';

/** By what a right says: the attempts that it lets through, and no other right does. `*` stands for any text. */
type Rights = Readonly<Record<string, readonly string[]>>;

const MACHINES =
  'project: compute.disks.create+compute.instances.create+compute.instances.get+compute.instances.setLabels+compute.instances.setMetadata+compute.instances.setServiceAccount+compute.zoneOperations.get';

const everywhere: Rights = {
  'buckets/results: storage.objectViewer': ['results: list', 'results: read *'],
  'buckets/work: storage.objectUser': ['work: list', 'work: * *Object', 'work: * *_OBJECT'],
};
const tells: Rights = { 'topics/request-events: pubsub.publisher': ['requestEvents: publish'] };
const buries: Rights = { 'topics/dead-letters: pubsub.publisher': ['deadLetters: publish'] };
const says: Rights = { 'topics/approved: pubsub.publisher': ['approved: publish'] };
const books: Rights = { 'topics/receipts: pubsub.publisher': ['receipts: publish'] };
const CREATES = 'buckets/results: storage.objectCreator';

/** In both examples. */
const ALWAYS: Readonly<Record<FunctionName, Rights>> = {
  intake: {
    ...{ ...everywhere, ...tells, ...buries },
    [CREATES]: ['requestObject', 'withdrawnObject', 'refusalObject'].map((kind) => `results: create ${kind}`),
  },
  collect: {
    ...{ ...everywhere, ...tells, ...buries, ...says },
    [CREATES]: ['results: create approvedObject'],
  },
  launch: {
    ...{ ...everywhere, ...buries },
    [MACHINES]: ['machine: look at', 'machine: ask for an operation'],
    // Only together with the one above.
    'serviceAccounts/workload: iam.serviceAccountUser': [
      'machine: start as workload',
      'machine: start another image, with a command',
    ],
    'subnetworks/main: compute.subnetworks.use': [],
  },
  finalize: {
    ...{ ...everywhere, ...tells, ...buries, ...books },
    [CREATES]: ['results: create outcomeObject', 'results: create receiptObject'],
    'buckets/register: storage.objectViewer': ['register: list', 'register: read sealObject'],
  },
  reconcile: {
    ...{ ...everywhere, ...tells, ...says, ...books },
    [CREATES]: ['results: create *'],
    'buckets/register: storage.objects.create+storage.objects.get+storage.objects.list': [
      'register: list',
      'register: read sealObject',
      'register: create sealObject',
    ],
    'buckets/signed: storage.objectViewer': ['signed: list', 'signed: read signedObject'],
    'topics/submitted: pubsub.publisher': ['submitted: publish'],
    'project: compute.instances.get+compute.instances.list': ['machine: look at', 'machine: list'],
    'project: compute.instances.delete': ['machine: delete that of a turn'],
  },
};

/** In one bucket for all, a right to list is a right to list everybody's. */
const LISTS_ALL: Rights = { 'buckets/keys: storage.objects.list': ['shares of *: list'] };
const listsOf = (...coSigners: readonly string[]): Rights =>
  Object.fromEntries(
    coSigners.map((name) => [`buckets/shares-of-${name}: storage.objects.list`, [`shares of ${name}: list`]]),
  );
const URLS: Rights = Object.fromEntries(
  ['rpc-a', 'rpc-b'].map((name) => [`secrets/${name}: secretmanager.secretAccessor`, [`secret ${name}: read`]]),
);

/** What each example gives besides. */
const BESIDES: Readonly<Record<'lab' | 'split', Partial<Readonly<Record<FunctionName, Rights>>>>> = {
  lab: { collect: LISTS_ALL, reconcile: LISTS_ALL },
  split: {
    collect: listsOf('alice', 'bob', 'carol'),
    finalize: URLS,
    reconcile: { ...listsOf('alice', 'bob', 'carol'), ...URLS },
  },
};

/** All that a function may do. A right that the plan gives and this table does not name fails the test, and the other way round. */
export const rightsTable = (shape: 'lab' | 'split', name: FunctionName): Rights => ({
  ...ALWAYS[name],
  ...BESIDES[shape][name],
});
