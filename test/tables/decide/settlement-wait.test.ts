import { refusalWait, settlementWait } from '#core/decide/settlement-wait.ts';
import type { ChainFacts } from '#core/facts/chain-facts.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import type { Code } from '#schemas/codes.ts';
import { table } from '#test/support/table.ts';

interface Given {
  /** What settlement answered. */
  readonly code: Code;
  readonly isSealed?: boolean;
  /** Block of the mined rung. */
  readonly minedIn?: bigint;
  /** Transactions that the chain counts; left out where the nonce was not asked about. */
  readonly count?: bigint;
}

const BLOCK = { hash: '0xb', time: 0, baseFeePerGas: undefined };
const RECEIPT = {
  transactionHash: '0x1',
  blockHash: '0xb',
  success: true,
  gasUsed: 1n,
  effectiveGasPrice: 1n,
  l1Fee: undefined,
};
const SENT = {
  hash: '0x1',
  type: 2,
  chainId: 1n,
  nonce: 7n,
  from: '0x0',
  to: null,
  value: 0n,
  data: '0x',
  gasLimit: 1n,
};
const NONCE = { use: undefined, isNews: false, view: undefined, search: undefined };

/** Of nonce 7, where block 100 is the newest final one. */
const waitsFor = ({ code, isSealed = true, minedIn, count }: Given, _: 'it is told') => {
  const mined =
    minedIn === undefined
      ? undefined
      : { receipt: { ...RECEIPT, blockNumber: minedIn }, transaction: SENT, block: { ...BLOCK, number: minedIn } };
  const nonce = count === undefined ? undefined : { ...NONCE, count };
  const chain: Pick<ChainFacts, 'finalBlock' | 'mined' | 'nonce'> = { finalBlock: 100n, mined, nonce };
  return settlementWait({ code }, isSealed ? { sealed: true, chain } : { sealed: false }, 7n);
};
const TOLD = 'it is told';

table<Given, typeof TOLD, FoundWait | undefined>('what a released request waits for', waitsFor, [
  ['To be mined, where its nonce is the next.', { code: 'NOT_MINED', count: 7n }, TOLD, { code: 'NOT_MINED' }],
  ['To be mined, where nobody was asked about its nonce.', { code: 'NOT_MINED' }, TOLD, { code: 'NOT_MINED' }],
  [
    'An earlier nonce that is not mined: no fee of its own can help.',
    { code: 'NOT_MINED', count: 5n },
    TOLD,
    { code: 'EARLIER_NONCE', nextNonce: 5n, numbers: { ownNonce: 7n } },
  ],
  [
    'Its block to be final.',
    { code: 'NOT_FINAL', minedIn: 103n },
    TOLD,
    { code: 'NOT_FINAL', numbers: { block: 103n, finalBlock: 100n } },
  ],
  ['A block that is gone again has no number.', { code: 'NOT_FINAL' }, TOLD, { code: 'NOT_FINAL' }],
  [
    'A person, where the register does not show its seal.',
    { code: 'ID_MISMATCH', isSealed: false },
    TOLD,
    { code: 'ID_MISMATCH' },
  ],
  [
    'A person, where something else was mined.',
    { code: 'MINED_MISMATCH', minedIn: 9n },
    TOLD,
    { code: 'MINED_MISMATCH' },
  ],
  [
    'A replacement, where its bytes can no longer come out.',
    { code: 'SEAL_STUCK', count: 5n },
    TOLD,
    { code: 'SEAL_STUCK' },
  ],
  ['A code that nobody waits for is no wait.', { code: 'MALFORMED' }, TOLD, undefined],
]);

const refused = (refusal: string | undefined, _: 'it is told') => refusalWait(refusal);

table<string | undefined, typeof TOLD, FoundWait | undefined>(
  'what a refusal says that released bytes wait for',
  refused,
  [
    ['A node has them.', 'known', TOLD, undefined],
    ['Their nonce is used: settlement finds out by what.', 'nonce-too-low', TOLD, undefined],
    ['A rung of the same nonce is in the pool.', 'replacement-underpriced', TOLD, undefined],
    ['A fee that is too low.', 'underpriced', TOLD, { code: 'FEE_TOO_LOW' }],
    ['Money.', 'insufficient-funds', TOLD, { code: 'BALANCE_LOW' }],
    ['Gas that the rules do not admit.', 'gas', TOLD, { code: 'FORK_RULE' }],
    ['The nonces below.', 'nonce-too-high', TOLD, { code: 'EARLIER_NONCE' }],
    ['Fees above what the node lets through.', 'fee-cap', TOLD, { code: 'NODE_REFUSED', refusal: 'fee-cap' }],
    ['Bytes that the node calls invalid.', 'invalid', TOLD, { code: 'NODE_REFUSED', refusal: 'invalid' }],
    ['Room in the pool.', 'pool-full', TOLD, { code: 'NODE_REFUSED', refusal: 'pool-full' }],
    ['A node that is busy.', 'busy', TOLD, { code: 'NODE_REFUSED', refusal: 'busy' }],
    ['A node that is late.', 'late', TOLD, { code: 'NODE_REFUSED', refusal: 'late' }],
    ['Words that say nothing of why.', 'refused', TOLD, { code: 'NODE_REFUSED', refusal: 'refused' }],
    [
      "A node's own words are never repeated.",
      'https://rpc.example/key',
      TOLD,
      { code: 'NODE_REFUSED', refusal: 'refused' },
    ],
    ['No word at all.', undefined, TOLD, { code: 'NODE_REFUSED', refusal: 'refused' }],
  ],
);
