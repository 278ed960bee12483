import { type Collection, decideCollect } from '#core/decide/collect.ts';
import type { Decision } from '#core/decision.ts';
import type { StoredObject } from '#core/ports.ts';
import { factsOf, LAW, lawTied, lawWith, objectOf, type Story, time } from '#test/support/given.ts';
import { acts, decisions, ignores, waits } from '#test/support/table.ts';

/** One upload: its generation, and what else of its object matters. */
type Upload = string | readonly [generation: string, over: Partial<StoredObject>];

interface Given extends Story {
  /** Uploads by the co-signer at whose location they lie. */
  readonly shares?: Readonly<Record<string, readonly Upload[]>>;
  readonly rejected?: readonly string[];
  /** Whose location cannot be listed. */
  readonly unlisted?: string;
  readonly law?: typeof LAW;
}

type Counted =
  | Exclude<Collection, { kind: 'count' }>
  | { kind: 'count'; approve: readonly string[]; reject: readonly string[] };

const upload = (one: Upload): StoredObject => {
  const [generation, over] = typeof one === 'string' ? [one, {}] : one;
  return objectOf(`shares/${generation}`, { generation, timeCreated: Number(generation), ...over });
};

/** Of what is only counted: who counts on either side. */
const inShort = (decision: Decision<Collection>): Decision<Counted> => {
  if (decision.kind !== 'act' || decision.act.kind !== 'count') return decision as Decision<Counted>;
  const { countable, rejecters } = decision.act.state;
  return { kind: 'act', act: { kind: 'count', approve: countable, reject: rejecters } };
};

const collect = (
  { shares = {}, rejected = [], unlisted, law = LAW, ...story }: Given,
  { at }: { readonly at: string },
) => {
  const objects = {
    shares: new Map(Object.entries(shares).map(([coSigner, uploads]) => [coSigner, uploads.map(upload)])),
    rejections: new Map(rejected.map((coSigner) => [coSigner, objectOf(`rejections/${coSigner}`)])),
    unreachable: new Map(unlisted === undefined ? [] : [[unlisted, 'PERMISSION_DENIED' as const]]),
  };
  return inShort(decideCollect(factsOf(story), objects, law, time(at)));
};

const IN_TIME = { at: '2029-12-31T23:59:59Z' };
const TOO_LATE = { at: '2030-01-01T00:00:00Z' };
const counts = (approve: readonly string[], reject: readonly string[] = []): Counted => ({
  kind: 'count',
  approve,
  reject,
});
const approves = (...coSigners: readonly string[]): Counted => ({ kind: 'approve', coSigners });
const rejects = (...rejecters: readonly string[]): Counted => ({ kind: 'reject', rejecters });

decisions('collect: which stage counts shares', collect, [
  [
    'Shares may come before their request: they wait for it.',
    { shares: { alice: ['1'], bob: ['2'] } },
    IN_TIME,
    waits('NO_REQUEST'),
  ],
  [
    'A request that has its outcome counts no share.',
    { request: {}, outcome: 'finalized', shares: { alice: ['1'], bob: ['2'] } },
    IN_TIME,
    ignores('SHARE_LATE', 'decided'),
  ],
  [
    'A request whose bytes are out counts no share.',
    { request: {}, approved: ['alice', 'bob'], submitted: {}, shares: { 'holder-3': ['3'] } },
    IN_TIME,
    ignores('SHARE_LATE', 'submitted'),
  ],
  [
    'A rejection after the bytes are out ends nothing.',
    { request: {}, submitted: {}, rejected: ['alice', 'bob'] },
    IN_TIME,
    ignores('SHARE_LATE'),
  ],
  [
    'A stored request that does not hash to its id counts no share.',
    { request: {}, altered: { id: 'f'.repeat(64) }, shares: { alice: ['1'], bob: ['2'] } },
    IN_TIME,
    ignores('ID_MISMATCH'),
  ],
  [
    'A stored request of another address counts no share: it would be read in another log.',
    {
      request: {},
      altered: { walletAddress: '0x3535353535353535353535353535353535353535' },
      shares: { alice: ['1'], bob: ['2'] },
    },
    IN_TIME,
    ignores('ID_MISMATCH'),
  ],
  [
    'A stored request of a wallet that the law does not name counts no share.',
    { request: { wallet: 'cold' }, shares: { alice: ['1'], bob: ['2'] } },
    IN_TIME,
    ignores('ID_MISMATCH'),
  ],
]);

decisions('collect: how many shares are enough', collect, [
  ['No share at all: counted.', { request: {} }, IN_TIME, acts(counts([]))],
  [
    'One share of a wallet that needs two: counted.',
    { request: {}, shares: { bob: ['1'] } },
    IN_TIME,
    acts(counts(['bob'])),
  ],
  [
    'Two shares of one co-signer are one approval.',
    { request: {}, shares: { alice: ['1', '2'] } },
    IN_TIME,
    acts(counts(['alice'])),
  ],
  [
    'Shares of any two co-signers make a turn due.',
    { request: {}, shares: { 'holder-3': ['1'], bob: ['2'] } },
    IN_TIME,
    acts(approves('bob', 'holder-3')),
  ],
  [
    'Whoever holds no share of the wallet is not counted.',
    { request: {}, shares: { alice: ['1'], 'holder-4': ['2'] } },
    IN_TIME,
    acts(counts(['alice'])),
  ],
  [
    'A tier of the policy that asks for three approvals is not met by two.',
    {
      law: lawWith({ policy: { rules: [{ name: 'any', effect: 'allow', destinations: ['*'], approvals: 3 }] } }),
      request: {},
      shares: { alice: ['1'], bob: ['2'] },
    },
    IN_TIME,
    acts(counts(['alice', 'bob'])),
  ],
  [
    'A tier of the policy that asks for three approvals is met by three.',
    {
      law: lawWith({ policy: { rules: [{ name: 'any', effect: 'allow', destinations: ['*'], approvals: 3 }] } }),
      request: {},
      shares: { alice: ['1'], bob: ['2'], 'holder-3': ['3'] },
    },
    IN_TIME,
    acts(approves('alice', 'bob', 'holder-3')),
  ],
  [
    'Where the policy denies the request by now, the threshold counts: the turn will refuse it and close it.',
    {
      law: lawWith({ policy: { rules: [{ name: 'none', effect: 'deny', destinations: ['*'] }] } }),
      request: {},
      shares: { alice: ['1'], bob: ['2'] },
    },
    IN_TIME,
    acts(approves('alice', 'bob')),
  ],
]);

decisions('collect: which uploads count', collect, [
  [
    'An upload that a turn found bad does not count.',
    {
      request: {},
      shares: { alice: ['1'], bob: ['2'] },
      knownBad: [{ coSigner: 'bob', generation: '2' }],
    },
    IN_TIME,
    acts(counts(['alice'])),
  ],
  [
    'A better upload after a bad one counts.',
    {
      request: {},
      shares: { alice: ['1'], bob: ['2', '3'] },
      knownBad: [{ coSigner: 'bob', generation: '2' }],
    },
    IN_TIME,
    acts(approves('alice', 'bob')),
  ],
  [
    'A bad upload of one co-signer blames nobody who has an upload of the same generation.',
    {
      request: {},
      shares: { alice: ['1'], bob: ['1'] },
      knownBad: [{ coSigner: 'alice', generation: '1' }],
    },
    IN_TIME,
    acts(counts(['bob'])),
  ],
  [
    'Of one co-signer the five oldest uploads count; a sixth gets no try.',
    {
      request: {},
      shares: { alice: ['1'], bob: ['11', '12', '13', '14', '15', '16'] },
      knownBad: ['11', '12', '13', '14', '15'].map((generation) => ({ coSigner: 'bob', generation })),
    },
    IN_TIME,
    acts(counts(['alice'])),
  ],
  [
    'An empty upload does not count.',
    { request: {}, shares: { alice: ['1'], bob: [['2', { size: 0 }]] } },
    IN_TIME,
    acts(counts(['alice'])),
  ],
  [
    'An upload of 8 KiB counts.',
    { request: {}, shares: { alice: ['1'], bob: [['2', { size: 8192 }]] } },
    IN_TIME,
    acts(approves('alice', 'bob')),
  ],
  [
    'An upload of more than 8 KiB does not count.',
    { request: {}, shares: { alice: ['1'], bob: [['2', { size: 8193 }]] } },
    IN_TIME,
    acts(counts(['alice'])),
  ],
]);

decisions('collect: rejections', collect, [
  [
    'A rejection beats that co-signer’s share.',
    { request: {}, shares: { alice: ['1'], bob: ['2'] }, rejected: ['bob'] },
    IN_TIME,
    acts(counts(['alice'], ['bob'])),
  ],
  [
    'One rejection of three leaves two who can approve.',
    { request: {}, shares: { alice: ['1'], 'holder-3': ['2'] }, rejected: ['bob'] },
    IN_TIME,
    acts(approves('alice', 'holder-3')),
  ],
  [
    'Two rejections of three leave too few: a close is owed.',
    { request: {}, shares: { alice: ['1'] }, rejected: ['holder-3', 'bob'] },
    IN_TIME,
    acts(rejects('bob', 'holder-3')),
  ],
  [
    'Where the policy asks for all three, one rejection is too many.',
    {
      law: lawWith({ policy: { rules: [{ name: 'any', effect: 'allow', destinations: ['*'], approvals: 3 }] } }),
      request: {},
      rejected: ['alice'],
    },
    IN_TIME,
    acts(rejects('alice')),
  ],
  [
    'A rejection by somebody who holds no share of the wallet counts for nothing.',
    { request: {}, rejected: ['holder-4', 'holder-5'] },
    IN_TIME,
    acts(counts([])),
  ],
  [
    'Until it is sealed, an approved request can still be rejected.',
    { request: {}, approved: ['alice', 'bob'], shares: { alice: ['1'] }, rejected: ['alice', 'bob'] },
    IN_TIME,
    acts(rejects('alice', 'bob')),
  ],
]);

decisions('collect: in time', collect, [
  [
    'A share that comes at validUntil is too late.',
    { request: {}, shares: { alice: ['1'], bob: ['2'] } },
    TOO_LATE,
    ignores('SHARE_LATE', 'validUntil'),
  ],
  [
    'A rejection that comes at validUntil adds nothing: the request expires.',
    { request: {}, rejected: ['alice', 'bob'] },
    TOO_LATE,
    ignores('SHARE_LATE', 'validUntil'),
  ],
  [
    'An approved request counts shares after validUntil too: it may be sealed, and its bytes still be owed.',
    { request: {}, approved: ['alice', 'bob'], shares: { alice: ['1'], bob: ['2'] } },
    TOO_LATE,
    acts(approves('alice', 'bob')),
  ],
]);

/** From here alice asks; and from here, alice and bob together. */
const ALICES = '0x2222222222222222222222222222222222222222';
const THEIRS = '0x3333333333333333333333333333333333333333';
const TIED = lawTied({ alice: [ALICES, THEIRS], bob: [THEIRS] });

decisions('collect: who asks does not approve', collect, [
  [
    'The share of the co-signer who asked does not count.',
    { law: TIED, request: { requester: ALICES }, shares: { alice: ['1'], bob: ['2'] } },
    IN_TIME,
    acts(counts(['bob'])),
  ],
  [
    'The two others approve.',
    { law: TIED, request: { requester: ALICES }, shares: { alice: ['1'], bob: ['2'], 'holder-3': ['3'] } },
    IN_TIME,
    acts(approves('bob', 'holder-3')),
  ],
  [
    'What somebody else asks, the same co-signer may approve.',
    { law: TIED, request: { requester: 'dapp' }, shares: { alice: ['1'], bob: ['2'] } },
    IN_TIME,
    acts(approves('alice', 'bob')),
  ],
  [
    'A rejection by who asked takes nobody away.',
    { law: TIED, request: { requester: ALICES }, shares: { bob: ['2'] }, rejected: ['alice'] },
    IN_TIME,
    acts(counts(['bob'], ['alice'])),
  ],
  [
    'A rejection by one of the two others leaves too few: a close is owed.',
    { law: TIED, request: { requester: ALICES }, shares: { alice: ['1'] }, rejected: ['bob'] },
    IN_TIME,
    acts(rejects('bob')),
  ],
  [
    'Who shares one address with another asks together with that one: too few are left, and nobody rejected.',
    { law: TIED, request: { requester: THEIRS }, shares: { alice: ['1'], bob: ['2'], 'holder-3': ['3'] } },
    IN_TIME,
    acts(rejects()),
  ],
]);

/** s since the epoch at which the shares came; the request is older. */
const CAME = time('2029-12-31T12:00:00Z');
const came = (after: number, generation: string): Upload => [generation, { timeCreated: CAME + after * 1000 }];
const DELAYED = lawWith({
  policy: {
    rules: [{ name: 'any', effect: 'allow', destinations: ['*'], opaque: true }],
    delays: [{ name: 'hour', seconds: 3600, aboveWei: '0' }],
  },
});
const waitsUntil = (until: string, unlisted?: string): Counted => ({ kind: 'delay', until: time(until), unlisted });
const TWO = { alice: [came(0, '1')], bob: [came(60, '2')] };

decisions('collect: a payment with a delay of an hour', collect, [
  [
    'It begins with the second share of two that are needed.',
    { request: {}, law: DELAYED, shares: TWO },
    { at: '2029-12-31T13:00:59Z' },
    acts(waitsUntil('2029-12-31T13:01:00Z')),
  ],
  [
    'When it is over a turn is due.',
    { request: {}, law: DELAYED, shares: TWO },
    { at: '2029-12-31T13:01:00Z' },
    acts(approves('alice', 'bob')),
  ],
  [
    'A third share, later, changes nothing.',
    { request: {}, law: DELAYED, shares: { ...TWO, 'holder-3': [came(600, '3')] } },
    { at: '2029-12-31T13:01:00Z' },
    acts(approves('alice', 'bob', 'holder-3')),
  ],
  [
    'A new upload of one who is needed starts it anew.',
    { request: {}, law: DELAYED, shares: { ...TWO, alice: [came(0, '1'), came(1800, '3')] } },
    { at: '2029-12-31T13:01:00Z' },
    acts(waitsUntil('2029-12-31T13:30:00Z')),
  ],
  [
    'Too few shares: counted, as without a delay.',
    { request: {}, law: DELAYED, shares: { alice: [came(0, '1')] } },
    { at: '2029-12-31T14:00:00Z' },
    acts(counts(['alice'])),
  ],
  [
    'One rejection of three is a veto, even before the shares.',
    { request: {}, law: DELAYED, rejected: ['holder-3'] },
    IN_TIME,
    acts(rejects('holder-3')),
  ],
  [
    'And after approved.json.',
    { request: {}, approved: ['alice', 'bob'], law: DELAYED, shares: TWO, rejected: ['holder-3'] },
    IN_TIME,
    acts(rejects('holder-3')),
  ],
  [
    'Without a delay it is none: two others are enough.',
    { request: {}, shares: TWO, rejected: ['holder-3'] },
    IN_TIME,
    acts(approves('alice', 'bob')),
  ],
  [
    'A place that cannot be listed may hold a veto, also when the delay is over.',
    { request: {}, law: DELAYED, shares: TWO, unlisted: 'holder-3' },
    { at: '2029-12-31T13:01:00Z' },
    acts(waitsUntil('2029-12-31T13:01:00Z', 'holder-3')),
  ],
  [
    'Without a delay nobody waits for it.',
    { request: {}, shares: TWO, unlisted: 'holder-3' },
    IN_TIME,
    acts(approves('alice', 'bob')),
  ],
]);
