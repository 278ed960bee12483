import { idsAt, isSealedSince, type PlanItem, planBatch } from '#core/register/plan.ts';
import type { ListedEntry } from '#core/register/rules.ts';
import { type Asked, asks, close, idOf, item, type Name, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

type Entries = readonly ListedEntry[];
interface When {
  /** In the order in which they are planned. */
  readonly batch: readonly (Name | readonly [Name, Asked])[];
  readonly most?: number;
}

const nameOf = (id: string) => `R${Number(id)}`;
const planned = (one: When['batch'][number]): PlanItem => {
  const [name, fields] = typeof one === 'string' ? [one, {}] : one;
  return { id: idOf(name), request: asks(name, fields) };
};

/** What is sealed at which nonce, closed and waiting. What is in none of them is judged again next time. */
const plan = (entries: Entries, { batch, most = 20 }: When) => {
  const { seal: sealed, close: closed, wait } = planBatch(batch.map(planned), view(entries), 0n, most);
  return {
    seal: sealed.map(({ id, nonce }) => `${nameOf(id)} at ${nonce}`),
    close: closed.map(({ id, code }) => `${nameOf(id)} ${code}`),
    wait: wait.map(({ id, code }) => `${nameOf(id)} ${code}`),
  };
};
const NOTHING = { seal: [], close: [], wait: [] };
const LOG: Entries = [seal(1n, [item('R2', 8n)]), seal(0n, [item('R1', 7n)])];

table('plan: a batch counts on from the highest sealed nonce', plan, [
  ['No request, no plan.', LOG, { batch: [] }, NOTHING],
  [
    'One after the other, in the order given.',
    LOG,
    { batch: ['R4', 'R3'] },
    { ...NOTHING, seal: ['R4 at 9', 'R3 at 10'] },
  ],
  ['What is sealed already is left out.', LOG, { batch: ['R1', 'R3'] }, { ...NOTHING, seal: ['R3 at 9'] }],
  [
    'What is closed is left out.',
    [...LOG, close(2n, ['R3'])],
    { batch: ['R3', 'R4'] },
    { ...NOTHING, seal: ['R4 at 9'] },
  ],
  [
    'No more than the turn wants.',
    LOG,
    { batch: ['R3', 'R4', 'R5'], most: 2 },
    { ...NOTHING, seal: ['R3 at 9', 'R4 at 10'] },
  ],
  [
    'What is closed or waits takes no place in the batch.',
    LOG,
    { batch: [['R3', { nonce: '8' }], ['R4', { nonce: '99' }], 'R5'], most: 1 },
    { seal: ['R5 at 9'], close: ['R3 NONCE_TAKEN'], wait: ['R4 NONCE_AHEAD'] },
  ],
]);

table('plan: each request sees those before it as if they were sealed', plan, [
  [
    'A nonce that is the next one once those before it are sealed.',
    LOG,
    { batch: ['R3', ['R4', { nonce: '10' }]] },
    { ...NOTHING, seal: ['R3 at 9', 'R4 at 10'] },
  ],
  [
    'The same in the other order: it waits, and the other is sealed.',
    LOG,
    { batch: [['R4', { nonce: '10' }], 'R3'] },
    { ...NOTHING, seal: ['R3 at 9'], wait: ['R4 NONCE_AHEAD'] },
  ],
  [
    'A reference that is sealed for another closes it.',
    LOG,
    { batch: [['R3', { reference: 'ref-R1' }]] },
    { ...NOTHING, close: ['R3 REFERENCE_USED'] },
  ],
  [
    'A reference that is only planned for another closes nothing: it is judged again next time.',
    LOG,
    { batch: ['R3', ['R4', { reference: 'ref-R3' }]] },
    { ...NOTHING, seal: ['R3 at 9'] },
  ],
  [
    'A nonce that is only planned for another closes nothing either.',
    LOG,
    { batch: ['R3', ['R4', { nonce: '9' }]] },
    { ...NOTHING, seal: ['R3 at 9'] },
  ],
  [
    'A replacement of what is only planned goes with it.',
    LOG,
    { batch: ['R3', ['R4', { nonce: '9', replaces: 'R3' }]] },
    { ...NOTHING, seal: ['R3 at 9', 'R4 at 9'] },
  ],
  [
    'A replacement that comes before what it replaces is closed.',
    LOG,
    { batch: [['R4', { nonce: '9', replaces: 'R3' }], 'R3'] },
    { ...NOTHING, seal: ['R3 at 9'], close: ['R4 REPLACES_UNKNOWN'] },
  ],
]);

/** A request whose JSON has exactly so many bytes, most of it calldata. */
const sized = (name: Name, bytes: number): readonly [Name, Asked] => {
  const fields = (digits: number, memo: string): Asked => ({
    data: `0x${'1'.repeat(digits)}`,
    gasLimit: '10000000',
    memo,
  });
  const room = bytes - JSON.stringify(asks(name, fields(0, ''))).length;
  return [name, fields(room - (room % 2), room % 2 === 0 ? '' : 'm')];
};
/** The most that one message may have; three of them are 384 KiB. */
const LARGEST = 128 * 1024;
const THREE = [sized('R1', LARGEST), sized('R2', LARGEST), sized('R3', LARGEST)];

table('plan: an entry stays well below what readers take for one', plan, [
  [
    'Three requests of the largest size fit exactly.',
    [],
    { batch: THREE },
    { ...NOTHING, seal: ['R1 at 0', 'R2 at 1', 'R3 at 2'] },
  ],
  [
    'One byte more, and the third comes next time.',
    [],
    { batch: [sized('R1', LARGEST + 1), ...THREE.slice(1)] },
    { ...NOTHING, seal: ['R1 at 0', 'R2 at 1'] },
  ],
  [
    'What comes after the one that does not fit comes next time too: the order stands.',
    [],
    { batch: [...THREE, 'R4'] },
    { ...NOTHING, seal: ['R1 at 0', 'R2 at 1', 'R3 at 2'] },
  ],
  [
    'One request always fits, whatever its size.',
    [],
    { batch: [sized('R1', 4 * LARGEST)] },
    { ...NOTHING, seal: ['R1 at 0'] },
  ],
]);

const at = (entries: Entries, { nonce }: { readonly nonce: bigint }) => idsAt(nonce, view(entries)).map(nameOf);

table('plan: who is sealed at a nonce', at, [
  ['Nobody.', LOG, { nonce: 9n }, []],
  ['One.', LOG, { nonce: 8n }, ['R2']],
  ['It and its replacement.', [seal(2n, [item('R3', 8n)]), ...LOG], { nonce: 8n }, ['R3', 'R2']],
  ['A close seals nobody.', [close(2n, ['R3']), ...LOG], { nonce: 9n }, []],
]);

const since = (entries: Entries, { ms }: { readonly ms: number }) => isSealedSince(ms, view(entries));
const made = (entry: ListedEntry, timeCreated: number): ListedEntry => ({ ...entry, timeCreated });

table('plan: has anything been sealed since', since, [
  ['Nothing ever was.', [], { ms: 0 }, false],
  ['Before, not since.', [made(seal(0n, [item('R1', 7n)]), 10)], { ms: 11 }, false],
  ['In that very moment.', [made(seal(0n, [item('R1', 7n)]), 11)], { ms: 11 }, true],
  ['A close is no seal.', [made(close(0n, ['R1']), 20)], { ms: 11 }, false],
]);
