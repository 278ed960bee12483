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
const signs: Rights = { 'keys/events: cloudkms.signer': ['event key: sign'] };
const seesSeals: Rights = {
  'buckets/register: storage.objectViewer': [
    'register: list',
    'register: read sealObject',
    'register: read checkpointObject',
  ],
};
const CREATES = 'buckets/results: storage.objectCreator';

/** In both examples. */
const ALWAYS: Readonly<Record<FunctionName, Rights>> = {
  intake: {
    ...{ ...everywhere, ...tells, ...buries, ...seesSeals },
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
    ...{ ...everywhere, ...tells, ...buries, ...books, ...seesSeals },
    [CREATES]: ['results: create outcomeObject', 'results: create receiptObject'],
  },
  reconcile: {
    ...{ ...everywhere, ...tells, ...says, ...books },
    [CREATES]: ['results: create *'],
    'buckets/register: storage.objects.create+storage.objects.get+storage.objects.list': [
      'register: list',
      'register: read sealObject',
      'register: create sealObject',
      // Junk: only what a seal of the wallet names by its hash is looked at.
      'register: read checkpointObject',
      'register: create checkpointObject',
    ],
    'buckets/signed: storage.objectViewer': ['signed: list', 'signed: read signedObject'],
    'topics/submitted: pubsub.publisher': ['submitted: publish'],
    'project: compute.instances.get+compute.instances.list': ['machine: look at', 'machine: list'],
    'project: compute.instances.delete': ['machine: delete that of a turn'],
  },
};

/** What a co-signer was shown says no more than the request, which every function reads. */
const PREDICTIONS: Rights = { 'buckets/keys: storage.objects.get': ['shares of *: read predictionObject'] };
const predictionsOf = (...coSigners: readonly string[]): Rights =>
  Object.fromEntries(
    coSigners.map((name) => [
      `buckets/shares-of-${name}: storage.objects.get`,
      [`shares of ${name}: read predictionObject`],
    ]),
  );

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
  lab: { collect: LISTS_ALL, finalize: PREDICTIONS, reconcile: { ...LISTS_ALL, ...PREDICTIONS } },
  split: {
    collect: listsOf('alice', 'bob', 'carol'),
    finalize: { ...URLS, ...signs, ...predictionsOf('alice', 'bob', 'carol') },
    reconcile: {
      ...{ ...listsOf('alice', 'bob', 'carol'), ...URLS, ...signs },
      ...predictionsOf('alice', 'bob', 'carol'),
    },
  },
};

/** All that a function may do. A right that the plan gives and this table does not name fails the test, and the other way round. */
export const rightsTable = (shape: 'lab' | 'split', name: FunctionName): Rights => ({
  ...ALWAYS[name],
  ...BESIDES[shape][name],
});

const SEES =
  'no function reads or writes a share, decrypts, makes signed bytes, takes from a register, or calls another';
const MADE_UP = {
  request: 'puts another request in the place of one: nobody is shown it, and nothing of either is signed',
  withdrawal: 'withdraws what it did not ask for: that request ends for good, and the same payment is made once',
  event: 'makes up what became of a request, as an event: no reader and no function believes it',
  approval: 'an approval by collect: the machine signs nothing, and it is shown as unverified',
  payment: 'a payment by %s: it is shown as unverified, and nothing is signed by it',
  end: 'an end by %s of what can still be paid: its reference stays taken, and no second request is paid',
  receipt: 'a receipt by %s, stored or sent alone: each reader calls it unverified, and counts it in no sum',
  submission: 'a submission by reconcile: nothing is settled by it, somebody is told, and why says what is wrong',
  close: 'closes what people approved: it is over for good, as the register says too',
  seal: 'forges and copies seals, kills the machine and sends the bytes itself: paid once, at the next nonce',
  letter: 'is put back by the operator as what it says it is, a request or a hint: nothing is signed by it',
} as const;
const MACHINE = [
  'another image gets tokens and no rights: it cannot even read how long to idle',
  'race for the same requests: each is sealed once, at one nonce, and paid once',
];

/** The tests that follow a right to its end, by their titles. Of each co-signer's and each secret alike, the first part of the name. */
export const FOLLOWED: Readonly<Record<string, readonly string[]>> = {
  'buckets/results: storage.objectViewer': [SEES],
  [CREATES]: Object.values(MADE_UP).slice(0, 8),
  'buckets/work: storage.objectUser': [
    'as %s steers, hides and holds up: nothing is paid that was not approved, and that once',
    'as %s ends a pause of the operator: what enough people approved is paid, and nothing else',
  ],
  'topics/request-events: pubsub.publisher': [MADE_UP.event],
  'topics/approved: pubsub.publisher': [MADE_UP.approval],
  'topics/submitted: pubsub.publisher': [MADE_UP.submission],
  'topics/receipts: pubsub.publisher': [MADE_UP.receipt],
  'topics/dead-letters: pubsub.publisher': [MADE_UP.letter],
  [MACHINES]: MACHINE,
  'serviceAccounts/workload: iam.serviceAccountUser': MACHINE,
  'subnetworks/main: compute.subnetworks.use': MACHINE,
  'project: compute.instances.delete': [MADE_UP.seal],
  'project: compute.instances.get+compute.instances.list': [SEES],
  'buckets/register: storage.objectViewer': [SEES],
  'buckets/register: storage.objects.create+storage.objects.get+storage.objects.list': [MADE_UP.close, MADE_UP.seal],
  'buckets/signed: storage.objectViewer': [MADE_UP.seal],
  'buckets/keys: storage.objects.list': [SEES],
  'buckets/keys: storage.objects.get': [SEES],
  'buckets/shares-of-': [SEES],
  'secrets/': [SEES],
  'keys/events: cloudkms.signer': [
    'what a thief with the account of %s signs is valid, and shows no more than who said it',
  ],
};
