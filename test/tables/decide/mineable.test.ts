import { agreedCount, obstaclesOf } from '#core/decide/mineable.ts';
import type { NodeReport } from '#core/facts/node-report.ts';
import type { ListedEntry } from '#core/register/rules.ts';
import { requestOf } from '#test/support/law.ts';
import { item, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

/** Each costs 5 wei and 21000 gas at 3 wei: 63,005 wei. */
const PLAIN = { value: '5', gasLimit: '21000', maxFeePerGas: '3', maxPriorityFeePerGas: '2' };
const COST = 63_005n;
type Fields = Readonly<Record<string, string>>;
type Batch = Readonly<Record<string, Fields>>;

interface Report {
  readonly count?: bigint;
  readonly balance?: bigint;
  readonly blockGas?: bigint;
  readonly baseFee?: bigint;
  readonly dataFees?: NodeReport['dataFees'];
}
const RICH = 10n ** 20n;
const reportOf = ({ count = 0n, balance = RICH, blockGas, baseFee, dataFees }: Report): NodeReport => ({
  count,
  balance,
  block: { number: 1n, gasLimit: blockGas, baseFeePerGas: baseFee },
  tip: undefined,
  dataFees,
});

interface Given {
  readonly log?: readonly ListedEntry[];
  /** How many the law asks for. */
  readonly agree?: number;
  readonly leastTip?: bigint;
  /** wei: the most that the law says of a data fee. */
  readonly dataFeeMost?: bigint;
  readonly batch: Batch;
}

/** What holds each request up; those that go are left out. */
const held = ({ log = [], agree = 1, leastTip = 0n, dataFeeMost, batch }: Given, reports: readonly Report[]) => {
  const asked = Object.entries(batch).map(([id, over]) => ({ id, request: requestOf({ ...PLAIN, ...over }) }));
  const dataFee = dataFeeMost === undefined ? undefined : { oracle: `0x${'42'.repeat(20)}`, max: dataFeeMost };
  const found = obstaclesOf(asked, reports.map(reportOf), {
    view: view(log),
    startNonce: 0n,
    agreement: agree,
    rules: { leastTip, dataFee },
  });
  return Object.fromEntries([...found].map(([id, { code, numbers }]) => [id, { code, ...numbers }]));
};

const rows = (title: string, all: Parameters<typeof table<Given, readonly Report[], unknown>>[2]) =>
  table<Given, readonly Report[], unknown>(title, held, all);

const ONE: Batch = { a: {} };
const TWO: Batch = { a: {}, b: {} };
const POOR = { balance: COST - 1n };
const LOW = { code: 'BALANCE_LOW', balanceWei: COST - 1n, neededWei: COST };

rows('what no block could hold: the balance pays value, the ceiling of the fee, and all that is promised', [
  ['To the last wei it goes.', { batch: ONE }, [{ balance: COST }], {}],
  ['One wei less, and it waits.', { batch: ONE }, [POOR], { a: LOW }],
  [
    'Each sees those before it as paid.',
    { batch: TWO },
    [{ balance: 2n * COST - 1n }],
    { b: { code: 'BALANCE_LOW', balanceWei: COST - 1n, neededWei: COST } },
  ],
  [
    'One that waits takes nothing from those behind it.',
    { batch: { dear: { value: '900000' }, a: {} } },
    [{ balance: COST }],
    { dear: { code: 'BALANCE_LOW', balanceWei: COST, neededWei: 963_000n } },
  ],
  [
    'What is sealed and not mined is spent already.',
    { batch: ONE, log: [seal(0n, [item('R1', 0n, PLAIN)])] },
    [{ balance: 2n * COST - 1n }],
    { a: LOW },
  ],
  [
    'What is mined is no longer reserved.',
    { batch: ONE, log: [seal(0n, [item('R1', 0n, PLAIN)])] },
    [{ count: 1n, balance: COST }],
    {},
  ],
  [
    'What is reserved may be more than there is: nothing is left, and not less than nothing.',
    { batch: ONE, log: [seal(0n, [item('R1', 0n, PLAIN)])] },
    [{ balance: 7n }],
    { a: { code: 'BALANCE_LOW', balanceWei: 0n, neededWei: COST } },
  ],
]);

/** The oracle of a chain that asks 10 wei for nothing, and 1 wei more for each byte up to 1,000. */
const DATA = { none: 10n, longest: 1_010n, bytes: 1_000 };
/**
 * Worked out by hand (RLP): the type, and 1 byte of length. 3 for the chain id, 1 each for nonce, tip and fee, 3 for the gas. 21 for the
 * destination, 1 each for value, data and access list. A nonce may take 8 bytes more.
 */
const PLAIN_DATA = 10n + 35n + 8n;

rows('what no block could hold: the fee for data on another chain counts', [
  [
    'Paid to the last wei it goes.',
    { batch: ONE, dataFeeMost: RICH },
    [{ balance: COST + PLAIN_DATA, dataFees: DATA }],
    {},
  ],
  [
    'One wei less, and it waits.',
    { batch: ONE, dataFeeMost: RICH },
    [{ balance: COST + PLAIN_DATA - 1n, dataFees: DATA }],
    { a: { code: 'BALANCE_LOW', balanceWei: COST + PLAIN_DATA - 1n, neededWei: COST + PLAIN_DATA } },
  ],
  [
    'A long one does not make a short one dearer.',
    { batch: { long: { data: `0x${'11'.repeat(900)}`, gasLimit: '90000' }, a: {} }, dataFeeMost: RICH },
    [{ balance: COST + PLAIN_DATA, dataFees: DATA }],
    // 903 bytes of data instead of 1, 4 of gas instead of 3, 3 of length instead of 1: 940, and 8.
    { long: { code: 'BALANCE_LOW', balanceWei: COST + PLAIN_DATA, neededWei: 270_005n + 10n + 948n } },
  ],
  [
    'What is sealed pays it too.',
    { batch: ONE, dataFeeMost: RICH, log: [seal(0n, [item('R1', 0n, PLAIN)])] },
    [{ balance: 2n * (COST + PLAIN_DATA) - 1n, dataFees: DATA }],
    { a: { code: 'BALANCE_LOW', balanceWei: COST + PLAIN_DATA - 1n, neededWei: COST + PLAIN_DATA } },
  ],
  [
    'Nodes cannot make it more than the law says.',
    { batch: ONE, dataFeeMost: 5n },
    [{ balance: COST + 5n, dataFees: DATA }],
    {},
  ],
  ['A node that does not tell it holds nothing up by it.', { batch: ONE, dataFeeMost: RICH }, [{ balance: COST }], {}],
  ['Where the law names no such fee, it is not asked for.', { batch: ONE }, [{ balance: COST, dataFees: DATA }], {}],
]);

const MUCH = { gasLimit: '30000001' };
rows('what no block could hold: more gas than a block has, and less tip than the chain takes', [
  [
    'Above the limit of the newest block it waits.',
    { batch: { a: MUCH } },
    [{ blockGas: 30_000_000n }],
    { a: { code: 'GAS_ABOVE_BLOCK', gas: 30_000_001n, gasLimit: 30_000_000n } },
  ],
  ['A whole block is not too much.', { batch: { a: { gasLimit: '30000000' } } }, [{ blockGas: 30_000_000n }], {}],
  [
    'Others pass it.',
    { batch: { a: {}, big: MUCH, b: {} } },
    [{ blockGas: 21_000n }],
    {
      big: { code: 'GAS_ABOVE_BLOCK', gas: 30_000_001n, gasLimit: 21_000n },
    },
  ],
  ['A node that tells no limit holds nothing up by it.', { batch: { a: MUCH } }, [{}], {}],
  [
    'A tip below the least waits.',
    { batch: ONE, leastTip: 3n },
    [{}],
    { a: { code: 'TIP_TOO_LOW', tipWei: 2n, floorWei: 3n } },
  ],
  ['The least tip is enough.', { batch: ONE, leastTip: 2n }, [{}], {}],
  [
    'A single gas price is its tip.',
    { batch: { a: { type: '0', maxFeePerGas: '3', maxPriorityFeePerGas: '' } }, leastTip: 3n },
    [{}],
    {},
  ],
]);

rows('what no block could hold: what a later block may hold goes', [
  ['A ceiling below the base fee.', { batch: ONE }, [{ baseFee: 1_000n }], {}],
  ['A call that may revert: nobody is asked.', { batch: { a: { data: '0xdeadbeef', gasLimit: '60000' } } }, [{}], {}],
]);

rows('what no block could hold: as many urls must say so as the law asks to settle', [
  ['One of two holds nothing up.', { batch: ONE, agree: 2 }, [POOR, {}], {}],
  ['Nor does the only one that answers, of two.', { batch: ONE, agree: 2 }, [POOR], {}],
  ['Two of two do.', { batch: ONE, agree: 2 }, [POOR, POOR], { a: LOW }],
  ['Two of three do.', { batch: ONE, agree: 2 }, [{}, POOR, POOR], { a: LOW }],
  ['One of three does not.', { batch: ONE, agree: 2 }, [{}, {}, POOR], {}],
  ['The only url of a chain that the law trusts does.', { batch: ONE }, [POOR], { a: LOW }],
  ['One of several does not, though the law trusts them: it may lag.', { batch: ONE }, [POOR, {}], {}],
  [
    'Two that say different things do not agree.',
    { batch: { a: MUCH }, agree: 2 },
    [{ balance: 1n }, { blockGas: 1n }],
    {},
  ],
  [
    'Each url is judged by its own count: one that lags and one that lies are not added up.',
    { batch: ONE, agree: 2, log: [seal(0n, [item('R1', 0n, PLAIN)])] },
    [
      { count: 0n, balance: 2n * COST - 1n },
      { count: 1n, balance: COST },
    ],
    {},
  ],
]);

const SKIP: Fields = { replaces: 'foreign', nonce: '5' };
rows('what no block could hold: a nonce that is used, or that leaves a gap', [
  ['Somebody else used the next nonce.', { batch: ONE }, [{ count: 1n }], { a: { code: 'CHAIN_AHEAD', count: 1n } }],
  ['One of two urls that says so holds nothing up.', { batch: ONE, agree: 2 }, [{ count: 1n }, {}], {}],
  ['A skip to the count of the chain goes.', { batch: { a: SKIP } }, [{ count: 5n }], {}],
  ['A skip above it waits.', { batch: { a: SKIP } }, [{ count: 4n }], { a: { code: 'NONCE_AHEAD', count: 4n } }],
  [
    'A gap is for ever: of two urls the only one that answers is enough to wait for it.',
    { batch: { a: SKIP }, agree: 2 },
    [{ count: 4n }],
    { a: { code: 'NONCE_AHEAD', count: 4n } },
  ],
  [
    'A skip is paid by the whole balance: it frees what is stuck below it.',
    { batch: { a: SKIP }, log: [seal(0n, [item('R1', 4n, PLAIN)])] },
    [
      { count: 4n, balance: COST },
      { count: 5n, balance: COST },
    ],
    {},
  ],
]);

const INSTEAD = { replaces: item('R1', 0n, PLAIN).id, nonce: '0', reference: 'instead' };
rows('what no block could hold: a replacement takes the place of what it replaces', [
  [
    'It needs only what it costs beyond that.',
    { batch: { a: { ...INSTEAD, value: '6' } }, log: [seal(0n, [item('R1', 0n, PLAIN)])] },
    [{ balance: COST + 1n }],
    {},
  ],
  [
    'That must be there.',
    { batch: { a: { ...INSTEAD, value: '7' } }, log: [seal(0n, [item('R1', 0n, PLAIN)])] },
    [{ balance: COST + 1n }],
    { a: { code: 'BALANCE_LOW', balanceWei: 1n, neededWei: 2n } },
  ],
  [
    'One that costs less needs nothing more.',
    { batch: { a: { ...INSTEAD, value: '4' } }, log: [seal(0n, [item('R1', 0n, PLAIN)])] },
    [{ balance: 0n }],
    {},
  ],
  [
    'Where nothing is reserved at its nonce, it needs all that it costs.',
    { batch: { a: INSTEAD } },
    [{ balance: COST - 1n }],
    { a: LOW },
  ],
]);

rows('what no block could hold: of several urls that say so, the middle one tells the numbers', [
  ['Two that say the same.', { batch: ONE, agree: 2 }, [POOR, POOR], { a: LOW }],
  [
    'Three, in any order.',
    { batch: ONE, agree: 2 },
    [{ balance: 9n }, { balance: 1n }, { balance: 5n }],
    { a: { code: 'BALANCE_LOW', balanceWei: 5n, neededWei: COST } },
  ],
  [
    'Two of them say the same.',
    { batch: ONE, agree: 2 },
    [{ balance: 1n }, { balance: 9n }, { balance: 9n }],
    { a: { code: 'BALANCE_LOW', balanceWei: 9n, neededWei: COST } },
  ],
]);

table<readonly bigint[], { readonly agree: number }, bigint>(
  'the count that enough urls have reached',
  (counts, { agree }) =>
    agreedCount(
      counts.map((count) => reportOf({ count })),
      agree,
    ),
  [
    ['Of one that is trusted, its own.', [4n], { agree: 1 }, 4n],
    ['Of two, what both have reached.', [4n, 9n], { agree: 2 }, 4n],
    ['One of three that lies is not followed.', [9n, 4n, 4n], { agree: 2 }, 4n],
    ['One of three that lags is not waited for.', [0n, 4n, 4n], { agree: 2 }, 4n],
    ['Where fewer answer than must agree, what all of them have reached.', [4n], { agree: 2 }, 4n],
    ['Of none, none.', [], { agree: 2 }, 0n],
  ],
);
