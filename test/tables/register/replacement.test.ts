import { leastToReplace, replacementProblem } from '#core/register/replacement.ts';
import type { ListedEntry } from '#core/register/rules.ts';
import { type Asked, asks, idOf, item, type Name, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}
const fees = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint): Fees => ({ maxFeePerGas, maxPriorityFeePerGas });
const least = (given: Fees, _: 'to take its place') => leastToReplace(given);

table<Fees, 'to take its place', Fees>(
  'replacement: pools ask for a tenth more in both fees, and more than it',
  least,
  [
    ['A round sum.', fees(100n, 10n), 'to take its place', fees(110n, 11n)],
    ['A tenth that is no whole wei is rounded up.', fees(101n, 11n), 'to take its place', fees(112n, 13n)],
    ['A tenth of one wei is one wei.', fees(1n, 1n), 'to take its place', fees(2n, 2n)],
    ['A tenth of nothing is nothing, and one wei is more.', fees(0n, 0n), 'to take its place', fees(1n, 1n)],
  ],
);

/** Gwei, as the ceilings of a request. */
const pays = (fee: number, tip: number): Asked => ({
  maxFeePerGas: `${BigInt(Math.round(fee * 1000)) * 1_000_000n}`,
  maxPriorityFeePerGas: `${BigInt(Math.round(tip * 1000)) * 1_000_000n}`,
});

interface Given {
  readonly entries: readonly ListedEntry[];
  /** Whose bytes may have reached a node. */
  readonly out: readonly Name[];
}
interface When {
  readonly request: Name;
  readonly asks: Asked;
}

type Answer = 'none' | `nodes keep ${Name}` | `the very transaction of ${Name}`;
const problem = ({ entries, out }: Given, { request, asks: fields }: When): Answer => {
  const told = replacementProblem(idOf(request), asks(request, fields), view(entries), new Set(out.map(idOf)));
  if (told === undefined) return 'none';
  const rival = (['R1', 'R2', 'R4', 'R5'] as const).find((name) => told.includes(idOf(name))) ?? 'R9';
  return told.includes('nodes keep') ? `nodes keep ${rival}` : `the very transaction of ${rival}`;
};

/** R1 pays up to 30 gwei, 2 of them as a tip. */
const TARGET: Given = { entries: [seal(0n, [item('R1', 7n, pays(30, 2))])], out: ['R1'] };
/** R4 is another payment, so that no rung is the same. */
const replaces = (by: Asked, over: Asked = {}): When => ({
  request: 'R4',
  asks: { nonce: '7', replaces: 'R1', value: '2', ...by, ...over },
});

table('replacement: it must outbid whatever lies in the pools', problem, [
  ['A tenth more in both fees.', TARGET, replaces(pays(33, 2.2)), 'none'],
  ['A fee that is short by a thousandth of a gwei.', TARGET, replaces(pays(32.999, 2.2)), 'nodes keep R1'],
  ['A tip that is short by a thousandth of a gwei.', TARGET, replaces(pays(33, 2.199)), 'nodes keep R1'],
  ['The same fees.', TARGET, replaces(pays(30, 2)), 'nodes keep R1'],
  [
    'A single gas price stands in both fees.',
    TARGET,
    replaces({ type: '0', maxFeePerGas: '33000000000', maxPriorityFeePerGas: '' }),
    'none',
  ],
  ['What never came out need not be outbid.', { ...TARGET, out: [] }, replaces(pays(30, 2)), 'none'],
  [
    'An earlier replacement at the nonce is in the way too.',
    { entries: [...TARGET.entries, seal(1n, [item('R5', 7n, { ...pays(90, 6), replaces: 'R1' })])], out: ['R1', 'R5'] },
    replaces(pays(40, 3)),
    'nodes keep R5',
  ],
  [
    'A request at another nonce is not.',
    { entries: [...TARGET.entries, seal(1n, [item('R2', 8n, pays(90, 6))])], out: ['R1', 'R2'] },
    replaces(pays(40, 3)),
    'none',
  ],
  [
    'Its own seal is not.',
    { entries: [...TARGET.entries, seal(1n, [item('R4', 7n, { ...pays(90, 6), replaces: 'R1' })])], out: ['R1', 'R4'] },
    replaces(pays(40, 3)),
    'none',
  ],
]);

table('replacement: no rung may be the very transaction of another: mined, it would settle both', problem, [
  // A ladder's rungs are half as much again apart: the second from above is its target's ceiling.
  [
    'The same payment with half as much again.',
    TARGET,
    replaces(pays(45, 3), { value: '1000000000000000000' }),
    'the very transaction of R1',
  ],
  ['Another value.', TARGET, replaces(pays(45, 3)), 'none'],
  [
    'Another memo and reference, which no chain sees.',
    TARGET,
    replaces(pays(45, 3), { value: '1000000000000000000', memo: 'x', reference: 'y' }),
    'the very transaction of R1',
  ],
  [
    'What never came out must not be signed twice either.',
    { ...TARGET, out: [] },
    replaces(pays(30, 2), { value: '1000000000000000000' }),
    'the very transaction of R1',
  ],
  [
    'A little more makes another transaction.',
    TARGET,
    replaces(pays(45.001, 3), { value: '1000000000000000000' }),
    'none',
  ],
]);

table('replacement: whatever replaces no request is not judged', problem, [
  ['A plain request at that nonce.', TARGET, { request: 'R4', asks: { nonce: '7', ...pays(1, 1) } }, 'none'],
  ['A skip.', TARGET, { request: 'R4', asks: { nonce: '7', replaces: 'foreign', ...pays(1, 1) } }, 'none'],
  ['A replacement at a nonce where nothing is sealed.', { entries: [], out: [] }, replaces(pays(1, 1)), 'none'],
]);
