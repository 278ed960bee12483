import { isClosed } from '#core/register/plan.ts';
import { previousOf } from '#core/register/previous.ts';
import { judgeNonce, type ListedEntry, type NonceVerdict, nextNonce, nextSeq } from '#core/register/rules.ts';
import { type Asked, asks, close, idOf, item, type Name, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

type Entries = readonly ListedEntry[];

const next = (entries: Entries, { startNonce }: { readonly startNonce: bigint }) =>
  nextNonce(view(entries), startNonce);

table('nonce: the next one is the highest sealed and one', next, [
  ['Of an empty log it is what the law says.', [], { startNonce: 42n }, 42n],
  ['After nonce 7 comes 8.', [seal(0n, [item('R1', 7n)])], { startNonce: 0n }, 8n],
  [
    'The highest counts, in whatever place of an entry.',
    [seal(0n, [item('R1', 9n), item('R2', 8n)])],
    { startNonce: 0n },
    10n,
  ],
  [
    'The highest counts, not the newest: a replacement seals an old nonce.',
    [seal(2n, [item('R4', 7n, { replaces: 'R1' })]), seal(1n, [item('R2', 8n)]), seal(0n, [item('R1', 7n)])],
    { startNonce: 0n },
    9n,
  ],
  ['A close takes no nonce.', [close(1n, ['R2']), seal(0n, [item('R1', 7n)])], { startNonce: 0n }, 8n],
  ['A startNonce above all that is sealed stands.', [seal(0n, [item('R1', 7n)])], { startNonce: 20n }, 20n],
]);

interface When {
  readonly request: Name;
  readonly asks?: Asked;
}
const LOG: Entries = [seal(1n, [item('R2', 8n)]), seal(0n, [item('R1', 7n)])];
type Said = Exclude<NonceVerdict, { kind: 'close' }> | { readonly kind: 'close'; readonly code: string };
const judge = (entries: Entries, { request, asks: fields }: When): Said => {
  const verdict = judgeNonce(idOf(request), asks(request, fields), view(entries), 0n);
  return verdict.kind === 'close' ? { kind: 'close', code: verdict.code } : verdict;
};
const closes = (code: string): Said => ({ kind: 'close', code });
const seals = (nonce: bigint): Said => ({ kind: 'seal', nonce });

table('nonce: a request gets the next one, or the one that it names', judge, [
  ['It names none: the next.', LOG, { request: 'R3' }, seals(9n)],
  ['It names the next.', LOG, { request: 'R3', asks: { nonce: '9' } }, seals(9n)],
  [
    'It names one above the next: it waits.',
    LOG,
    { request: 'R3', asks: { nonce: '10' } },
    { kind: 'wait', code: 'NONCE_AHEAD' },
  ],
  ['It names one that is sealed.', LOG, { request: 'R3', asks: { nonce: '8' } }, closes('NONCE_TAKEN')],
  ['It names one below the first.', LOG, { request: 'R3', asks: { nonce: '0' } }, closes('NONCE_TAKEN')],
  ['Its reference is used.', LOG, { request: 'R3', asks: { reference: 'ref-R2' } }, closes('REFERENCE_USED')],
  [
    'Its nonce and its reference are used: the nonce is told.',
    LOG,
    { request: 'R3', asks: { reference: 'ref-R2', nonce: '8' } },
    closes('NONCE_TAKEN'),
  ],
]);

table('nonce: a replacement takes the nonce of what it replaces', judge, [
  ['The nonce of its target.', LOG, { request: 'R4', asks: { replaces: 'R1', nonce: '7' } }, seals(7n)],
  ['Another sealed nonce.', LOG, { request: 'R4', asks: { replaces: 'R1', nonce: '8' } }, closes('REPLACES_UNKNOWN')],
  ['The next nonce.', LOG, { request: 'R4', asks: { replaces: 'R1', nonce: '9' } }, closes('REPLACES_UNKNOWN')],
  [
    'A target that is not sealed.',
    LOG,
    { request: 'R4', asks: { replaces: 'R5', nonce: '7' } },
    closes('REPLACES_UNKNOWN'),
  ],
  [
    'A target that is sealed at two nonces.',
    [...LOG, seal(2n, [item('R1', 9n)])],
    { request: 'R4', asks: { replaces: 'R1', nonce: '7' } },
    closes('REPLACES_UNKNOWN'),
  ],
  [
    'A target that replaced another.',
    [...LOG, seal(2n, [item('R4', 7n, { replaces: 'R1' })])],
    { request: 'R5', asks: { replaces: 'R4', nonce: '7' } },
    seals(7n),
  ],
  [
    'A target whose chain of replacements is sealed at two nonces.',
    [...LOG, seal(2n, [item('R4', 8n, { replaces: 'R1' })])],
    { request: 'R5', asks: { replaces: 'R4', nonce: '8' } },
    closes('NONCE_TAKEN'),
  ],
  [
    'The reference of a third.',
    LOG,
    { request: 'R4', asks: { replaces: 'R1', nonce: '7', reference: 'ref-R2' } },
    closes('REFERENCE_USED'),
  ],
]);

table('nonce: a skip goes past a foreign transaction', judge, [
  ['To the next nonce.', LOG, { request: 'R3', asks: { replaces: 'foreign', nonce: '9' } }, seals(9n)],
  ['Above the next nonce.', LOG, { request: 'R3', asks: { replaces: 'foreign', nonce: '12' } }, seals(12n)],
  [
    'To a nonce that is sealed.',
    LOG,
    { request: 'R3', asks: { replaces: 'foreign', nonce: '8' } },
    closes('NONCE_TAKEN'),
  ],
]);

interface Log {
  readonly entries: Entries;
  /** Names that junk has, or had. */
  readonly junk?: readonly bigint[];
}
const place = ({ entries, junk = [] }: Log, _: 'next place') => {
  const shown = view(entries);
  return nextSeq({ ...shown, taken: new Set([...shown.taken, ...junk]) });
};

table('place: the first name above the newest seal that never had a generation', place, [
  ['An empty log begins at 0.', { entries: [] }, 'next place', 0n],
  ['Above a seal.', { entries: [seal(4n, [item('R1', 7n)])] }, 'next place', 5n],
  [
    'Above the newest of several, in whatever order they are listed.',
    { entries: [seal(3n, []), seal(4n, []), seal(2n, [])] },
    'next place',
    5n,
  ],
  ['Not at a name that a close has.', { entries: [close(5n, ['R2']), seal(4n, [])] }, 'next place', 6n],
  ['Not at a name that junk has, or had.', { entries: [seal(4n, [])], junk: [5n, 6n] }, 'next place', 7n],
  ['A close far above keeps only its own name.', { entries: [close(700n, ['R2']), seal(4n, [])] }, 'next place', 5n],
  [
    'A name that is free below the newest seal stays free.',
    { entries: [seal(4n, []), seal(2n, [])] },
    'next place',
    5n,
  ],
]);

const previous = (entries: Entries, { seq }: { readonly seq: bigint }) =>
  previousOf(seq, view(entries), (text) => `hash of ${text}`);

table('place: the hash of the entry before is evidence', previous, [
  ['Of the first entry: zeros.', [], { seq: 0n }, '0000000000000000000000000000000000000000000000000000000000000000'],
  ['Of the next lower entry.', [seal(1n, []), seal(0n, [])], { seq: 2n }, 'hash-1'],
  ['Of the nearest lower one, where names between are junk.', [close(3n, ['R1']), seal(0n, [])], { seq: 9n }, 'hash-3'],
  [
    'What stands at its own name or above is no entry before.',
    [seal(5n, []), seal(4n, []), seal(0n, [])],
    { seq: 4n },
    'hash-0',
  ],
  [
    'Of several generations of one name: of their hashes, sorted.',
    [seal(1n, [], { rawHash: 'c' }), seal(1n, [], { rawHash: 'a' }), seal(1n, [], { rawHash: 'b' }), seal(0n, [])],
    { seq: 2n },
    'hash of abc',
  ],
]);

const closed = (entries: Entries, { request }: { readonly request: Name }) => isClosed(idOf(request), view(entries));

table('nonce: what is closed is never sealed, whatever its close is worth', closed, [
  ['A close of it.', [close(0n, ['R2', 'R1'])], { request: 'R1' }, true],
  ['A close that came while the pages were read.', [close(0n, ['R1'], { early: false })], { request: 'R1' }, true],
  ['A close of another.', [close(0n, ['R2'])], { request: 'R1' }, false],
  ['A seal of it is no close.', [seal(0n, [item('R1', 7n)])], { request: 'R1' }, false],
]);
