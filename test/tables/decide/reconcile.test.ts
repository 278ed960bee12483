import type { Collection } from '#core/decide/collect.ts';
import { decideReconcile, markStage, type Owed, unannounced } from '#core/decide/reconcile.ts';
import type { Stage } from '#core/facts/marks.ts';
import type { Wait } from '#core/facts/wait.ts';
import { factsOf, type Story, time } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

interface Given extends Story {
  /** What the shares and rejections that are there now ask for; undefined where a turn at work counts them. */
  readonly votes?: Collection;
}
interface When {
  readonly at: string;
}

/** A close is due with a code; its words are free. */
const owed = ({ votes, ...story }: Given, { at }: When) => {
  const found: Owed = decideReconcile(factsOf(story), votes, time(at));
  return found.kind === 'close' ? `close as ${found.code}` : found;
};

const IN_TIME = { at: '2029-12-31T23:59:59Z' };
const TOO_LATE = { at: '2030-01-01T00:00:00Z' };
const APPROVE: Collection = { kind: 'approve', coSigners: ['alice', 'bob'] };
const REJECT: Collection = { kind: 'reject', rejecters: ['bob', 'holder-3'] };
const DELAY: Collection = { kind: 'delay', until: time('2030-01-01T00:00:00Z'), unlisted: undefined };
const BOTH = ['alice', 'bob'];

table<Given, When, unknown>('reconcile: what is owed by how far a request has come', owed, [
  ['A mark without a request: intake died half way.', {}, IN_TIME, { kind: 'finish-intake' }],
  ['Even after validUntil intake answers: it refuses.', {}, TOO_LATE, { kind: 'finish-intake' }],
  ['Accepted, and nobody has approved: nothing now.', { request: {} }, IN_TIME, { kind: 'nothing' }],
  [
    'Enough shares, whose notifications never came: approve.',
    { request: {}, votes: APPROVE },
    IN_TIME,
    { kind: 'approve', coSigners: ['alice', 'bob'] },
  ],
  ['Approved: a turn.', { request: {}, approved: BOTH }, IN_TIME, { kind: 'launch' }],
  [
    'Approved, and approved once more: a turn.',
    { request: {}, approved: BOTH, votes: APPROVE },
    IN_TIME,
    { kind: 'launch' },
  ],
  [
    'Enough shares, and a delay that goes on: nothing now.',
    { request: {}, votes: DELAY },
    IN_TIME,
    { kind: 'nothing' },
  ],
  [
    'Approved, says a fact, and its delay goes on: no turn.',
    { request: {}, approved: BOTH, votes: DELAY },
    IN_TIME,
    { kind: 'nothing' },
  ],
  ['Submitted: settle it.', { request: {}, approved: BOTH, submitted: {} }, IN_TIME, { kind: 'settle' }],
  ['Submitted without any other fact: settle it.', { request: {}, submitted: {} }, IN_TIME, { kind: 'settle' }],
  [
    'Decided: announce it again, and let the mark go.',
    { request: {}, submitted: {}, outcome: 'finalized' },
    IN_TIME,
    { kind: 'finish-outcome' },
  ],
]);

table<Given, When, unknown>('reconcile: when a close is owed', owed, [
  ['Not approved at validUntil.', { request: {} }, TOO_LATE, 'close as NOT_APPROVED_IN_TIME'],
  [
    'Enough shares at validUntil: too late all the same.',
    { request: {}, votes: APPROVE },
    TOO_LATE,
    'close as NOT_APPROVED_IN_TIME',
  ],
  ['Approved, and not sealed at validUntil.', { request: {}, approved: BOTH }, TOO_LATE, 'close as NOT_SEALED_IN_TIME'],
  ['Withdrawn.', { request: {}, withdrawn: 'by its requester' }, IN_TIME, 'close as WITHDRAWN'],
  [
    'Withdrawn while it waits for a turn.',
    { request: {}, approved: BOTH, withdrawn: 'by its requester' },
    IN_TIME,
    'close as WITHDRAWN',
  ],
  ['Too many rejections.', { request: {}, votes: REJECT }, IN_TIME, 'close as REJECTED'],
  [
    'Too few who may approve what its requester asks.',
    { request: {}, votes: { kind: 'reject', rejecters: [] } },
    IN_TIME,
    'close as TOO_FEW_APPROVERS',
  ],
  [
    'Too many rejections while it waits for a turn.',
    { request: {}, approved: BOTH, votes: REJECT },
    IN_TIME,
    'close as REJECTED',
  ],
  [
    'Withdrawn and rejected: its requester was first to say so.',
    { request: {}, withdrawn: 'by its requester', votes: REJECT },
    IN_TIME,
    'close as WITHDRAWN',
  ],
  [
    'Withdrawn or rejected, and expired: expired.',
    { request: {}, withdrawn: 'by its requester', votes: REJECT },
    TOO_LATE,
    'close as NOT_APPROVED_IN_TIME',
  ],
  [
    'What is submitted can no longer be closed.',
    { request: {}, submitted: {}, withdrawn: 'by its requester', votes: REJECT },
    TOO_LATE,
    { kind: 'settle' },
  ],
]);

const says = (given: Given & { readonly waits?: Wait }, when: When) => {
  const { votes, waits, ...story } = given;
  const found = decideReconcile(factsOf(story), votes, time(when.at), waits);
  return found.kind === 'close' ? found.reason : found.kind;
};

table('reconcile: a close says who ended it', says, [
  ['The requester.', { request: {}, withdrawn: 'by its requester' }, IN_TIME, 'withdrawn by dapp'],
  ['The co-signers.', { request: {}, votes: REJECT }, IN_TIME, 'rejected by bob, holder-3'],
  [
    'The law, where it leaves too few who may approve.',
    { request: {}, votes: { kind: 'reject', rejecters: [] } },
    IN_TIME,
    'the law leaves too few co-signers who may approve what this requester asks',
  ],
  [
    'Time, and nobody knows why.',
    { request: {}, approved: BOTH },
    TOO_LATE,
    'approved, but not sealed before validUntil',
  ],
  [
    'Time, while it waited: for what.',
    {
      request: {},
      approved: BOTH,
      waits: {
        code: 'BALANCE_LOW',
        at: 0,
        nextNonce: undefined,
        numbers: { balanceWei: 10n ** 17n, neededWei: 10n ** 18n },
      },
    },
    TOO_LATE,
    'approved, but not sealed before validUntil. Last seen, BALANCE_LOW: It waits for money: it needs 1 ETH, and the wallet has 0.1 ETH for it.',
  ],
]);

const missing = (story: Story, { mark }: { readonly mark: Stage }) => unannounced(factsOf(story), mark);
const ALL: Story = { request: {}, approved: BOTH, submitted: {} };

table<Story, { readonly mark: Stage }, readonly string[]>('reconcile: what may never have been said', missing, [
  ['Nothing is stored: nothing.', {}, { mark: 'received' }, []],
  ['Accepted, and its mark says so: nothing.', { request: {} }, { mark: 'accepted' }, []],
  ['Accepted, and its mark does not: that.', { request: {} }, { mark: 'received' }, ['accepted']],
  ['Every fact above the mark, in order.', ALL, { mark: 'received' }, ['accepted', 'approved', 'submitted']],
  ['Only what is above the mark.', ALL, { mark: 'accepted' }, ['approved', 'submitted']],
  ['Only what is stored.', { request: {}, submitted: {} }, { mark: 'accepted' }, ['submitted']],
  ['A mark that says more than is stored: nothing.', { request: {} }, { mark: 'submitted' }, []],
  ['An outcome is announced by whoever lets the mark go.', { ...ALL, outcome: 'finalized' }, { mark: 'submitted' }, []],
]);

const stage = (story: Story, _: 'once all is announced') => markStage(factsOf(story));

table<Story, 'once all is announced', Stage>('reconcile: what the mark says', stage, [
  ['No request yet: received.', {}, 'once all is announced', 'received'],
  ['Accepted.', { request: {} }, 'once all is announced', 'accepted'],
  ['Approved.', { request: {}, approved: BOTH }, 'once all is announced', 'approved'],
  ['Submitted.', ALL, 'once all is announced', 'submitted'],
  ['Decided.', { ...ALL, outcome: 'reverted' }, 'once all is announced', 'decided'],
]);
