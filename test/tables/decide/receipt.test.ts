import { getAddress, keccak256, toBeHex } from 'ethers';
import { receiptOf, type Settled } from '#core/decide/receipt.ts';
import type { ChainLaw } from '#schemas/config.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';
import { factsOf, HOT, requestFact, time } from '#test/support/given.ts';
import { item } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

/** Which fields of a receipt say what, from the chain, the seal and the law. What of it becomes an act stands in the table of finalize. */
interface Given {
  readonly asked?: Readonly<Record<string, unknown>>;
  readonly success?: boolean;
  /** wei, where the node of a rollup names one. */
  readonly l1Fee?: bigint;
  readonly seal?: Partial<Settled['seal']['item']>;
  readonly law?: Partial<ChainLaw>;
}

const submitted = factsOf({ request: {}, submitted: {} }).submitted?.fact;
const DELAY = {
  startedAt: '2030-01-01T00:00:00Z',
  endedAt: '2030-01-01T06:00:00Z',
  object: 'alice/shares/1',
  generation: '17',
};

const written = (given: Given, fields: readonly (keyof ReceiptFact)[]) => {
  if (submitted === undefined) throw new Error('nothing is submitted');
  const block = { number: 9n, hash: `0x${'b'.repeat(64)}`, time: time('2030-01-01T12:00:00Z'), baseFeePerGas: 2n };
  const receipt = {
    ...{ transactionHash: `0x${'1'.repeat(64)}`, blockHash: block.hash, blockNumber: 9n },
    ...{ success: given.success ?? true, gasUsed: 20_000n, effectiveGasPrice: 3n, l1Fee: given.l1Fee },
  };
  const all = receiptOf({
    eventId: 'lab-results/receipts/x.json',
    request: requestFact(given.asked ?? {}),
    submitted,
    seal: {
      ...{ name: 'seals/31337/x/999999999994', generation: '42', rawHash: 'd'.repeat(64), lawHash: 'c'.repeat(64) },
      item: { ...item('R1', 7n), ...given.seal },
    },
    mined: { receipt, block },
    price: 3n,
    law: {
      ...{ chainId: '31337', name: 'lab', trusted: false, tokens: [] },
      finality: { kind: 'finalized' },
      ...given.law,
    },
  });
  return Object.fromEntries(fields.map((field) => [field, all[field]]));
};

/** CREATE's address (yellow paper, CREATE) is of rlp([sender, nonce 7]), which is 0xd6 0x94 sender 0x07. */
const CREATED = getAddress(`0x${keccak256(`0xd694${HOT.address.slice(2)}${toBeHex(7).slice(2)}`).slice(-40)}`);

const INIT = { to: '', data: '0x60006000' };

table<Given, readonly (keyof ReceiptFact)[], unknown>('receipt: what its fields say', written, [
  [
    'Money that went: the gas used times the price, and nothing beside it.',
    {},
    ['status', 'feeWei', 'executionFeeWei', 'l1FeeWei', 'blobFeeWei'],
    { status: 'finalized', feeWei: '60000', executionFeeWei: '60000', l1FeeWei: '', blobFeeWei: '' },
  ],
  [
    'A rollup takes a fee for data on its base chain, beside the gas.',
    { l1Fee: 5n },
    ['feeWei', 'executionFeeWei', 'l1FeeWei'],
    { feeWei: '60005', executionFeeWei: '60000', l1FeeWei: '5' },
  ],
  ['A data fee of zero is told as one.', { l1Fee: 0n }, ['feeWei', 'l1FeeWei'], { feeWei: '60000', l1FeeWei: '0' }],
  [
    'What was reverted has a fee too, and moved nothing.',
    { success: false },
    ['status', 'feeWei', 'contractAddress'],
    { status: 'reverted', feeWei: '60000', contractAddress: '' },
  ],
  ['A payment creates no contract.', {}, ['contractAddress'], { contractAddress: '' }],
  [
    'A creation says where the contract is: sender and nonce make its address.',
    { asked: INIT },
    ['to', 'contractAddress'],
    { to: '', contractAddress: CREATED },
  ],
  [
    'A creation that was reverted made none.',
    { asked: INIT, success: false },
    ['contractAddress'],
    { contractAddress: '' },
  ],
  [
    'Each co-signer stands once among those who approved, however many shares were used.',
    {
      seal: {
        approvals: ['alice', 'bob', 'alice'].map((coSigner, n) => ({
          ...{ coSigner, object: `${coSigner}/shares/${n}`, generation: '1', sha256: 'a'.repeat(64), prediction: '' },
        })),
      },
    },
    ['approvedBy'],
    { approvedBy: ['alice', 'bob'] },
  ],
  [
    'Law and seal are those under which it was signed.',
    { seal: { rule: 'small' } },
    ['lawHash', 'rule', 'seal', 'sealGeneration', 'sealHash'],
    {
      lawHash: 'c'.repeat(64),
      rule: 'small',
      seal: 'seals/31337/x/999999999994',
      sealGeneration: '42',
      sealHash: 'd'.repeat(64),
    },
  ],
  [
    'A delay is told as the seal has it.',
    { seal: { delay: DELAY } },
    ['delayStartedAt', 'delayEndedAt', 'delayObject', 'delayGeneration'],
    {
      delayStartedAt: '2030-01-01T00:00:00Z',
      delayEndedAt: '2030-01-01T06:00:00Z',
      delayObject: 'alice/shares/1',
      delayGeneration: '17',
    },
  ],
  [
    'Without a delay all of it is empty.',
    { seal: { delay: null } },
    ['delayStartedAt', 'delayEndedAt', 'delayObject', 'delayGeneration'],
    { delayStartedAt: '', delayEndedAt: '', delayObject: '', delayGeneration: '' },
  ],
  [
    'Several urls that agree are a quorum.',
    { law: { trusted: false } },
    ['finality', 'witness'],
    { finality: 'finalized', witness: 'quorum' },
  ],
  [
    'A node of your own, and a law that counts blocks.',
    { law: { trusted: true, finality: { kind: 'confirmations', count: 12 } } },
    ['finality', 'witness'],
    { finality: 'confirmations/12', witness: 'trusted-node' },
  ],
  [
    'A call says its selector, and that nothing of it was read.',
    { asked: { data: '0xa9059cbb00' } },
    ['selector', 'callSignature', 'transfersListed', 'transfers', 'deviations'],
    { selector: '0xa9059cbb', callSignature: '', transfersListed: 'no', transfers: [], deviations: [] },
  ],
  ['A payment without data says so.', {}, ['selector'], { selector: '0x' }],
  ['A creation has no selector.', { asked: INIT }, ['selector'], { selector: '' }],
]);
