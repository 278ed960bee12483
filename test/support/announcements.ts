import * as events from '#schemas/events.ts';
import { requestOf } from './law.ts';
import { receiptWith } from './receipt.ts';

const hash = 'a'.repeat(64);
const request = requestOf();
/** The stored object that all of them speak of. */
export const COMMITTED = { bucket: 'lab-results', name: 'requests/x/y.json', timeCreated: Date.UTC(2026, 10, 22) };
const address = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const transactionHash = `0x${hash}`;
const REFUSAL = {
  dataHash: hash,
  lawHash: hash,
  code: 'MALFORMED',
  field: '',
  reason: 'r',
  messageId: '1',
  reference: '',
  requester: '',
  wallet: '',
  existingId: '',
} as const;
const TOKEN = { standard: 'erc20', address, tokenId: '', symbol: 'USDC', decimals: '6' } as const;
const facts = {
  refusal: REFUSAL,
  reused: { ...REFUSAL, code: 'REFERENCE_USED', existingId: hash },
  approved: { id: hash, wallet: 'treasury', coSigners: ['alice', 'bob'] },
  badShare: {
    id: hash,
    wallet: 'treasury',
    coSigner: 'bob',
    object: 'bob/shares/x',
    generation: '1',
    code: 'SHARE_WRONG',
  },
  waiting: {
    id: hash,
    wallet: 'treasury',
    code: 'BALANCE_LOW',
    numbers: { balanceWei: '1', neededWei: '2' },
  },
  submitted: {
    id: hash,
    wallet: 'treasury',
    chainId: '1',
    from: address,
    nonce: '0',
    transactionHashes: [transactionHash],
    approvedBy: ['alice'],
    seal: 's',
  },
  outcome: {
    id: hash,
    wallet: 'treasury',
    outcome: 'expired',
    code: 'NOT_APPROVED_IN_TIME',
    reason: 'r',
    transactionHash: '',
    blockNumber: '',
    receipt: '',
  },
  receipt: receiptWith(),
  /** Every list with something in it, as later releases may fill them. */
  fullReceipt: receiptWith({
    to: '',
    contractAddress: address,
    l1FeeWei: '1',
    tokensJudged: 'yes',
    assets: [{ ...TOKEN, chainId: '1', leaves: '1', allows: '0' }],
    callSignature: 'transfer(address,uint256)',
    callArguments: [{ name: 'to', type: 'address', value: address }],
    transfersListed: 'all',
    transfers: [{ ...TOKEN, from: address, to: address, amount: '1', logIndex: '0' }],
    deviations: [
      { code: 'OTHER_AMOUNT', standard: 'erc20', address, tokenId: '', expected: '2', actual: '1', coSigner: '' },
    ],
  }),
} as const;

/** One announcement or more of each type of event. */
export const ANNOUNCEMENTS: readonly events.Announcement[] = [
  ...events.acceptedEvents(hash, request),
  ...events.refusedEvents(facts.refusal),
  ...events.refusedEvents(facts.reused),
  ...events.shareSeenEvents(hash, request, 'alice'),
  ...events.rejectedByEvents(hash, request, 'alice'),
  ...events.badShareEvents(facts.badShare, request, 'advice'),
  ...events.waitingEvents(facts.waiting, request),
  ...events.approvedEvents(facts.approved, request),
  ...events.submittedEvents(facts.submitted, request),
  ...events.outcomeEvents(facts.outcome, request),
  ...events.receiptEvents(facts.receipt),
  ...events.receiptEvents(facts.fullReceipt),
];
