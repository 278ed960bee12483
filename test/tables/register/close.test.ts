import { closeBelieved, closeCounts, closeStands, type ListedEntry, type RegisterView } from '#core/register/rules.ts';
import { time } from '#test/support/given.ts';
import { close, idOf, item, LIMITS, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

/**
 * One request, R1, valid until 2030-01-01 noon. It may stay open for a day, so no close of it counts that was created before the noon of
 * 2029-12-31. No seal of it can be older than two minutes before that.
 */
const VALID_UNTIL = time('2030-01-01T12:00:00Z');
const TOO_EARLY = time('2029-12-31T11:59:59Z');
const EARLY_ENOUGH = time('2029-12-31T12:00:00Z');

type Entries = readonly ListedEntry[];
/** The read: when it was made, and what it goes back to. */
type When = Partial<Pick<RegisterView, 'at' | 'since'>>;

const LATER: When = { at: time('2030-01-01T13:00:00Z'), since: time('2029-12-31T10:00:00Z') };
const believed = (entries: Entries, when: When) =>
  closeBelieved(idOf('R1'), VALID_UNTIL, view(entries, when), LIMITS)?.code ?? 'not believed';

table('close: believed only after a read that was made since, and shows no seal', believed, [
  ['A close, and no seal.', [close(0n, ['R1'])], LATER, 'REJECTED'],
  ['The close says why.', [close(0n, ['R1'], { code: 'WITHDRAWN' })], LATER, 'WITHDRAWN'],
  ['A close among others in one entry.', [close(0n, ['R2', 'R1', 'R3'])], LATER, 'REJECTED'],
  ['No close of it.', [close(0n, ['R2'])], LATER, 'not believed'],
  ['A seal of it, below.', [close(1n, ['R1']), seal(0n, [item('R1', 7n)])], LATER, 'not believed'],
  ['A seal of it, above.', [seal(1n, [item('R1', 7n)]), close(0n, ['R1'])], LATER, 'not believed'],
  [
    'A seal of it in an archived generation of the very name.',
    [seal(0n, [item('R1', 7n)]), close(0n, ['R1'], { generation: '2' })],
    LATER,
    'not believed',
  ],
  ['Seals of others are nothing to it.', [seal(1n, [item('R2', 7n)]), close(0n, ['R1'])], LATER, 'REJECTED'],
  ['A close that came while the pages were read.', [close(0n, ['R1'], { early: false })], LATER, 'not believed'],
  [
    'One that came meanwhile hides none that was there before.',
    [close(1n, ['R1'], { early: false }), close(0n, ['R1'], { code: 'WITHDRAWN' })],
    LATER,
    'WITHDRAWN',
  ],
]);

table('close: one that is made too early lapses before its request does', believed, [
  ['A day before validUntil.', [close(0n, ['R1'], { timeCreated: EARLY_ENOUGH })], LATER, 'REJECTED'],
  ['A second earlier.', [close(0n, ['R1'], { timeCreated: TOO_EARLY })], LATER, 'not believed'],
  [
    'A later one beside it counts.',
    [close(1n, ['R1'], { timeCreated: TOO_EARLY }), close(0n, ['R1'], { code: 'WITHDRAWN' })],
    LATER,
    'WITHDRAWN',
  ],
]);

table('close: the read must show everything that could conflict with it', believed, [
  [
    'It goes back to the earliest seal that there can be.',
    [close(0n, ['R1'])],
    { ...LATER, since: time('2029-12-31T11:58:00Z') },
    'REJECTED',
  ],
  [
    'It ends a second above it.',
    [close(0n, ['R1'])],
    { ...LATER, since: time('2029-12-31T11:58:01Z') },
    'not believed',
  ],
  [
    'It is made while the earliest seal must still be kept.',
    [close(0n, ['R1'])],
    { ...LATER, at: time('2030-01-10T11:58:00Z') },
    'REJECTED',
  ],
  [
    'It is made when a seal may have lapsed and been deleted.',
    [close(0n, ['R1'])],
    { ...LATER, at: time('2030-01-10T11:58:01Z') },
    'not believed',
  ],
]);

const inALab = (entries: Entries, when: When) =>
  closeBelieved(idOf('R1'), VALID_UNTIL, view(entries, when), { ...LIMITS, retention: undefined })?.code;

table('close: in a lab nothing is kept for sure, so nothing lapses', inALab, [
  ['A year later it is believed.', [close(0n, ['R1'])], { ...LATER, at: time('2031-01-01T00:00:00Z') }, 'REJECTED'],
]);

/** A read for R1 goes back a day and two hours before validUntil. An older seal with a nonce of its own may end it. */
const OLD = { timeCreated: time('2029-12-31T09:59:59Z') };
const YOUNG = { timeCreated: time('2029-12-31T10:00:00Z') };

table('close: at a place that every turn reads', believed, [
  ['Below an old seal, where reads end.', [seal(1n, [item('R2', 7n)], OLD), close(0n, ['R1'])], LATER, 'not believed'],
  ['Above an old seal.', [close(1n, ['R1']), seal(0n, [item('R2', 7n)], OLD)], LATER, 'REJECTED'],
  [
    'At the name of an old seal, which was archived: a read shows every generation of the name at which it ends.',
    [seal(0n, [item('R2', 7n)], OLD), close(0n, ['R1'], { generation: '2' })],
    LATER,
    'REJECTED',
  ],
  ['Below a seal that ends no read yet.', [seal(1n, [item('R2', 7n)], YOUNG), close(0n, ['R1'])], LATER, 'REJECTED'],
  [
    'Below an old replacement: it ends no read.',
    [seal(1n, [item('R4', 7n, { replaces: 'R3' })], OLD), close(0n, ['R1'])],
    LATER,
    'REJECTED',
  ],
  ['Below an old close: it ends no read.', [close(1n, ['R2'], OLD), close(0n, ['R1'])], LATER, 'REJECTED'],
]);

const stands = (entries: Entries, when: When) => closeStands(idOf('R1'), VALID_UNTIL, view(entries, when), LIMITS);

table('close: is one there already that a later read may believe?', stands, [
  ['None.', [], LATER, false],
  ['One that came while the pages were read.', [close(0n, ['R1'], { early: false })], LATER, true],
  ['One of another.', [close(0n, ['R2'])], LATER, false],
  ['One that was made too early.', [close(0n, ['R1'], { timeCreated: TOO_EARLY })], LATER, false],
  ['One where reads end above it.', [seal(1n, [item('R2', 7n)], OLD), close(0n, ['R1'])], LATER, false],
]);

const counts = (retention: number | undefined, { at }: { readonly at: string }) =>
  closeCounts(time(at), VALID_UNTIL, { ...LIMITS, retention });

table<number | undefined, { readonly at: string }, boolean>('close: is it worth writing one now?', counts, [
  ['A day before validUntil.', LIMITS.retention, { at: '2029-12-31T12:00:00Z' }, true],
  ['A second earlier it would lapse before its request.', LIMITS.retention, { at: '2029-12-31T11:59:59Z' }, false],
  ['While the earliest seal must still be kept.', LIMITS.retention, { at: '2030-01-10T11:58:00Z' }, true],
  ['After that nobody could believe it.', LIMITS.retention, { at: '2030-01-10T11:58:01Z' }, false],
  ['In a lab, at any time after.', undefined, { at: '2031-01-01T00:00:00Z' }, true],
  ['In a lab, too early all the same.', undefined, { at: '2029-12-31T11:59:59Z' }, false],
]);
