import {
  type Backing,
  type FinalReceipt,
  type FinalTransaction,
  outcomeBacking,
  receiptBacking,
} from '#core/decide/backing.ts';
import { receiptOf } from '#core/decide/receipt.ts';
import type { Seen } from '#core/decide/why.ts';
import type { FoundSeal } from '#core/facts/chain-facts.ts';
import type { RegisterView } from '#core/register/rules.ts';
import type { Law } from '#schemas/config.ts';
import type { OutcomeFact, ReceiptFact } from '#schemas/facts.ts';
import { validUntilMs } from '#schemas/request.ts';
import { lawWith } from '#test/support/given.ts';
import { asks, close, idOf, item, LIMITS, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

const WALLET = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const RUNG = `0x${'1'.repeat(64)}`;
const OTHER = `0x${'2'.repeat(64)}`;
const REQUEST = { id: idOf('R1'), walletAddress: WALLET, lawHash: '0'.repeat(64), request: asks('R1') };
const UNTIL = validUntilMs(REQUEST.request);

const final = (over: { success?: boolean; number?: bigint; from?: string; nonce?: bigint } = {}): FinalTransaction => ({
  receipt: {
    ...{ transactionHash: RUNG, blockNumber: over.number ?? 9n, blockHash: OTHER, success: over.success ?? true },
    ...{ gasUsed: 21_000n, effectiveGasPrice: 5n, l1Fee: undefined },
  },
  block: { number: over.number ?? 9n, hash: OTHER, time: UNTIL, baseFeePerGas: 1n },
  use: { from: over.from ?? WALLET, nonce: over.nonce ?? 4n },
});

const told = (outcome: OutcomeFact['outcome'], over: Partial<OutcomeFact> = {}): OutcomeFact => ({
  ...{ id: idOf('R1'), wallet: 'hot', outcome, code: '', reason: '', receipt: '' },
  ...{ transactionHash: RUNG, blockNumber: '9' },
  ...over,
});
const ended = (code: OutcomeFact['code'], outcome: OutcomeFact['outcome'] = 'rejected'): OutcomeFact =>
  told(outcome, { code, transactionHash: '', blockNumber: '' });

interface Given {
  readonly register: Seen<RegisterView>;
  readonly chain?: Seen<FinalTransaction | undefined>;
}
const shows = (entries: Parameters<typeof view>[0], chain: Given['chain'] = { value: final() }): Given => ({
  register: { value: view(entries, { at: UNTIL, since: UNTIL - 30 * 24 * 3_600_000 }) },
  chain,
});
const sealed = seal(0n, [item('R1', 4n)]);
const closed = close(0n, ['R1'], { timeCreated: UNTIL });
const silent = { unseen: 'CHAIN_UNREACHABLE' };
const unverified = (because: string): Backing => ({ kind: 'unverified', because });
const CHAIN: Backing = { kind: 'chain' };

const backing = ({ register, chain = { value: undefined } }: Given, outcome: OutcomeFact): Backing =>
  outcomeBacking(outcome, { request: REQUEST, limits: LIMITS }, register, chain);

table<Given, OutcomeFact, Backing>('backing: what stands behind an outcome', backing, [
  [
    'An outcome of another request proves nothing.',
    shows([sealed]),
    told('finalized', { id: idOf('R2') }),
    unverified('it tells of another request'),
  ],
  [
    'Who may not read the register is told so.',
    { register: { unseen: 'PERMISSION_DENIED' } },
    told('finalized'),
    unverified('you may not read the register'),
  ],
  [
    'A register that does not answer is named.',
    { register: { unseen: 'UNAVAILABLE' } },
    told('finalized'),
    unverified('the register could not be read (UNAVAILABLE)'),
  ],
  ['Sealed and in a final block: the chain.', shows([sealed]), told('finalized'), CHAIN],
  [
    'Sealed and reverted in a final block: the chain.',
    shows([sealed], { value: final({ success: false }) }),
    told('reverted'),
    CHAIN,
  ],
  [
    'Called finalized, and the chain says reverted.',
    shows([sealed], { value: final({ success: false }) }),
    told('finalized'),
    unverified('the chain tells another end of its transaction'),
  ],
  [
    'In another block than told.',
    shows([sealed], { value: final({ number: 8n }) }),
    told('finalized'),
    unverified('the chain tells another end of its transaction'),
  ],
  [
    'Not in a final block.',
    shows([sealed], { value: undefined }),
    told('finalized'),
    unverified('the chain shows no such transaction in a final block'),
  ],
  [
    'The chain is silent: a seal alone.',
    shows([sealed], silent),
    told('finalized'),
    { kind: 'seal', because: 'the chain could not be read (CHAIN_UNREACHABLE)' },
  ],
  ['Not sealed.', shows([]), told('finalized'), unverified('the register shows no seal of it')],
  [
    'Sealed with another transaction.',
    shows([sealed]),
    told('finalized', { transactionHash: OTHER }),
    unverified('the register seals another transaction of it'),
  ],
  [
    'Replaced by a request that is sealed at its nonce.',
    shows([seal(0n, [{ ...item('R1', 4n), rungs: [OTHER] }]), seal(1n, [item('R2', 4n)])]),
    told('replaced'),
    CHAIN,
  ],
  [
    'Replaced by a request at another nonce.',
    shows([seal(0n, [{ ...item('R1', 4n), rungs: [OTHER] }]), seal(1n, [item('R2', 5n)])]),
    told('replaced'),
    unverified('the register shows no other request with its nonce'),
  ],
  [
    'Superseded by what the wallet sent at its nonce, unsealed.',
    shows([sealed]),
    told('superseded', { transactionHash: OTHER }),
    CHAIN,
  ],
  [
    'Superseded by a transaction of another nonce.',
    shows([sealed], { value: final({ nonce: 5n }) }),
    told('superseded', { transactionHash: OTHER }),
    unverified('the chain tells another end of its transaction'),
  ],
  [
    'Superseded by a transaction of another sender.',
    shows([sealed], { value: final({ from: OTHER }) }),
    told('superseded', { transactionHash: OTHER }),
    unverified('the chain tells another end of its transaction'),
  ],
  [
    'Superseded in another block than told.',
    shows([sealed]),
    told('superseded', { transactionHash: OTHER, blockNumber: '1' }),
    unverified('the chain tells another end of its transaction'),
  ],
  [
    'Superseded where the chain is silent: nothing tells of it.',
    shows([sealed], silent),
    told('superseded', { transactionHash: OTHER }),
    unverified('the chain could not be read (CHAIN_UNREACHABLE)'),
  ],
  [
    'Superseded by what is sealed.',
    shows([sealed]),
    told('superseded'),
    unverified('the register seals that transaction'),
  ],
  ['Closed, and no seal of it: the close.', shows([closed]), ended('REJECTED'), { kind: 'close' }],
  [
    'Closed with another code than told.',
    shows([closed]),
    ended('EXPIRED', 'expired'),
    unverified('the register closed it as rejected (REJECTED)'),
  ],
  [
    'Closed as told, with a code that means another end.',
    shows([closed]),
    ended('REJECTED', 'failed'),
    unverified('the register closed it as rejected (REJECTED)'),
  ],
  [
    'No close.',
    shows([]),
    ended('WITHDRAWN', 'withdrawn'),
    unverified('the register shows no close of it that counts'),
  ],
  [
    'Closed and sealed: it can still be mined.',
    shows([closed, seal(1n, [item('R1', 4n)])]),
    ended('POLICY_DENIED', 'refused'),
    unverified('the register seals it, so it can still be mined'),
  ],
]);

const LAW = {
  chainId: '31337',
  name: 'anvil',
  finality: { kind: 'finalized' },
  trusted: true,
} as unknown as Parameters<typeof receiptBacking>[1]['law'];
const PLACE = { wallet: { name: 'hot', address: WALLET }, results: 'lab-results', law: LAW };
const APPROVAL = { coSigner: 'alice', object: 'a', generation: '1', sha256: '0'.repeat(64), prediction: '' };
const FOUND: FoundSeal = {
  name: 'entry',
  generation: '1',
  rawHash: '0'.repeat(64),
  lawHash: '0'.repeat(64),
  item: { ...item('R1', 4n), approvals: [APPROVAL] },
};
const day = new Date(UNTIL).toISOString().slice(0, 10).replaceAll('-', '/');
const RECEIPT: ReceiptFact = receiptOf({
  eventId: `lab-results/receipts/${day}/${idOf('R1')}.json`,
  request: REQUEST,
  submitted: {
    id: idOf('R1'),
    wallet: 'hot',
    chainId: '31337',
    from: WALLET,
    nonce: '4',
    transactionHashes: [RUNG],
    approvedBy: ['alice'],
    seal: 'entry',
  },
  seal: FOUND,
  mined: final(),
  logs: [],
  sealLaw: undefined,
  price: 5n,
  law: LAW,
  predictions: [],
});
const listed = { ...final(), logs: [] };
const noPrice = {
  ...final(),
  receipt: { ...final().receipt, effectiveGasPrice: undefined },
  block: { ...final().block, baseFeePerGas: undefined },
};

type Rest = readonly [seal: Seen<FoundSeal | undefined>, mined: Seen<FinalReceipt | undefined>, sealLaw?: Law];
const ofReceipt = ([found, mined, sealLaw]: Rest, receipt: ReceiptFact): Backing =>
  receiptBacking(receipt, { ...PLACE, sealLaw }, found, mined);
const both: Rest = [{ value: FOUND }, { value: listed }];
const [MOVED] = RECEIPT.transfers;
if (MOVED === undefined) throw new Error('nothing moved');
const OTHERWISE: ReceiptFact['deviations'][number] = {
  ...{ code: 'MOVED_OTHERWISE', standard: 'erc20', address: MOVED.to, tokenId: '' },
  ...{ expected: '1', actual: '0', coSigner: 'alice' },
};

table<Rest, ReceiptFact, Backing>('backing: what stands behind a receipt', ofReceipt, [
  ['Every field as register and chain have it: the chain.', both, RECEIPT, CHAIN],
  [
    'The chain is silent: a seal alone.',
    [{ value: FOUND }, silent],
    RECEIPT,
    { kind: 'seal', because: 'the chain could not be read (CHAIN_UNREACHABLE)' },
  ],
  [
    'With a part for a rollup, the chain is silent: a seal alone.',
    [{ value: FOUND }, silent],
    { ...RECEIPT, l1FeeWei: '7', feeWei: '105007' },
    { kind: 'seal', because: 'the chain could not be read (CHAIN_UNREACHABLE)' },
  ],
  [
    'The chain is silent, and its time is no time.',
    [{ value: FOUND }, silent],
    { ...RECEIPT, blockTime: 'never' },
    unverified('register and chain say otherwise: eventId, blockTime'),
  ],
  [
    'What a function lists of logs is compared with them.',
    both,
    { ...RECEIPT, transfers: [{ ...MOVED, amount: '9' }] },
    unverified('register and chain say otherwise: transfers'),
  ],
  [
    'Logs that no function read are claimed by nobody.',
    both,
    { ...RECEIPT, transfersListed: 'no', transfers: [] },
    CHAIN,
  ],
  [
    'Logs that the reader’s nodes do not tell alike prove nothing that is listed.',
    [{ value: FOUND }, { value: final() }],
    RECEIPT,
    unverified('your nodes do not tell its logs alike'),
  ],
  [
    'Where the chain is silent, what the logs told is not compared.',
    [{ value: FOUND }, silent],
    { ...RECEIPT, transfers: [{ ...MOVED, amount: '9' }] },
    { kind: 'seal', because: 'the chain could not be read (CHAIN_UNREACHABLE)' },
  ],
  [
    'A call that the law of the seal does not name is not explained.',
    both,
    { ...RECEIPT, callSignature: 'gift()' },
    unverified('register and chain say otherwise: callSignature'),
  ],
  [
    'A receipt that names no token is honest, also where the law is kept now.',
    [both[0], both[1], lawWith()],
    RECEIPT,
    CHAIN,
  ],
  [
    'How finality was judged is not compared.',
    both,
    { ...RECEIPT, finality: 'confirmations/3', witness: 'quorum' },
    CHAIN,
  ],
  [
    'What an approver was shown, register and chain cannot say: that it deviates is not compared.',
    both,
    { ...RECEIPT, deviations: [OTHERWISE] },
    CHAIN,
  ],
  [
    'Nobody who did not approve was shown anything.',
    both,
    { ...RECEIPT, deviations: [{ ...OTHERWISE, coSigner: 'mallory' }] },
    unverified('it tells of a prediction that nobody made'),
  ],
  [
    'A prediction is somebody’s.',
    both,
    { ...RECEIPT, deviations: [{ ...OTHERWISE, coSigner: '' }] },
    unverified('it tells of a prediction that nobody made'),
  ],
  [
    'What register and chain can say hides behind no approver’s name.',
    both,
    { ...RECEIPT, deviations: [{ ...OTHERWISE, code: 'NOT_MOVED' }] },
    unverified('it tells of a prediction that nobody made'),
  ],
  [
    'A deviation from what was approved is compared.',
    both,
    { ...RECEIPT, deviations: [{ ...OTHERWISE, code: 'NOT_MOVED', coSigner: '' }] },
    unverified('register and chain say otherwise: deviations'),
  ],
  [
    'Fields that differ are named.',
    both,
    { ...RECEIPT, valueWei: '1', memo: 'other' },
    unverified('register and chain say otherwise: valueWei, memo'),
  ],
  [
    'Not in a final block.',
    [{ value: FOUND }, { value: undefined }],
    RECEIPT,
    unverified('the chain shows no such transaction in a final block'),
  ],
  [
    'No node says the price.',
    [{ value: FOUND }, { value: noPrice }],
    RECEIPT,
    unverified('no node says what it paid for its gas'),
  ],
  [
    'The register may not be read.',
    [{ unseen: 'PERMISSION_DENIED' }, { value: listed }],
    RECEIPT,
    unverified('you may not read the register'),
  ],
  [
    'No seal.',
    [{ value: undefined }, { value: final() }],
    RECEIPT,
    unverified('the register shows no seal of its transaction where it says'),
  ],
  [
    'A seal of another request.',
    both,
    { ...RECEIPT, id: idOf('R2') },
    unverified('the register shows no seal of its transaction where it says'),
  ],
  [
    'A seal of another transaction.',
    both,
    { ...RECEIPT, transactionHash: OTHER },
    unverified('the register shows no seal of its transaction where it says'),
  ],
]);
