import { decideRegisterPeriod, type RegisterPeriod } from '#core/decide/register-period.ts';
import { time } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

interface Given {
  /** When Cloud Storage created the newest seal. */
  readonly sealed?: string;
  readonly retentionDays: number;
}

const period = ({ sealed, retentionDays }: Given, { at }: { readonly at: string }) =>
  decideRegisterPeriod(sealed === undefined ? undefined : time(sealed), retentionDays * 24 * 3600 * 1000, time(at));

const FINE: RegisterPeriod = { kind: 'fine' };
const near = (deletable: string): RegisterPeriod => ({ kind: 'near', deletableAt: time(deletable) });

table('register period: two weeks before the newest seal can be deleted', period, [
  ['A wallet that never sealed has no proof to lose.', { retentionDays: 30 }, { at: '2040-01-01T00:00:00Z' }, FINE],
  [
    'A month: fine until two weeks before its end.',
    { sealed: '2027-01-01T00:00:00Z', retentionDays: 30 },
    { at: '2027-01-16T23:59:59Z' },
    FINE,
  ],
  [
    'A month: near from two weeks before its end.',
    { sealed: '2027-01-01T00:00:00Z', retentionDays: 30 },
    { at: '2027-01-17T00:00:00Z' },
    near('2027-01-31T00:00:00Z'),
  ],
  [
    'After its end it is still said.',
    { sealed: '2027-01-01T00:00:00Z', retentionDays: 30 },
    { at: '2028-01-01T00:00:00Z' },
    near('2027-01-31T00:00:00Z'),
  ],
]);

table('register period: a long one warns a tenth before, a short one at its half', period, [
  [
    '200 days: a tenth is more than two weeks, so fine until 20 days before the end.',
    { sealed: '2027-01-01T00:00:00Z', retentionDays: 200 },
    { at: '2027-06-29T23:59:59Z' },
    FINE,
  ],
  [
    '200 days: near from 20 days before the end.',
    { sealed: '2027-01-01T00:00:00Z', retentionDays: 200 },
    { at: '2027-06-30T00:00:00Z' },
    near('2027-07-20T00:00:00Z'),
  ],
  [
    'Ten days: two weeks would be all of it, so fine until its half.',
    { sealed: '2027-01-01T00:00:00Z', retentionDays: 10 },
    { at: '2027-01-05T23:59:59Z' },
    FINE,
  ],
  [
    'Ten days: near from its half.',
    { sealed: '2027-01-01T00:00:00Z', retentionDays: 10 },
    { at: '2027-01-06T00:00:00Z' },
    near('2027-01-11T00:00:00Z'),
  ],
]);
