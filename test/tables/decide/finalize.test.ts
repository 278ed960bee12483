import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import { getAddress } from 'ethers';
import { expect, test } from 'vitest';
import { decideFinalize, type Settlement } from '#core/decide/finalize.ts';
import { type ChainFacts, type FoundSeal, finalBlockOf, isQuick, type NonceFacts } from '#core/facts/chain-facts.ts';
import type { MinedReceipt } from '#core/ports.ts';
import type { ChainLaw } from '#schemas/config.ts';
import { receiptFact } from '#schemas/receipt.ts';
import { factsOf, HOT, requestFact, time } from '#test/support/given.ts';
import { item, seal, view } from '#test/support/register.ts';
import { acts, decisions, table, waits } from '#test/support/table.ts';

/** Two rungs, the lower first, and a transaction of somebody else. */
const LOW = `0x${'1'.repeat(64)}`;
const HIGH = `0x${'2'.repeat(64)}`;
const OTHER = `0x${'f'.repeat(64)}`;
const NOON = time('2030-01-01T12:00:00Z');
const ASKED = requestFact();
const SENDER = HOT.address;

/** The seal of it: signed under another law than the one that intake knew, which is the law that counts. */
const SEAL: FoundSeal = {
  name: `seals/31337/${SENDER}/999999999994`,
  generation: '42',
  rawHash: 'd'.repeat(64),
  lawHash: 'c'.repeat(64),
  item: {
    ...item('R1', 7n),
    id: ASKED.id,
    rungs: [LOW, HIGH],
    rule: 'small',
    approvals: [
      { coSigner: 'alice', object: 'alice/shares/1', generation: '17', sha256: 'a'.repeat(64), prediction: '' },
      {
        coSigner: 'carol',
        object: 'carol/shares/1',
        generation: '19',
        sha256: 'b'.repeat(64),
        prediction: 'f'.repeat(64),
      },
    ],
    assets: [{ chainId: '31337', standard: 'native', address: '', tokenId: '', leaves: '9', allows: '0' }],
  },
};
const LAW_OF_CHAIN: ChainLaw = {
  chainId: '31337',
  name: 'lab',
  finality: { kind: 'confirmations', count: 2 },
  trusted: true,
  tokens: [],
};

interface Given {
  /** What was asked, where it differs from the plain request. */
  readonly asked?: Readonly<Record<string, unknown>>;
  readonly seal?: Partial<FoundSeal['item']>;
  /** null: the law no longer names the chain. */
  readonly law?: Partial<ChainLaw> | null;
  /** wei, where the node of a rollup names one. */
  readonly l1Fee?: bigint;
  /** What the receipt of it says otherwise than the plain one. */
  readonly mined?: Partial<Pick<MinedReceipt, 'transactionHash' | 'effectiveGasPrice'>>;
  /** wei, of its block */
  readonly baseFee?: bigint;
  readonly reverted?: { readonly data: string | undefined };
  /** Block 100 where nothing else is said. */
  readonly finalBlock?: bigint;
  /** Where no rung was mined: what is known of the nonce. */
  readonly nonce?: Partial<NonceFacts>;
}

const NOT_USED: NonceFacts = { count: 7n, use: undefined, isNews: false, view: undefined, search: undefined };

const submitted = factsOf({ request: {}, submitted: {} }).submitted?.fact;
const settle = (given: Given, _: 'it is looked at') => {
  const { mined, reverted, finalBlock = 100n, nonce, asked, law = {}, l1Fee } = given;
  if (submitted === undefined) throw new Error('nothing is submitted');
  const block = { number: 100n, hash: `0x${'b'.repeat(64)}`, time: NOON, baseFeePerGas: given.baseFee };
  const receipt = {
    ...{ transactionHash: HIGH, blockHash: block.hash, blockNumber: 100n },
    ...{ success: reverted === undefined, gasUsed: 20_000n, effectiveGasPrice: 3n, l1Fee },
    ...mined,
  };
  const chain: ChainFacts = {
    mined: mined === undefined ? undefined : { receipt, block },
    finalBlock,
    nonce: mined === undefined ? { ...NOT_USED, ...nonce } : undefined,
    law: law === null ? undefined : { ...LAW_OF_CHAIN, ...law },
    logs: [],
    revertData: reverted?.data,
  };
  const seal = { ...SEAL, item: { ...SEAL.item, ...given.seal } };
  const request = asked === undefined ? ASKED : requestFact(asked);
  return decideFinalize(
    request,
    submitted,
    { sealed: true, seal, sealLaw: undefined, chain, predictions: [] },
    'lab-results',
  );
};

const LOOKED_AT = 'it is looked at';
type Rows = Parameters<typeof decisions<Given, typeof LOOKED_AT, Settlement>>[2];
const rows = (...all: Rows): Rows => all;

decisions(
  'finalize: what waits',
  settle,
  rows(
    [
      'A price that neither receipt nor block tells.',
      { mined: { effectiveGasPrice: undefined } },
      LOOKED_AT,
      waits('CHAIN_UNREACHABLE', 'gas'),
    ],
    ['An empty answer is never a failure.', {}, LOOKED_AT, waits('NOT_MINED')],
    ['Mined above the final block.', { mined: {}, finalBlock: 99n }, LOOKED_AT, waits('NOT_FINAL', '100', '99')],
    ['Where nothing is final yet.', { mined: {}, finalBlock: 0n }, LOOKED_AT, waits('NOT_FINAL')],
    [
      'On a chain that the law no longer names, nothing is final.',
      { mined: {}, law: null },
      LOOKED_AT,
      waits('NOT_FINAL'),
    ],
    [
      'Reverted, and not final either.',
      { mined: {}, reverted: { data: '0x' }, finalBlock: 99n },
      LOOKED_AT,
      waits('NOT_FINAL'),
    ],
  ),
);

decisions(
  'finalize: a receipt counts for the hash that is sealed, and for nothing else',
  settle,
  rows(
    [
      'A receipt of a transaction that is not sealed.',
      { mined: { transactionHash: OTHER } },
      LOOKED_AT,
      waits('MINED_MISMATCH', OTHER),
    ],
    [
      'That is told before finality: somebody must look at once.',
      { mined: { transactionHash: OTHER }, finalBlock: 99n },
      LOOKED_AT,
      waits('MINED_MISMATCH'),
    ],
  ),
);

/** Named by the day of the final block, so that whoever writes it, whenever, writes the same name. */
const RECEIPT = `receipts/2030/01/01/${ASKED.id}.json`;
const FINALIZED: Settlement = {
  receipt: {
    name: RECEIPT,
    fact: {
      version: '2',
      eventId: `lab-results/${RECEIPT}`,
      id: ASKED.id,
      wallet: 'hot',
      chainId: '31337',
      status: 'finalized',
      transactionHash: HIGH,
      blockNumber: '100',
      blockHash: `0x${'b'.repeat(64)}`,
      blockTime: '2030-01-01T12:00:00Z',
      from: SENDER,
      to: '0x3535353535353535353535353535353535353535',
      contractAddress: '',
      valueWei: '1000000000000000000',
      gasUsed: '20000',
      effectiveGasPrice: '3',
      feeWei: '60000',
      executionFeeWei: '60000',
      l1FeeWei: '',
      blobFeeWei: '',
      nonce: '7',
      reference: 'invoice-1',
      requester: 'dapp',
      memo: '',
      // As it was sealed, whatever submitted.json says.
      approvedBy: ['alice', 'carol'],
      approvals: [
        { coSigner: 'alice', object: 'alice/shares/1', generation: '17', sha256: 'a'.repeat(64), prediction: '' },
        {
          ...{ coSigner: 'carol', object: 'carol/shares/1', generation: '19', sha256: 'b'.repeat(64) },
          prediction: 'f'.repeat(64),
        },
      ],
      rule: 'small',
      lawHash: 'c'.repeat(64),
      seal: `seals/31337/${SENDER}/999999999994`,
      sealGeneration: '42',
      sealHash: 'd'.repeat(64),
      finality: 'confirmations/2',
      witness: 'trusted-node',
      tokensJudged: 'no',
      assets: [
        {
          ...{ chainId: '31337', standard: 'native', address: '', tokenId: '', symbol: '', decimals: '' },
          ...{ leaves: '9', allows: '0' },
        },
      ],
      delayStartedAt: '',
      delayEndedAt: '',
      delayObject: '',
      delayGeneration: '',
      selector: '0x',
      callSignature: '',
      callArguments: [],
      transfersListed: 'all',
      transfers: [
        {
          ...{ standard: 'native', address: '', tokenId: '', symbol: '', decimals: '', from: SENDER },
          ...{ to: '0x3535353535353535353535353535353535353535', amount: '1000000000000000000', logIndex: '' },
        },
      ],
      deviations: [],
    },
  },
  outcome: {
    id: ASKED.id,
    wallet: 'hot',
    outcome: 'finalized',
    code: '',
    reason: '',
    transactionHash: HIGH,
    blockNumber: '100',
    receipt: RECEIPT,
  },
  foreign: undefined,
};

decisions(
  'finalize: mined, final, and what was asked',
  settle,
  rows(
    ['A receipt, and its outcome.', { mined: {} }, LOOKED_AT, acts(FINALIZED)],
    ['However far the final block has gone on.', { mined: {}, finalBlock: 9000n }, LOOKED_AT, acts(FINALIZED)],
  ),
);

/** Of a receipt: the fields that differ from those of the plain one. */
const differing = (given: Given, when: typeof LOOKED_AT) => {
  const decision = settle(given, when);
  if (decision.kind !== 'act') return decision.kind;
  const plain: Readonly<Record<string, unknown>> = { ...FINALIZED.receipt?.fact };
  const fields = Object.entries(decision.act.receipt?.fact ?? {});
  return Object.fromEntries(
    fields.filter(
      ([name, value]) => name !== 'id' && name !== 'eventId' && canonicalize(value) !== canonicalize(plain[name]),
    ),
  );
};
const GWEI = 1_000_000_000n;
/** A ladder of two rungs: a tip of 2 wei, and one of 1. */
const FEES = { maxFeePerGas: '30000000000', maxPriorityFeePerGas: '2' };
const CALL = `0xa9059cbb${'0'.repeat(128)}`;
/** keccak256(rlp([sender, 7])), its last 20 bytes, by hand: a list of 22 bytes, the address of 20, and the byte 7. */
const CREATED = getAddress(
  `0x${bytesToHex(keccak_256(concatBytes(Uint8Array.of(0xd6, 0x94), hexToBytes(SENDER.slice(2)), Uint8Array.of(7)))).slice(24)}`,
);

table<Given, typeof LOOKED_AT, unknown>('finalize: what the receipt says beside that', differing, [
  [
    'A rollup’s charge for its base chain counts as fee, and stands by itself.',
    { mined: {}, l1Fee: 5n },
    LOOKED_AT,
    { feeWei: '60005', l1FeeWei: '5' },
  ],
  ['A charge of nothing is said.', { mined: {}, l1Fee: 0n }, LOOKED_AT, { l1FeeWei: '0' }],
  [
    'Where the receipt names no price, base fee and tip of the rung that was mined: 2 gwei and 2 wei here, for 20,000 gas.',
    { mined: { effectiveGasPrice: undefined }, asked: FEES, baseFee: 2n * GWEI },
    LOOKED_AT,
    { effectiveGasPrice: '2000000002', feeWei: '40000000040000', executionFeeWei: '40000000040000' },
  ],
  [
    'But never more than the most of that rung.',
    { mined: { effectiveGasPrice: undefined }, asked: FEES, baseFee: 30n * GWEI - 1n },
    LOOKED_AT,
    { effectiveGasPrice: '30000000000', feeWei: '600000000000000', executionFeeWei: '600000000000000' },
  ],
  [
    'Of the lower rung, two thirds of both: 20 gwei at the most.',
    { mined: { effectiveGasPrice: undefined, transactionHash: LOW }, asked: FEES, baseFee: 20n * GWEI },
    LOOKED_AT,
    {
      ...{ transactionHash: LOW, effectiveGasPrice: '20000000000' },
      ...{ feeWei: '400000000000000', executionFeeWei: '400000000000000' },
    },
  ],
  [
    'A single price is what was paid.',
    {
      mined: { effectiveGasPrice: undefined },
      asked: { type: '0', maxFeePerGas: '2', maxPriorityFeePerGas: '' },
    },
    LOOKED_AT,
    { effectiveGasPrice: '2', feeWei: '40000', executionFeeWei: '40000' },
  ],
  [
    'What the receipt names counts, whatever follows from its block: some chains take no tip.',
    { mined: { effectiveGasPrice: 5n }, asked: FEES, baseFee: 2n * GWEI },
    LOOKED_AT,
    { effectiveGasPrice: '5', feeWei: '100000', executionFeeWei: '100000' },
  ],
  [
    'How the chain was believed.',
    { mined: {}, law: { finality: { kind: 'finalized' }, trusted: false } },
    LOOKED_AT,
    { finality: 'finalized', witness: 'quorum' },
  ],
  [
    'The first four bytes of a call, and the call by a function that every law knows.',
    { mined: {}, asked: { data: CALL } },
    LOOKED_AT,
    {
      selector: '0xa9059cbb',
      callSignature: 'transfer(address,uint256)',
      callArguments: [
        { name: 'to', type: 'address', value: '0x0000000000000000000000000000000000000000' },
        { name: 'amount', type: 'uint256', value: '0' },
      ],
    },
  ],
  [
    'The address of a new contract.',
    { mined: {}, asked: { to: '', data: '0x6000' } },
    LOOKED_AT,
    {
      ...{ to: '', contractAddress: CREATED, selector: '' },
      transfers: [
        {
          ...{ standard: 'native', address: '', tokenId: '', symbol: '', decimals: '', from: SENDER },
          ...{ to: CREATED, amount: '1000000000000000000', logIndex: '' },
        },
      ],
    },
  ],
  [
    'A creation that reverted made none.',
    { mined: {}, asked: { to: '', data: '0x6000' }, reverted: { data: '0x' } },
    LOOKED_AT,
    { to: '', selector: '', status: 'reverted', transfers: [] },
  ],
  [
    'A delay that was sealed: from which share it ran, and when it ended.',
    {
      mined: {},
      seal: {
        delay: { startedAt: '2030-01-01T08:00:00Z', endedAt: '2030-01-01T11:00:00Z', object: 'o', generation: '19' },
      },
    },
    LOOKED_AT,
    {
      ...{ delayStartedAt: '2030-01-01T08:00:00Z', delayEndedAt: '2030-01-01T11:00:00Z' },
      ...{ delayObject: 'o', delayGeneration: '19' },
    },
  ],
]);

test('every receipt that is decided is one that its parser takes', () => {
  for (const given of [{ mined: {} }, { mined: {}, reverted: { data: '0x' } }]) {
    const decision = settle(given, LOOKED_AT);
    const fact = decision.kind === 'act' ? decision.act.receipt?.fact : undefined;
    expect(receiptFact.parse(fact)).toEqual(fact);
  }
});

/** Of a settlement: how it ended, why, which transaction that was, and whether it has a receipt. */
const ending = (given: Given, when: typeof LOOKED_AT) => {
  const decision = settle(given, when);
  if (decision.kind !== 'act') return decision.kind;
  const { outcome, receipt, foreign } = decision.act;
  const { outcome: ended, code, reason, transactionHash, blockNumber } = outcome;
  return { ended, code, reason, transactionHash, blockNumber, status: receipt?.fact.status, foreign };
};
const mined = { transactionHash: HIGH, blockNumber: '100', foreign: undefined };
const reverted = (reason: string) => ({ ...mined, ended: 'reverted', code: 'REVERTED', reason, status: 'reverted' });
const PAID = 'its fee was paid';
/** Return data of `require(false, "no")`, by hand: selector, offset, length, text. */
const NO = `0x08c379a0${'20'.padStart(64, '0')}${'2'.padStart(64, '0')}${'6e6f'.padEnd(64, '0')}`;

table<Given, typeof LOOKED_AT, unknown>(
  'finalize: mined and reverted has a receipt too, since its fee was paid',
  ending,
  [
    [
      'With the reason that the contract gave.',
      { mined: {}, reverted: { data: NO } },
      LOOKED_AT,
      reverted(`mined and reverted, “no”; ${PAID}`),
    ],
    [
      'Without a reason.',
      { mined: {}, reverted: { data: '0x' } },
      LOOKED_AT,
      reverted(`mined and reverted, without a reason; ${PAID}`),
    ],
    [
      'Where the node tells none.',
      { mined: {}, reverted: { data: undefined } },
      LOOKED_AT,
      reverted(`mined and reverted, no reason given; ${PAID}`),
    ],
  ],
);

const USE = { hash: OTHER, blockNumber: 90n };
const R9 = '9'.padStart(64, '0');
const OWN = seal(1n, [{ ...item('R1', 7n), id: ASKED.id, rungs: [LOW, HIGH] }]);
const RIVAL = seal(2n, [{ ...item('R9', 7n), rungs: [OTHER] }]);
/** The register with the request alone, and the nonce used as the chain counts. */
const used = (over: Partial<NonceFacts> = {}): Given => ({ nonce: { count: 8n, view: view([OWN]), ...over } });

decisions(
  'finalize: a nonce that is used, and no rung has a receipt',
  settle,
  rows(
    ['Where nobody can be named, nothing is decided.', used(), LOOKED_AT, waits('NOT_MINED')],
    ['Who used it is not final yet.', used({ use: { ...USE, blockNumber: 101n } }), LOOKED_AT, waits('NOT_MINED')],
    ['A rung of its own: its receipt will come.', used({ use: { ...USE, hash: LOW } }), LOOKED_AT, waits('NOT_MINED')],
    [
      'A register that does not show the seal decides nothing, and a person is told.',
      used({ view: 'incomplete', use: USE }),
      LOOKED_AT,
      waits('SEAL_STUCK', 'does not show its seal'),
    ],
    [
      'No block since the seal holds it: a person is told.',
      used({ search: { kind: 'exhausted' } }),
      LOOKED_AT,
      waits('SEAL_STUCK', 'in no block'),
    ],
    ['A search that is not over.', used({ search: { kind: 'stopped', below: 40n } }), LOOKED_AT, waits('NOT_MINED')],
  ),
);

const unsealed = (_: Given, __: typeof LOOKED_AT) => {
  if (submitted === undefined) throw new Error('nothing is submitted');
  return decideFinalize(ASKED, submitted, { sealed: false }, 'lab-results');
};
decisions(
  'finalize: whoever may create facts settles nothing',
  unsealed,
  rows(['What the register does not hold.', { mined: {} }, LOOKED_AT, waits('ID_MISMATCH', 'register')]),
);

const lost = { transactionHash: OTHER, blockNumber: '90', status: undefined };

table<Given, typeof LOOKED_AT, unknown>('finalize: another transaction used the nonce', ending, [
  [
    'One of another request: replaced.',
    used({ use: USE, view: view([RIVAL, OWN]) }),
    LOOKED_AT,
    { ...lost, ended: 'replaced', code: 'REPLACED', reason: `request ${R9} was mined at nonce 7`, foreign: undefined },
  ],
  [
    'One that keyturn did not make: superseded, and the wallet’s key may be loose.',
    used({ use: USE }),
    LOOKED_AT,
    {
      ...lost,
      ended: 'superseded',
      code: 'SUPERSEDED',
      reason: 'a transaction that keyturn did not make was mined at nonce 7',
      foreign: { transactionHash: OTHER, nonce: '7' },
    },
  ],
  [
    'What is mined of its own decides before anything else.',
    { ...used({ use: USE }), mined: {} },
    LOOKED_AT,
    { ...mined, ended: 'finalized', code: '', reason: '', status: 'finalized' },
  ],
]);

type Finality = ChainLaw['finality'];
interface Heads {
  readonly latest: bigint;
  readonly finalized?: bigint;
}
const final = (finality: Finality, { latest, finalized }: Heads) =>
  finalBlockOf(
    { chainId: '31337', name: 'anvil', finality, trusted: true, tokens: [] },
    finality.kind === 'finalized' ? (finalized ?? 0n) : latest,
  );
const DEPTH_12: Finality = { kind: 'confirmations', count: 12 };

table<Finality, Heads, bigint>('finalize: which block counts as final', final, [
  ['The one that the chain calls finalized.', { kind: 'finalized' }, { latest: 100n, finalized: 64n }, 64n],
  ['None, where the chain calls none so yet.', { kind: 'finalized' }, { latest: 100n }, 0n],
  ['Twelve below the newest.', DEPTH_12, { latest: 100n }, 88n],
  ['None, in the first twelve blocks.', DEPTH_12, { latest: 11n }, 0n],
  ['The newest, where the law asks for no depth.', { kind: 'confirmations', count: 0 }, { latest: 100n }, 100n],
]);

table<Finality, 'poll', boolean>(
  'finalize: whether a push waits a little',
  (finality, _) => isQuick({ chainId: '31337', name: 'anvil', finality, trusted: true, tokens: [] }),
  [
    ['Not for a chain that says itself what is final: that takes minutes.', { kind: 'finalized' }, 'poll', false],
    ['Nor for many confirmations.', { kind: 'confirmations', count: 4 }, 'poll', false],
    ['For a few.', { kind: 'confirmations', count: 3 }, 'poll', true],
    ['For none.', { kind: 'confirmations', count: 0 }, 'poll', true],
  ],
);
