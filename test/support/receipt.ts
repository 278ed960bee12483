import type { SealItem } from '#core/register/entry.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';

/** What rules of the register do not read of an item: nothing judged in tokens, no delay. */
export const PLAIN = { tokensJudged: 'no', assets: [], delay: null } as const satisfies Partial<SealItem>;

const HASH = 'a'.repeat(64);
export const ADDRESS = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

/** A receipt as one is written today, with what differs. */
export const receiptWith = (over: Partial<ReceiptFact> = {}): ReceiptFact => ({
  version: '2',
  eventId: 'lab-results/receipts/2026/11/22/a.json',
  id: HASH,
  wallet: 'treasury',
  chainId: '1',
  status: 'finalized',
  transactionHash: `0x${'1'.repeat(64)}`,
  blockNumber: '5',
  blockHash: `0x${'b'.repeat(64)}`,
  blockTime: '2026-11-22T00:00:00Z',
  from: ADDRESS,
  to: ADDRESS,
  contractAddress: '',
  valueWei: '500000000000000000',
  gasUsed: '21000',
  effectiveGasPrice: '1000000000',
  feeWei: '21000000000000',
  executionFeeWei: '21000000000000',
  l1FeeWei: '',
  blobFeeWei: '',
  nonce: '0',
  reference: 'invoice-1',
  requester: 'dapp',
  memo: '',
  approvedBy: ['alice', 'bob'],
  approvals: [{ coSigner: 'alice', object: `alice/shares/${HASH}`, generation: '17', sha256: HASH, prediction: '' }],
  rule: 'any',
  lawHash: '0'.repeat(64),
  seal: `seals/1/${ADDRESS}/999999999999`,
  sealGeneration: '1',
  sealHash: HASH,
  finality: 'finalized',
  witness: 'quorum',
  tokensJudged: 'no',
  assets: [],
  delayStartedAt: '',
  delayEndedAt: '',
  delayObject: '',
  delayGeneration: '',
  selector: '0x',
  callSignature: '',
  callArguments: [],
  transfersListed: 'no',
  transfers: [],
  deviations: [],
  ...over,
});
