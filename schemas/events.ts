import { canonicalBytes } from './canonical.ts';
import type { EventType } from './event-types.ts';
import type {
  ApprovedFact,
  BadShareFact,
  OutcomeFact,
  ReceiptFact,
  RefusalFact,
  SubmittedFact,
  WaitingFact,
} from './facts.ts';
import type { Topics } from './names.ts';
import type { TransactionRequest } from './request.ts';
import { timeText } from './spellings.ts';
import { waitAboutOf } from './wait-about.ts';
import { waitSentence } from './waits.ts';

/** What is said about a fact, before it is tied to the stored object. The body is a pure function of the fact. */
export interface Announcement {
  readonly topic: keyof Topics;
  readonly type: EventType;
  /** The id of the request; empty where there is none. */
  readonly subject: string;
  readonly wallet: string;
  readonly requester: string;
  readonly body: Readonly<Record<string, string | readonly string[] | readonly Readonly<Record<string, string>>[]>>;
  /** The replay by which it is said once more; undefined of what is said for its own sake. It changes neither bytes nor `ce-id`. */
  readonly replayed?: string;
}

/** The object that an announcement speaks of: `ce-id` and `ce-time` come from it, so whoever announces sends the same event. */
export interface Committed {
  readonly bucket: string;
  readonly name: string;
  /** ms */
  readonly timeCreated: number;
}

/** A Pub/Sub message with CloudEvents attributes in the Pub/Sub binding (prefix `ce-`, binary mode). */
export const messageOf = (
  announcement: Announcement,
  committed: Committed,
): { data: Uint8Array; attributes: Readonly<Record<string, string>> } => {
  const eventId = `${committed.bucket}/${committed.name}`;
  return {
    data: canonicalBytes({ eventId, ...announcement.body }),
    attributes: {
      'ce-id': eventId,
      'ce-specversion': '1.0',
      'ce-type': announcement.type,
      'ce-source': `//storage.googleapis.com/projects/_/buckets/${committed.bucket}`,
      // Optional, and never empty: a strict consumer refuses the whole event.
      ...(announcement.subject === '' ? {} : { 'ce-subject': announcement.subject }),
      'ce-time': timeText(committed.timeCreated),
      'content-type': 'application/json',
      wallet: announcement.wallet,
      requester: announcement.requester,
      ...(announcement.replayed === undefined ? {} : { replayed: announcement.replayed }),
    },
  };
};

const NOTHING = {
  id: '',
  wallet: '',
  chainId: '',
  requester: '',
  reference: '',
  validUntil: '',
  coSigner: '',
  code: '',
  field: '',
  reason: '',
  existingId: '',
  outcome: '',
  transactionHash: '',
  blockNumber: '',
  approvedBy: [],
};

type About = Partial<Record<keyof typeof NOTHING, string | readonly string[]>>;

const requestEvent = (
  type: EventType,
  subject: string,
  { wallet, requester }: { wallet: string; requester: string },
  about: About,
): Announcement => ({
  topic: 'requestEvents',
  type,
  subject,
  wallet,
  requester,
  body: { ...NOTHING, ...about, wallet, requester, type },
});

const ofRequest = (type: EventType, id: string, request: TransactionRequest, about: About = {}): Announcement => {
  const { chainId, reference, validUntil } = request;
  return requestEvent(type, id, request, { id, chainId, reference, validUntil, ...about });
};

export const acceptedEvents = (id: string, request: TransactionRequest): Announcement[] => [
  ofRequest('keyturn.request.accepted', id, request),
];

export const refusedEvents = (fact: RefusalFact): Announcement[] => {
  const { reference, code, field, reason, existingId } = fact;
  return [requestEvent('keyturn.request.refused', existingId, fact, { reference, code, field, reason, existingId })];
};

export const shareSeenEvents = (id: string, request: TransactionRequest, coSigner: string): Announcement[] => [
  ofRequest('keyturn.request.share-seen', id, request, { coSigner }),
];

export const rejectedByEvents = (id: string, request: TransactionRequest, coSigner: string): Announcement[] => [
  ofRequest('keyturn.request.rejected-by', id, request, { coSigner }),
];

export const badShareEvents = (fact: BadShareFact, request: TransactionRequest, advice: string): Announcement[] => [
  ofRequest('keyturn.request.share-bad', fact.id, request, {
    coSigner: fact.coSigner,
    code: fact.code,
    reason: advice,
  }),
];

export const waitingEvents = (fact: WaitingFact, request: TransactionRequest): Announcement[] => [
  ofRequest('keyturn.request.waiting', fact.id, request, {
    code: fact.code,
    reason: waitSentence(fact.code, waitAboutOf(fact)),
  }),
];

/** The hint to launch, alone: what reconcile repeats until the request is sealed. */
export const turnDueEvents = (fact: ApprovedFact, request: TransactionRequest): Announcement[] => [
  {
    topic: 'approved',
    type: 'keyturn.turn.due',
    subject: fact.id,
    wallet: fact.wallet,
    requester: request.requester,
    body: { id: fact.id, wallet: fact.wallet },
  },
];

export const approvedEvents = (fact: ApprovedFact, request: TransactionRequest): Announcement[] => [
  ofRequest('keyturn.request.approved', fact.id, request, { approvedBy: fact.coSigners }),
  ...turnDueEvents(fact, request),
];

export const submittedEvents = (fact: SubmittedFact, request: TransactionRequest): Announcement[] => [
  ofRequest('keyturn.request.submitted', fact.id, request, {
    approvedBy: fact.approvedBy,
    transactionHash: fact.transactionHashes[0] ?? '',
  }),
  {
    topic: 'submitted',
    type: 'keyturn.request.submitted',
    subject: fact.id,
    wallet: fact.wallet,
    requester: request.requester,
    body: { id: fact.id, wallet: fact.wallet, chainId: fact.chainId, nonce: fact.nonce },
  },
];

export const outcomeEvents = (fact: OutcomeFact, request: TransactionRequest): Announcement[] => [
  ofRequest('keyturn.request.outcome', fact.id, request, {
    outcome: fact.outcome,
    code: fact.code,
    reason: fact.reason,
    transactionHash: fact.transactionHash,
    blockNumber: fact.blockNumber,
  }),
];

export const receiptEvents = (fact: ReceiptFact): Announcement[] => {
  const { eventId: _, ...body } = fact;
  return [
    {
      topic: 'receipts',
      type: 'keyturn.receipt',
      subject: fact.id,
      wallet: fact.wallet,
      requester: fact.requester,
      body,
    },
  ];
};

/** The same event once more, for whoever lost it. `replay`: the name of the replay. */
export const replayedEvents = (fact: ReceiptFact, replay: string): Announcement[] =>
  receiptEvents(fact).map((announcement) => ({ ...announcement, replayed: replay }));
