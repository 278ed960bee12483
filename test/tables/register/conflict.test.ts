import type { SealItem } from '#core/register/entry.ts';
import { conflictWith, type ListedEntry, noncesOf, ownEntry, sealsOf, takesFreshNonce } from '#core/register/rules.ts';
import { close, idOf, item, type Name, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

type Entries = readonly ListedEntry[];
/** What conflicts with it, and by which of the four questions of the second read. */
type Answer = 'nothing' | `${'close' | 'id' | 'reference' | 'nonce'} of ${Name}`;

const nameOf = (id: string): Name => `R${Number(id)}` as Name;
const conflict = (entries: Entries, it: SealItem): Answer => {
  const found = conflictWith(it, view(entries));
  return found === undefined ? 'nothing' : `${found.by} of ${nameOf(found.id)}`;
};

table<Entries, SealItem, Answer>('conflict: two seals that cannot both stand, wherever they lie in the log', conflict, [
  ['Nothing in the log, nothing against it.', [], item('R1', 7n), 'nothing'],
  ['A request has no conflict with itself at its own nonce.', [seal(0n, [item('R1', 7n)])], item('R1', 7n), 'nothing'],
  ['One id, two nonces.', [seal(0n, [item('R1', 8n)])], item('R1', 7n), 'id of R1'],
  ['One nonce, two ids.', [seal(9n, [item('R2', 7n)])], item('R1', 7n), 'nonce of R2'],
  ['One reference, two ids.', [seal(0n, [item('R2', 8n, { reference: 'ref-R1' })])], item('R1', 7n), 'reference of R2'],
  [
    'The same reference of another requester is another reference.',
    [seal(0n, [item('R2', 8n, { reference: 'ref-R1', requester: 'another' })])],
    item('R1', 7n),
    'nothing',
  ],
  [
    'One reference and one nonce: the reference is told.',
    [seal(0n, [item('R2', 7n, { reference: 'ref-R1' })])],
    item('R1', 7n),
    'reference of R2',
  ],
  ['Another request at another nonce.', [seal(0n, [item('R2', 8n)])], item('R1', 7n), 'nothing'],
  [
    'A seal below, above or at the same name conflicts all the same.',
    [seal(3n, [item('R3', 9n)]), seal(2n, [item('R2', 7n)], { generation: '2' })],
    item('R1', 7n),
    'nonce of R2',
  ],
  ['Of one seal every item counts.', [seal(0n, [item('R3', 9n), item('R2', 7n)])], item('R1', 7n), 'nonce of R2'],
]);

table<Entries, SealItem, Answer>('conflict: a close', conflict, [
  ['A close of the id.', [close(0n, ['R1'])], item('R1', 7n), 'close of R1'],
  ['A close among others, above a gap.', [close(700n, ['R2', 'R1'])], item('R1', 7n), 'close of R1'],
  ['A close of another id.', [close(0n, ['R2'])], item('R1', 7n), 'nothing'],
  ['A close is told before a seal.', [seal(1n, [item('R2', 7n)]), close(0n, ['R1'])], item('R1', 7n), 'close of R1'],
  [
    'A close of what it replaces does not close it.',
    [close(1n, ['R1']), seal(0n, [item('R1', 7n)])],
    item('R4', 7n, { replaces: 'R1' }),
    'nothing',
  ],
]);

const TWO = [seal(0n, [item('R1', 7n)]), seal(1n, [item('R4', 7n, { replaces: 'R1' })])];

table<Entries, SealItem, Answer>('conflict: a request and what it replaces count as one id', conflict, [
  ['What it replaces, at one nonce.', [seal(0n, [item('R1', 7n)])], item('R4', 7n, { replaces: 'R1' }), 'nothing'],
  ['What it replaces, at another nonce.', [seal(0n, [item('R1', 8n)])], item('R4', 7n, { replaces: 'R1' }), 'id of R1'],
  [
    'A replacement may carry the reference.',
    [seal(0n, [item('R1', 7n)])],
    item('R4', 7n, { replaces: 'R1', reference: 'ref-R1' }),
    'nothing',
  ],
  ['The replaced one has no conflict with its replacement.', TWO, item('R1', 7n), 'nothing'],
  [
    'Through others too, and with the reference of any of them.',
    TWO,
    item('R5', 7n, { replaces: 'R4', reference: 'ref-R1' }),
    'nothing',
  ],
  ['Through others, at another nonce.', TWO, item('R5', 8n, { replaces: 'R4' }), 'id of R1'],
  ['Two replacements of one request.', TWO, item('R6', 7n, { replaces: 'R1' }), 'nothing'],
  [
    'Two replacements of a request that the read does not show.',
    [seal(1n, [item('R4', 7n, { replaces: 'R1' })])],
    item('R6', 7n, { replaces: 'R1', reference: 'ref-R4' }),
    'nothing',
  ],
  [
    'The same, at another nonce.',
    [seal(1n, [item('R4', 8n, { replaces: 'R1' })])],
    item('R6', 7n, { replaces: 'R1' }),
    'id of R4',
  ],
  [
    'A replacement may share the nonce of a third: the chain mines one of them.',
    [seal(0n, [item('R1', 7n)]), seal(1n, [item('R2', 7n)])],
    item('R4', 7n, { replaces: 'R1' }),
    'nothing',
  ],
  [
    'The third has no conflict with that replacement, only with the plain one.',
    [seal(1n, [item('R4', 7n, { replaces: 'R1' })])],
    item('R2', 7n),
    'nothing',
  ],
  [
    'A replacement may not carry the reference of a third.',
    [seal(0n, [item('R1', 7n)]), seal(1n, [item('R2', 8n)])],
    item('R4', 7n, { replaces: 'R1', reference: 'ref-R2' }),
    'reference of R2',
  ],
  [
    'A request that skips a foreign nonce replaces nobody.',
    [seal(0n, [item('R2', 7n)])],
    item('R1', 7n, { replaces: 'foreign' }),
    'nonce of R2',
  ],
]);

const nonces = (entries: Entries, name: Name) => [...noncesOf(idOf(name), view(entries))];

table('conflict: the nonces at which an id is sealed', nonces, [
  ['Not sealed: none.', [seal(0n, [item('R2', 7n)]), close(1n, ['R1'])], 'R1', []],
  ['Sealed once: one.', [seal(0n, [item('R2', 6n), item('R1', 7n)])], 'R1', [7n]],
  ['Sealed in two entries at one nonce: one.', [seal(0n, [item('R1', 7n)]), seal(1n, [item('R1', 7n)])], 'R1', [7n]],
  ['Sealed at two nonces: both.', [seal(0n, [item('R1', 7n)]), seal(1n, [item('R1', 9n)])], 'R1', [7n, 9n]],
]);

const places = (entries: Entries, name: Name) =>
  sealsOf(idOf(name), view(entries)).map(({ listed, item: sealed }) => `${listed.name} at ${sealed.nonce}`);

table('conflict: the seals of an id, each with its entry', places, [
  ['Not sealed: none.', [seal(0n, [item('R2', 7n)]), close(1n, ['R1'])], 'R1', []],
  [
    'One for each entry that holds it.',
    [seal(5n, [item('R2', 6n), item('R1', 7n)]), seal(4n, [item('R1', 9n)])],
    'R1',
    ['entry-5 at 7', 'entry-4 at 9'],
  ],
]);

const RUNGS = [`0x${'1'.repeat(64)}`, `0x${'2'.repeat(64)}`];
const written = { ...item('R1', 7n), rungs: RUNGS };
const own = (entries: Entries, it: SealItem) => ownEntry({ item: it, entry: 'entry-5' }, view(entries))?.generation;

table('conflict: what was written must be what every reader reads', own, [
  ['The entry at its name, with its very item.', [seal(5n, [written])], written, '1'],
  ['Nothing at its name.', [seal(4n, [written])], written, undefined],
  ['A close at its name.', [close(5n, ['R1'])], written, undefined],
  ['Another id at its name.', [seal(5n, [{ ...written, id: idOf('R2') }])], written, undefined],
  ['Another nonce at its name.', [seal(5n, [{ ...written, nonce: 8n }])], written, undefined],
  ['Other rungs at its name.', [seal(5n, [{ ...written, rungs: RUNGS.slice(1) }])], written, undefined],
  ['The same rungs in another order.', [seal(5n, [{ ...written, rungs: RUNGS.toReversed() }])], written, undefined],
  [
    'Archived, what stood there first is passed over.',
    [seal(5n, [item('R2', 7n)]), seal(5n, [item('R3', 8n), written], { generation: '2' })],
    written,
    '2',
  ],
]);

const fresh = ({ entry }: ListedEntry, _: 'takes a nonce of its own?') => takesFreshNonce(entry);
const ASK = 'takes a nonce of its own?';

table<ListedEntry, typeof ASK, boolean>('conflict: which entry may end a listing', fresh, [
  ['A seal of a request.', seal(0n, [item('R1', 7n)]), ASK, true],
  ['A seal of a skip.', seal(0n, [item('R1', 7n, { replaces: 'foreign' })]), ASK, true],
  [
    'A seal of a replacement: older seals may hold higher nonces.',
    seal(0n, [item('R4', 7n, { replaces: 'R1' })]),
    ASK,
    false,
  ],
  ['A seal of both.', seal(0n, [item('R4', 7n, { replaces: 'R1' }), item('R2', 8n)]), ASK, true],
  ['A close: anybody can write one.', close(0n, ['R1']), ASK, false],
]);
