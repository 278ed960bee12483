import { nonceOutcome } from '#core/decide/nonce-outcome.ts';
import type { SealItem } from '#core/register/entry.ts';
import { competingHashes, missingAncestors, sealedAt } from '#core/register/rivals.ts';
import type { ListedEntry } from '#core/register/rules.ts';
import { time } from '#test/support/given.ts';
import { close, idOf, item, type Name, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

type Entries = readonly ListedEntry[];
const hash = (digit: string): string => `0x${digit.repeat(64)}`;
const [ONE, TWO, THREE] = [hash('1'), hash('2'), hash('3')];
const sealed = (name: Name, nonce: bigint, rungs: readonly string[], replaces?: Name): SealItem => ({
  ...item(name, nonce, replaces === undefined ? {} : { replaces }),
  rungs,
});
const nameOf = (id: string) => `R${Number(id)}`;

/** R1 is sealed at nonce 7, and R4 replaces it there. */
const LOG: Entries = [seal(1n, [sealed('R4', 7n, [TWO], 'R1')]), seal(0n, [sealed('R1', 7n, [ONE])])];

interface When {
  readonly request: Name;
  /** Its transactions, less those of a request whose bytes are the same. */
  readonly own?: readonly string[];
  /** The transaction that used the nonce, and its block; none: nobody is seen to have used it. */
  readonly by?: string;
  readonly block?: bigint;
}
/** Block 100 is final. */
const outcome = (entries: Entries, { request, own = [], by, block = 100n }: When) => {
  const use = by === undefined ? undefined : { hash: by, blockNumber: block };
  const found = nonceOutcome({ id: idOf(request), transactionHashes: own }, use, 100n, view(entries));
  return found.kind === 'replaced' ? `replaced by ${nameOf(found.by)}` : found.kind;
};

table('nonce outcome: only a transaction that can be named decides', outcome, [
  ['Nobody is seen to have used the nonce.', LOG, { request: 'R1', own: [ONE] }, 'open'],
  ['Its own rung, which the node did not show before.', LOG, { request: 'R1', own: [ONE], by: ONE }, 'open'],
  ['A rung of what replaces it.', LOG, { request: 'R1', own: [ONE], by: TWO }, 'replaced by R4'],
  [
    'For the replacement: a rung of what it should replace.',
    LOG,
    { request: 'R4', own: [TWO], by: ONE },
    'replaced by R1',
  ],
  ['A transaction that the register does not know.', LOG, { request: 'R1', own: [ONE], by: THREE }, 'superseded'],
  ['A block that is not final yet.', LOG, { request: 'R1', own: [ONE], by: TWO, block: 101n }, 'open'],
  ['A foreign transaction that is not final yet.', LOG, { request: 'R1', own: [ONE], by: THREE, block: 101n }, 'open'],
]);

/** R4 and R5 replace R1 with the very same transaction: two machines did not see each other. R5 is listed first. */
const TWINS: Entries = [
  seal(2n, [sealed('R5', 7n, [TWO], 'R1')]),
  seal(1n, [sealed('R4', 7n, [TWO], 'R1')]),
  seal(0n, [sealed('R1', 7n, [ONE])]),
];

table('nonce outcome: of two requests with one transaction it is the one whose bytes came out', outcome, [
  ['The one whose bytes came out: its own.', TWINS, { request: 'R4', own: [TWO], by: TWO }, 'open'],
  ['The same, listed first.', TWINS, { request: 'R5', own: [TWO], by: TWO }, 'open'],
  ['The other one, listed first.', TWINS, { request: 'R5', own: [], by: TWO }, 'replaced by R4'],
  ['The other one, listed last.', TWINS, { request: 'R4', own: [], by: TWO }, 'replaced by R5'],
  ['What both replace.', TWINS, { request: 'R1', own: [ONE], by: TWO }, 'replaced by R5'],
  ['A rung of its seal that nobody else has is its own in any case.', LOG, { request: 'R1', own: [], by: ONE }, 'open'],
]);

const unseen = (entries: Entries, { request }: When) => [...missingAncestors(idOf(request), view(entries))].map(nameOf);

table('nonce outcome: what a read must show besides', unseen, [
  ['Its seal and that of all that is replaced: nothing.', LOG, { request: 'R4' }, []],
  ['Its own seal.', [seal(0n, [sealed('R2', 8n, [TWO])])], { request: 'R1' }, ['R1']],
  ['What it replaces.', LOG.slice(0, 1), { request: 'R4' }, ['R1']],
  [
    'What others replace: it may be the same.',
    [seal(2n, [sealed('R5', 8n, [THREE], 'R6')]), ...LOG],
    { request: 'R1' },
    ['R6'],
  ],
  ['What it replaces, and its own seal.', LOG.slice(0, 1), { request: 'R2' }, ['R1', 'R2']],
]);

const rivals = (entries: Entries, { request }: When) => competingHashes(idOf(request), 7n, view(entries));

table('nonce outcome: what may have been mined in its place', rivals, [
  ['Every rung at its nonce that is another’s.', LOG, { request: 'R1' }, [TWO]],
  ['A rung at another nonce is not.', [...LOG, seal(2n, [sealed('R2', 8n, [THREE])])], { request: 'R1' }, [TWO]],
  ['Where it is alone at its nonce: none.', LOG.slice(1), { request: 'R1' }, []],
  ['A close has none.', [close(2n, ['R2'])], { request: 'R1' }, []],
]);

const since = (entries: Entries, { request }: When) => sealedAt(idOf(request), view(entries));
const NOON = time('2030-01-01T12:00:00Z');

table('nonce outcome: since when its nonce was sealed', since, [
  ['Not at all: 0.', [], { request: 'R1' }, 0],
  ['When Cloud Storage created the seal.', LOG, { request: 'R1' }, NOON],
  [
    'Of several seals, the first one.',
    [...LOG, seal(2n, [sealed('R1', 7n, [ONE])], { timeCreated: NOON - 5 })],
    { request: 'R1' },
    NOON - 5,
  ],
]);
