import { dueAside, mayBePassedOver, nextDue, slowLook } from '#core/decide/next-look.ts';
import { factsOf, OPERATIONS, objectOf, type Story, time } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

interface Given extends Story {
  /** When its request.json was created. */
  readonly acceptedAt: string;
  /** 15 s is what is shipped. */
  readonly pollSeconds?: number;
  readonly unlisted?: boolean;
}

const look = ({ acceptedAt, pollSeconds = 15, unlisted, ...story }: Given, { at }: { readonly at: string }): string => {
  const { request, ...facts } = factsOf(story);
  const object = objectOf('request', { timeCreated: time(acceptedAt) });
  const accepted = request === undefined ? undefined : { ...request, object };
  const next = nextDue({ ...facts, request: accepted }, time(at), { ...OPERATIONS, pollSeconds }, unlisted);
  return new Date(next).toISOString().slice(0, 19);
};

// The plain request is valid until 2030-01-01T00:00:00Z.
const NOON: Given = { request: {}, acceptedAt: '2029-12-30T12:00:00Z' };
const LAST_DAY = (clock: string) => ({ at: `2029-12-31T${clock}Z` });

table('the next look: after 1, 5 and 15 minutes, then every hour', look, [
  ['At once: after a minute.', NOON, { at: '2029-12-30T12:00:00Z' }, '2029-12-30T12:01:00'],
  ['Within that minute: the same.', NOON, { at: '2029-12-30T12:00:59Z' }, '2029-12-30T12:01:00'],
  ['Then after 5 minutes.', NOON, { at: '2029-12-30T12:01:00Z' }, '2029-12-30T12:05:00'],
  ['Then after 15.', NOON, { at: '2029-12-30T12:05:03Z' }, '2029-12-30T12:15:00'],
  ['Then an hour later.', NOON, { at: '2029-12-30T12:15:00Z' }, '2029-12-30T13:15:00'],
  ['And each hour.', NOON, { at: '2029-12-30T13:15:00Z' }, '2029-12-30T14:15:00'],
  ['A look that came late moves none of the next.', NOON, { at: '2029-12-30T13:40:00Z' }, '2029-12-30T14:15:00'],
  [
    'A look that was late by hours counts for all of them.',
    NOON,
    { at: '2029-12-30T20:20:00Z' },
    '2029-12-30T21:15:00',
  ],
]);

table('the next look: in time before validUntil', look, [
  ['A quarter of an hour before.', NOON, LAST_DAY('23:20:00'), '2029-12-31T23:45:00'],
  ['Five minutes before.', NOON, LAST_DAY('23:45:00'), '2029-12-31T23:55:00'],
  ['At validUntil, to close it.', NOON, LAST_DAY('23:55:00'), '2030-01-01T00:00:00'],
  ['Not at once, when validUntil has just come.', NOON, { at: '2030-01-01T00:00:00Z' }, '2030-01-01T00:00:01'],
  [
    'Where it is accepted shortly before its end, both count.',
    { ...NOON, acceptedAt: '2029-12-31T23:52:00Z' },
    LAST_DAY('23:53:00'),
    '2029-12-31T23:55:00',
  ],
]);

table('the next look: by the poll of the operations', look, [
  [
    'A lab that polls every 2 s looks after 8.',
    { ...NOON, pollSeconds: 2 },
    { at: '2029-12-30T12:00:00Z' },
    '2029-12-30T12:00:08',
  ],
  [
    'And in the end every 8 minutes.',
    { ...NOON, pollSeconds: 2 },
    { at: '2029-12-30T12:02:00Z' },
    '2029-12-30T12:10:00',
  ],
  [
    'Who polls each minute looks after 4.',
    { ...NOON, pollSeconds: 60 },
    { at: '2029-12-30T12:00:00Z' },
    '2029-12-30T12:04:00',
  ],
  ['And still every hour.', { ...NOON, pollSeconds: 60 }, { at: '2029-12-30T13:00:00Z' }, '2029-12-30T14:00:00'],
  [
    'However slow the poll, no two looks are more than an hour apart.',
    { ...NOON, pollSeconds: 120 },
    { at: '2029-12-30T12:40:00Z' },
    '2029-12-30T13:40:00',
  ],
]);

table('the next look: of what waits for something else', look, [
  [
    'A place that cannot be listed: within 5 minutes.',
    { ...NOON, unlisted: true },
    { at: '2029-12-30T13:15:00Z' },
    '2029-12-30T13:20:00',
  ],
  [
    'Approved, and its delay goes on: as one that is not approved.',
    { ...NOON, approved: ['alice', 'bob'] },
    { at: '2029-12-30T12:15:00Z' },
    '2029-12-30T13:15:00',
  ],
  [
    'Submitted: after a poll.',
    { ...NOON, approved: ['alice', 'bob'], submitted: {} },
    { at: '2029-12-30T12:00:00Z' },
    '2029-12-30T12:00:15',
  ],
  [
    'Without a request: after a poll.',
    { acceptedAt: '2029-12-30T12:00:00Z' },
    { at: '2029-12-30T12:00:00Z' },
    '2029-12-30T12:00:15',
  ],
]);

interface Aside {
  readonly due: string;
}
const POLL_15 = { ...OPERATIONS, pollSeconds: 15 };
const clockOf = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
const at = (clock: string): number => time(`2029-12-30T${clock}Z`);

const passed = ({ due }: Aside, now: string) => mayBePassedOver(at(due), at(now), POLL_15);

table<Aside, string, boolean>('an approved request may be passed over', passed, [
  ['Once it is due.', { due: '12:00:00' }, '12:00:00', true],
  ['For five minutes.', { due: '12:00:00' }, '12:04:59', true],
  ['And no longer.', { due: '12:00:00' }, '12:05:00', false],
]);

const aside = ({ validUntil }: { readonly validUntil: string }, now: string) =>
  clockOf(dueAside(at(validUntil), at(now), POLL_15));

table<{ readonly validUntil: string }, string, string>('when it is due that may be passed over', aside, [
  ['After a poll.', { validUntil: '14:00:00' }, '12:00:00', '12:00:15'],
  [
    'Shortly before its end: so that it is looked at when that comes.',
    { validUntil: '12:03:00' },
    '12:00:00',
    '11:58:00',
  ],
  ['Past its end: after a poll.', { validUntil: '12:00:00' }, '12:00:00', '12:00:15'],
]);

interface Approved {
  readonly approvedAt: string;
  readonly validUntil: string;
}
const slow = ({ approvedAt, validUntil }: Approved, now: string) =>
  clockOf(slowLook(at(approvedAt), at(validUntil), at(now), POLL_15));

table<Approved, string, string>('the next look at what only time or another request can help', slow, [
  ['At first: after two minutes.', { approvedAt: '12:00:00', validUntil: '20:00:00' }, '12:00:00', '12:02:00'],
  ['After 8 minutes too.', { approvedAt: '12:00:00', validUntil: '20:00:00' }, '12:08:00', '12:10:00'],
  ['Then a quarter of its age later.', { approvedAt: '12:00:00', validUntil: '20:00:00' }, '12:40:00', '12:50:00'],
  ['A quarter of an hour at most.', { approvedAt: '12:00:00', validUntil: '20:00:00' }, '15:00:00', '15:15:00'],
  ['At validUntil at the latest.', { approvedAt: '12:00:00', validUntil: '15:05:00' }, '15:00:00', '15:05:00'],
  ['Past it as before.', { approvedAt: '12:00:00', validUntil: '12:30:00' }, '12:40:00', '12:50:00'],
]);
