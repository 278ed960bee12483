import { dearest, reservedAt } from '#core/register/reserved.ts';
import type { ListedEntry } from '#core/register/rules.ts';
import { sum } from '#core/sum.ts';
import { type Asked, close, item, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

/** No fee: the value is all that it can cost. */
const worth = (value: string): Asked => ({ value, maxFeePerGas: '0', maxPriorityFeePerGas: '0' });
const LOG: readonly ListedEntry[] = [
  seal(2n, [item('R4', 7n, { ...worth('30'), replaces: 'R1' })]),
  seal(1n, [item('R1', 7n, worth('20')), item('R2', 8n, worth('5'))]),
  close(0n, ['R9']),
];

const reserved = (entries: readonly ListedEntry[], { count }: { readonly count: bigint }) =>
  Object.fromEntries([...reservedAt(view(entries), count)].map(([nonce, cost]) => [nonce.toString(), cost]));

table<readonly ListedEntry[], { readonly count: bigint }, Readonly<Record<string, bigint>>>(
  'reserved: what is sealed and not mined can still cost its ceiling',
  reserved,
  [
    ['An empty log reserves nothing.', [], { count: 0n }, {}],
    ['Of all at one nonce the dearest counts.', LOG, { count: 7n }, { 7: 30n, 8: 5n }],
    ['What is mined, as far as the node knows, is paid.', LOG, { count: 8n }, { 8: 5n }],
    ['Where all is mined, nothing is left.', LOG, { count: 9n }, {}],
    [
      'Value and the ceiling of the fee count: 5 wei and 21000 times 3.',
      [seal(0n, [item('R1', 7n, { value: '5', maxFeePerGas: '3', maxPriorityFeePerGas: '1' })])],
      { count: 0n },
      { 7: 63_005n },
    ],
  ],
);

type Outlays = readonly { readonly key: string; readonly cost: bigint }[];
const total = (outlays: Outlays, _: 'in wei') => sum(dearest(outlays).values());

table<Outlays, 'in wei', bigint>('reserved: sums', total, [
  ['Of nothing: 0.', [], 'in wei', 0n],
  ['What costs nothing adds nothing.', [{ key: 'a', cost: 0n }], 'in wei', 0n],
  [
    'One by key, the dearest.',
    [
      { key: 'a', cost: 3n },
      { key: 'a', cost: 9n },
      { key: 'a', cost: 4n },
    ],
    'in wei',
    9n,
  ],
  [
    'All keys together.',
    [
      { key: 'a', cost: 3n },
      { key: 'b', cost: 9n },
    ],
    'in wei',
    12n,
  ],
]);
