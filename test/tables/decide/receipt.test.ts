import { getAddress, Interface, keccak256, toBeHex } from 'ethers';
import { receiptOf, type Settled } from '#core/decide/receipt.ts';
import type { TransactionLog } from '#core/ports.ts';
import type { ChainLaw, Law } from '#schemas/config.ts';
import type { Prediction } from '#schemas/prediction.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';
import { factsOf, HOT, lawWith, requestFact, time } from '#test/support/given.ts';
import { item } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

/** Which fields of a receipt say what, from the chain, the seal and the law. What of it becomes an act stands in the table of finalize. */
interface Given {
  readonly asked?: Readonly<Record<string, unknown>>;
  readonly success?: boolean;
  /** wei, where the node of a rollup names one. */
  readonly l1Fee?: bigint;
  /** wei, where a node names one. */
  readonly blobFee?: bigint;
  readonly seal?: Partial<Settled['seal']['item']>;
  readonly law?: Partial<ChainLaw>;
  /** null: they were not read. */
  readonly logs?: readonly TransactionLog[] | null;
  /** null: it is not kept. */
  readonly sealLaw?: Law | null;
  /** What alice was shown. */
  readonly predicted?: Partial<Prediction>;
}

const submitted = factsOf({ request: {}, submitted: {} }).submitted?.fact;
const DELAY = {
  startedAt: '2030-01-01T00:00:00Z',
  endedAt: '2030-01-01T06:00:00Z',
  object: 'alice/shares/1',
  generation: '17',
};

const PREDICTION: Prediction = {
  ...{ version: '1', id: '', coSigner: 'alice', at: '2030-01-01T00:00:00Z', nodes: '2' },
  ...{ succeeds: 'yes', reason: '', gasUsed: '21000', etherTraced: 'yes', complete: 'yes', moves: [], allows: [] },
};

const written = (given: Given, fields: readonly (keyof ReceiptFact)[]) => {
  if (submitted === undefined) throw new Error('nothing is submitted');
  const block = { number: 9n, hash: `0x${'b'.repeat(64)}`, time: time('2030-01-01T12:00:00Z'), baseFeePerGas: 2n };
  const receipt = {
    ...{ transactionHash: `0x${'1'.repeat(64)}`, blockHash: block.hash, blockNumber: 9n },
    ...{ success: given.success ?? true, gasUsed: 20_000n, effectiveGasPrice: 3n, l1Fee: given.l1Fee },
    blobFee: given.blobFee,
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
    logs: given.logs === null ? undefined : (given.logs ?? []),
    sealLaw: given.sealLaw === null ? undefined : (given.sealLaw ?? LAW),
    price: 3n,
    law: {
      ...{ chainId: '31337', name: 'lab', trusted: false, tokens: [] },
      finality: { kind: 'finalized' },
      ...given.law,
    },
    predictions:
      given.predicted === undefined
        ? []
        : [
            {
              coSigner: 'alice',
              prediction: { ...PREDICTION, id: requestFact(given.asked ?? {}).id, ...given.predicted },
            },
          ],
  });
  return Object.fromEntries(fields.map((field) => [field, all[field]]));
};

/** CREATE's address (yellow paper, CREATE) is of rlp([sender, nonce 7]), which is 0xd6 0x94 sender 0x07. */
const CREATED = getAddress(`0x${keccak256(`0xd694${HOT.address.slice(2)}${toBeHex(7).slice(2)}`).slice(-40)}`);

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const BOB = '0x4242424242424242424242424242424242424242';
const ABI = new Interface([
  'function transfer(address to, uint256 amount)',
  'function settle((address payee, uint256 amount)[] items, string note)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
]);
const PAYMENT = { to: USDC, value: '0', data: ABI.encodeFunctionData('transfer', [BOB, 2_500_000n]) };
const SETTLED = ABI.encodeFunctionData('settle', [[[BOB, 7n]], 'ok']);
const LONG = ABI.encodeFunctionData('settle', [[], 'x'.repeat(5000)]);
const { topics, data } = ABI.encodeEventLog('Transfer', [HOT.address, BOB, 2_500_000n]);
const PAID: TransactionLog = { address: USDC, topics, data, index: 4n };
const [, , TO_BOB = ''] = topics;
const LAW = lawWith(
  {
    policy: {
      rules: [
        {
          ...{ name: 'settle', effect: 'allow', destinations: ['*'] },
          calls: [{ function: 'settle((address payee, uint256 amount)[] items, string note)', limits: [] }],
        },
      ],
    },
  },
  {
    chains: [
      {
        ...{ chainId: '31337', name: 'anvil', finality: { kind: 'confirmations', count: 0 }, trusted: true },
        tokens: [{ address: USDC, symbol: 'USDC', decimals: 6 }],
      },
    ],
  },
);

const INIT = { to: '', data: '0x60006000' };

/** What alice was shown of PAYMENT. */
const SHOWN: Prediction['moves'][number] = {
  ...{ standard: 'erc20', address: USDC, tokenId: '' },
  ...{ from: HOT.address, to: BOB, amount: '2500000' },
};

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
  [
    'No request carries blobs, so a fee for them is not believed.',
    { blobFee: 9n },
    ['feeWei', 'blobFeeWei'],
    { feeWei: '60000', blobFeeWei: '' },
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
    'A call that is not canonical says its selector, and is not explained.',
    { asked: { data: '0xa9059cbb00' } },
    ['selector', 'callSignature', 'callArguments'],
    { selector: '0xa9059cbb', callSignature: '', callArguments: [] },
  ],
  [
    'Logs that were not read: nothing is listed or compared, and the receipt says so.',
    { asked: PAYMENT, logs: null },
    ['transfersListed', 'transfers', 'deviations'],
    { transfersListed: 'no', transfers: [], deviations: [] },
  ],
  [
    'A payment in a token says who got how much of what, as the law of the seal names it.',
    { asked: PAYMENT, logs: [PAID] },
    ['callSignature', 'callArguments', 'transfersListed', 'transfers', 'deviations'],
    {
      callSignature: 'transfer(address,uint256)',
      callArguments: [
        { name: 'to', type: 'address', value: BOB },
        { name: 'amount', type: 'uint256', value: '2500000' },
      ],
      transfersListed: 'all',
      transfers: [
        {
          ...{ standard: 'erc20', address: USDC, tokenId: '', symbol: 'USDC', decimals: '6' },
          ...{ from: HOT.address, to: BOB, amount: '2500000', logIndex: '4' },
        },
      ],
      deviations: [],
    },
  ],
  [
    'Without the law of the seal a token has no name.',
    { asked: PAYMENT, logs: [PAID], sealLaw: null },
    ['transfers'],
    {
      transfers: [
        {
          ...{ standard: 'erc20', address: USDC, tokenId: '', symbol: '', decimals: '' },
          ...{ from: HOT.address, to: BOB, amount: '2500000', logIndex: '4' },
        },
      ],
    },
  ],
  [
    'A token that returned false moved nothing, and the receipt names it.',
    { asked: PAYMENT, logs: [] },
    ['status', 'transfers', 'deviations'],
    {
      status: 'finalized',
      transfers: [],
      deviations: [
        {
          ...{ code: 'NOT_MOVED', standard: 'erc20', address: USDC, tokenId: '' },
          ...{ expected: '2500000', actual: '0', coSigner: '' },
        },
      ],
    },
  ],
  [
    'What was reverted moved nothing and deviates from nothing: its status says it.',
    { asked: PAYMENT, success: false, logs: [] },
    ['transfersListed', 'transfers', 'deviations'],
    { transfersListed: 'all', transfers: [], deviations: [] },
  ],
  [
    'What moved between others is not listed.',
    { asked: PAYMENT, logs: [PAID, { ...PAID, topics: [PAID.topics[0] ?? '', TO_BOB, TO_BOB], index: 5n }] },
    ['transfersListed', 'transfers'],
    {
      transfersListed: 'all',
      transfers: [
        {
          ...{ standard: 'erc20', address: USDC, tokenId: '', symbol: 'USDC', decimals: '6' },
          ...{ from: HOT.address, to: BOB, amount: '2500000', logIndex: '4' },
        },
      ],
    },
  ],
  [
    'A log that cannot be read may be a transfer: the list is not all.',
    { asked: PAYMENT, logs: [{ ...PAID, data: '0x' }] },
    ['transfersListed', 'transfers'],
    { transfersListed: 'some', transfers: [] },
  ],
  [
    'Ether that pays is listed without a log.',
    { asked: { to: BOB, value: '9' } },
    ['transfers', 'callSignature'],
    {
      transfers: [
        {
          ...{ standard: 'native', address: '', tokenId: '', symbol: '', decimals: '' },
          ...{ from: HOT.address, to: BOB, amount: '9', logIndex: '' },
        },
      ],
      callSignature: '',
    },
  ],
  [
    'Ether that a creation was given went to the contract that it made.',
    { asked: { ...INIT, value: '9' } },
    ['transfers'],
    {
      transfers: [
        {
          ...{ standard: 'native', address: '', tokenId: '', symbol: '', decimals: '' },
          ...{ from: HOT.address, to: CREATED, amount: '9', logIndex: '' },
        },
      ],
    },
  ],
  [
    'A function that a rule of the law names is decoded too, arrays and structs as JSON.',
    { asked: { to: BOB, value: '0', data: SETTLED } },
    ['selector', 'callSignature', 'callArguments'],
    {
      selector: SETTLED.slice(0, 10),
      callSignature: 'settle((address,uint256)[],string)',
      callArguments: [
        { name: 'items', type: '(address,uint256)[]', value: `[["${BOB}","7"]]` },
        { name: 'note', type: 'string', value: 'ok' },
      ],
    },
  ],
  [
    'A long argument is cut, and ends with a mark.',
    { asked: { to: BOB, value: '0', data: LONG } },
    ['callArguments'],
    {
      callArguments: [
        { name: 'items', type: '(address,uint256)[]', value: '[]' },
        { name: 'note', type: 'string', value: `${'x'.repeat(4095)}…` },
      ],
    },
  ],
  [
    'Beyond a thousand transfers the list ends, and says that it is not all.',
    { asked: PAYMENT, logs: Array.from({ length: 1001 }, () => PAID) },
    ['transfersListed', 'deviations'],
    {
      transfersListed: 'some',
      deviations: [
        {
          ...{ code: 'OTHER_AMOUNT', standard: 'erc20', address: USDC, tokenId: '' },
          ...{ expected: '2500000', actual: '2502500000', coSigner: '' },
        },
      ],
    },
  ],
  [
    'What an approver was shown, and did not happen, is a deviation in that name, behind those from what was approved.',
    { asked: PAYMENT, logs: [], predicted: { moves: [SHOWN] } },
    ['status', 'deviations'],
    {
      status: 'finalized',
      deviations: [
        {
          ...{ code: 'NOT_MOVED', standard: 'erc20', address: USDC, tokenId: '' },
          ...{ expected: '2500000', actual: '0', coSigner: '' },
        },
        {
          ...{ code: 'MOVED_OTHERWISE', standard: 'erc20', address: USDC, tokenId: '' },
          ...{ expected: '2500000', actual: '0', coSigner: 'alice' },
        },
      ],
    },
  ],
  [
    'What an approver was shown, and happened, is none.',
    { asked: PAYMENT, logs: [PAID], predicted: { moves: [SHOWN] } },
    ['deviations'],
    { deviations: [] },
  ],
  [
    'A transaction that was to succeed and was reverted deviates from what was shown.',
    { asked: PAYMENT, success: false, logs: [], predicted: { moves: [SHOWN] } },
    ['status', 'deviations'],
    {
      status: 'reverted',
      deviations: [
        {
          ...{ code: 'ENDED_OTHERWISE', standard: 'native', address: '', tokenId: '' },
          ...{ expected: 'finalized', actual: 'reverted', coSigner: 'alice' },
        },
      ],
    },
  ],
  [
    'Logs that were not read are compared with no prediction either.',
    { asked: PAYMENT, logs: null, predicted: { succeeds: 'no' } },
    ['deviations'],
    { deviations: [] },
  ],
  ['A payment without data says so.', {}, ['selector'], { selector: '0x' }],
  ['A creation has no selector.', { asked: INIT }, ['selector'], { selector: '' }],
]);
