import { decideReplay, progressMetadata, replayProgress, replayStart } from '#core/decide/replay.ts';
import { table } from '#test/support/table.ts';

/** `30a`: the receipt `a` of 30 January 2027. */
const receipt = (short: string): string => {
  const month = short.startsWith('+') ? '02' : '01';
  const [, day = '', id = ''] = /^\+?(\d\d)(.*)$/.exec(short) ?? [];
  return `receipts/2027/${month}/${day}/${id}.json`;
};
const receipts = (text: string): readonly string[] => (text === '' ? [] : text.split(' ').map(receipt));

interface Given {
  /** Days of January 2027. */
  readonly since: string;
  readonly until: string;
  readonly after?: string;
}
interface When {
  readonly names: string;
  /** There are others after them. */
  readonly more?: boolean;
  readonly budget?: number;
}

const wish = ({ since, until }: Given) => ({ since: `2027-01-${since}`, until: `2027-01-${until}` });
const progress = ({ after }: Given) => ({ after: after === undefined ? '' : receipt(after), sent: 1, unsent: 0 });

const step = (given: Given, { names, more = false, budget = 100 }: When) =>
  decideReplay(wish(given), progress(given), { names: receipts(names), whole: !more }, budget);

const sends = (text: string) => ({ send: receipts(text), last: false });
const ends = (text: string) => ({ send: receipts(text), last: true });

table('replay: the days of the wish, both included', step, [
  [
    'All that is there, and that is all.',
    { since: '29', until: '31' },
    { names: '29a 30a 31a 31b' },
    ends('29a 30a 31a 31b'),
  ],
  [
    'What is of an earlier or later day is not sent.',
    { since: '30', until: '30' },
    { names: '29z 30a 31a' },
    ends('30a'),
  ],
  [
    'The last day of a month ends before the next month.',
    { since: '31', until: '31' },
    { names: '31a +01a' },
    ends('31a'),
  ],
  ['Days without a receipt are over at once.', { since: '30', until: '30' }, { names: '' }, ends('')],
  [
    'A later day that is listed says that nothing is left, whatever follows.',
    { since: '30', until: '30' },
    { names: '30a 31a', more: true },
    ends('30a'),
  ],
]);

table('replay: a budget for each tick', step, [
  [
    'As many as may be sent, the oldest first; the others later.',
    { since: '01', until: '31' },
    { names: '01a 01b 01c', budget: 2 },
    sends('01a 01b'),
  ],
  [
    'Exactly as many as may be sent are the last.',
    { since: '01', until: '31' },
    { names: '01a 01b', budget: 2 },
    ends('01a 01b'),
  ],
  [
    'Where the listing goes on, so does the replay.',
    { since: '01', until: '31' },
    { names: '01a 01b', more: true, budget: 2 },
    sends('01a 01b'),
  ],
  [
    'Without a budget nothing is sent, and nothing is over.',
    { since: '01', until: '31' },
    { names: '01a', budget: 0 },
    sends(''),
  ],
]);

table('replay: what is done with is not sent again', step, [
  [
    'The name that was sent last is passed over.',
    { since: '01', until: '31', after: '01b' },
    { names: '01b 01c' },
    ends('01c'),
  ],
  [
    'So are those before it, wherever the listing begins.',
    { since: '01', until: '31', after: '02a' },
    { names: '01b 02a 02b' },
    ends('02b'),
  ],
  ['Nothing is left.', { since: '01', until: '31', after: '31z' }, { names: '31z' }, ends('')],
  [
    'Only what is done with was listed: that does not tell whether it is over.',
    { since: '01', until: '31', after: '01b' },
    { names: '01a 01b', more: true },
    sends(''),
  ],
  ['A mark beyond the days ends it.', { since: '01', until: '02', after: '30z' }, { names: '', more: false }, ends('')],
]);

const begins = (given: Given, _: null) => replayStart(wish(given), progress(given));

table('replay: where the next listing begins', begins, [
  ['At the first day, before anything is sent.', { since: '05', until: '06' }, null, 'receipts/2027/01/05/'],
  ['At the name that was sent last.', { since: '05', until: '06', after: '05a' }, null, 'receipts/2027/01/05/a.json'],
  [
    'Never before the first day, whatever the mark says.',
    { since: '05', until: '06', after: '04a' },
    null,
    'receipts/2027/01/05/',
  ],
]);

const reads = (metadata: Readonly<Record<string, string>>, _: null) => replayProgress(metadata);
const NOTHING = { after: '', sent: 0, unsent: 0 };

table('replay: what cannot be read begins anew', reads, [
  ['No metadata: it has not begun.', {}, null, NOTHING],
  ['As it was written.', { after: 'x', sent: '7', unsent: '2' }, null, { after: 'x', sent: 7, unsent: 2 }],
  ['A count that is none.', { after: 'x', sent: '-1', unsent: '2' }, null, NOTHING],
  ['The other count that is none.', { after: 'x', sent: '1', unsent: '' }, null, NOTHING],
  ['Counts without a name.', { sent: '7', unsent: '2' }, null, NOTHING],
]);

table(
  'replay: what is written is what is read',
  (given: typeof NOTHING, _: null) => replayProgress(progressMetadata(given)),
  [['All three.', { after: 'receipts/x', sent: 100, unsent: 3 }, null, { after: 'receipts/x', sent: 100, unsent: 3 }]],
);
