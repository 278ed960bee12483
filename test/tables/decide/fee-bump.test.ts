import { keccak256 } from 'ethers';
import {
  afterRefusal,
  decideFeeBump,
  dueRung,
  type FeeBump,
  type Refused,
  refusedTooLong,
} from '#core/decide/fee-bump.ts';
import { requestOf } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

const GWEI = 1_000_000_000n;
const fee = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) => ({ maxFeePerGas, maxPriorityFeePerGas });
/** Rungs 0, 1 and 2. The base fee may rise by an eighth in one block, so they admit up to 8, 16 and 25.7 gwei of it. */
const THREE = [fee(10n * GWEI, 1n * GWEI), fee(20n * GWEI, 2n * GWEI), fee(32n * GWEI, 3n * GWEI) /* ceiling */];
const ONE = [fee(32n * GWEI, 3n * GWEI)];

interface Given {
  readonly fees: typeof THREE;
  readonly baseFee: bigint | undefined;
  /** False: a lower nonce of the wallet is not mined yet. */
  readonly isNext?: boolean;
}

const MINUTE = 60_000;
const due = ({ fees, baseFee, isNext = true }: Given, { ms }: { readonly ms: number }) =>
  dueRung({ fees, submittedAt: 1_000_000, now: 1_000_000 + ms, bumpMs: MINUTE, baseFeePerGas: baseFee, isNext });

table('fee bump: the rung that is due', due, [
  ['It begins with the lowest that the base fee admits.', { fees: THREE, baseFee: 8n * GWEI }, { ms: 0 }, 0],
  ['One wei more of base fee, and the next one begins.', { fees: THREE, baseFee: 8n * GWEI + 1n }, { ms: 0 }, 1],
  ['Where no rung admits the base fee, the ceiling is due.', { fees: THREE, baseFee: 100n * GWEI }, { ms: 0 }, 2],
  ['Without a base fee nothing is known: the lowest.', { fees: THREE, baseFee: undefined }, { ms: 0 }, 0],
  ['A minute less one ms of waiting lifts nothing.', { fees: THREE, baseFee: GWEI }, { ms: MINUTE - 1 }, 0],
  ['Each minute of waiting lifts it by one.', { fees: THREE, baseFee: GWEI }, { ms: MINUTE }, 1],
  ['Waiting lifts it from where the base fee has put it.', { fees: THREE, baseFee: 10n * GWEI }, { ms: MINUTE }, 2],
  ['It never climbs above the approved ceiling.', { fees: THREE, baseFee: GWEI }, { ms: 1000 * MINUTE }, 2],
  ['A ladder of one rung stays on it.', { fees: ONE, baseFee: GWEI }, { ms: 5 * MINUTE }, 0],
  [
    'Behind a lower nonce that is not mined a higher fee helps nothing.',
    { fees: THREE, baseFee: GWEI, isNext: false },
    { ms: 5 * MINUTE },
    0,
  ],
  [
    'Behind a lower nonce the base fee is still followed.',
    { fees: THREE, baseFee: 10n * GWEI, isNext: false },
    { ms: 5 * MINUTE },
    1,
  ],
  ['A clock that is behind the submission lowers nothing.', { fees: THREE, baseFee: GWEI }, { ms: -5 * MINUTE }, 0],
]);

const REPLACEMENT = 'a request that replaces another';
const PLAIN = 'any other request';
const refused = (what: typeof REPLACEMENT | typeof PLAIN, refusal: string | undefined): Refused =>
  afterRefusal(refusal, what === REPLACEMENT);

table<typeof REPLACEMENT | typeof PLAIN, string | undefined, Refused>('fee bump: a node refuses a rung', refused, [
  ['It has these very bytes: done.', PLAIN, 'known', 'done'],
  ['The nonce is used, and only we sign for it: done.', PLAIN, 'nonce-too-low', 'done'],
  ['One of the same nonce lies in the pool, and it is our own rung: done.', PLAIN, 'replacement-underpriced', 'done'],
  [
    'For a replacement, what lies in the pool is likely what it replaces: the next rung.',
    REPLACEMENT,
    'replacement-underpriced',
    'higher',
  ],
  ['It pays too little for this node: the next rung.', PLAIN, 'underpriced', 'higher'],
  ['The balance is too low: no rung helps.', PLAIN, 'insufficient-funds', 'stuck'],
  ['The gas limit is wrong: no rung helps.', PLAIN, 'gas', 'stuck'],
  ['The fee is above the node’s cap: no rung helps.', PLAIN, 'fee-cap', 'stuck'],
  ['The node calls it invalid: no rung helps.', PLAIN, 'invalid', 'stuck'],
  ['For a replacement that is the same.', REPLACEMENT, 'invalid', 'stuck'],
  ['The node is busy: later.', PLAIN, 'busy', 'later'],
  ['Words that nobody knows: later.', PLAIN, 'refused', 'later'],
  ['No words at all: later.', PLAIN, undefined, 'later'],
]);

const tellsAPerson = (bumpMs: number, { ms }: { readonly ms: number }) =>
  refusedTooLong(1_000_000, 1_000_000 + ms, bumpMs);

table('fee bump: refused in words that say nothing of why', tellsAPerson, [
  ['For as long as four rungs may wait, nobody is told.', MINUTE, { ms: 4 * MINUTE }, false],
  ['After that a person is told: nobody else sees it.', MINUTE, { ms: 4 * MINUTE + 1 }, true],
]);

/** The plain request is signed at five fees. Its bytes are any bytes: here only their hashes count. */
const RUNGS = ['0x01', '0x02', '0x03', '0x04', '0x05'].map((raw) => ({ raw, hash: keccak256(raw) }));
const [LOWEST, ...HIGHER] = RUNGS;
const OTHER = { raw: '0x06', hash: keccak256('0x06') };

interface Ready {
  readonly rungs?: readonly (typeof OTHER | undefined)[];
  /** Transactions mined from the wallet; the request has nonce 7. */
  readonly count?: bigint;
}
const bump = ({ rungs = RUNGS, count = 7n }: Ready, { ms }: { readonly ms: number }): FeeBump =>
  decideFeeBump(
    { request: requestOf(), nonce: 7n, hashes: RUNGS.map(({ hash }) => hash), submittedAt: 1_000_000, count },
    { rungs: rungs.flatMap((rung) => rung ?? []), baseFeePerGas: GWEI },
    { now: 1_000_000 + ms, bumpMs: MINUTE },
  );
const WRONG = { kind: 'wrong-bytes' } as const;

table<Ready, { readonly ms: number }, FeeBump>('fee bump: what is sent', bump, [
  ['The bytes of its seal, from the lowest on.', {}, { ms: 0 }, { kind: 'send', due: 0, tooLong: false }],
  ['A rung higher after each wait.', {}, { ms: 2 * MINUTE }, { kind: 'send', due: 2, tooLong: false }],
  ['None are stored: nothing.', { rungs: [] }, { ms: 0 }, WRONG],
  ['More than were sealed: nothing.', { rungs: [...RUNGS, OTHER] }, { ms: 0 }, WRONG],
  ['One of another hash than was sealed: nothing.', { rungs: [OTHER, ...HIGHER] }, { ms: 0 }, WRONG],
  [
    'One whose bytes do not hash to what it is called: nothing.',
    { rungs: [LOWEST && { ...LOWEST, raw: '0x06' }, ...HIGHER] },
    { ms: 0 },
    WRONG,
  ],
  [
    'After four waits a person hears of whatever is refused.',
    {},
    { ms: 4 * MINUTE + 1 },
    { kind: 'send', due: 4, tooLong: true },
  ],
  [
    'Not of what waits behind a lower nonce, which no fee lifts.',
    { count: 6n },
    { ms: 4 * MINUTE + 1 },
    { kind: 'send', due: 0, tooLong: false },
  ],
]);
