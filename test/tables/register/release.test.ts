import { limitsOf } from '#core/register/limits.ts';
import { mayRelease, type RegisterView, readSince, sealedLate } from '#core/register/rules.ts';
import { LAW, lawWith, time } from '#test/support/given.ts';
import { item, LIMITS, seal, view } from '#test/support/register.ts';
import { table } from '#test/support/table.ts';

/** A request that is valid until noon, and at most for a day; its seal may be completed for two hours more. */
const VALID_UNTIL = '2030-01-01T12:00:00Z';

const since = (validUntil: string, { at }: { readonly at: string }) =>
  new Date(readSince(time(validUntil), time(at), LIMITS)).toISOString();

table('release: a read goes back a day and two hours', since, [
  ['Before validUntil it counts from now.', VALID_UNTIL, { at: '2030-01-01T06:00:00Z' }, '2029-12-31T04:00:00.000Z'],
  ['At validUntil it counts from there.', VALID_UNTIL, { at: '2030-01-01T12:00:00Z' }, '2029-12-31T10:00:00.000Z'],
  ['After validUntil it does not move on.', VALID_UNTIL, { at: '2030-01-05T00:00:00Z' }, '2029-12-31T10:00:00.000Z'],
]);

type Times = { readonly [K in 'at' | 'since']: string };
const release = (validUntil: string, { at, since: from }: Times) => {
  const shown: RegisterView = view([], { at: time(at), since: time(from) });
  return mayRelease(shown, time(validUntil), LIMITS);
};
const FAR_ENOUGH = { since: '2029-12-31T10:00:00Z' };

table('release: only while all that could conflict with it must still be listed', release, [
  ['Before validUntil.', VALID_UNTIL, { at: '2030-01-01T11:00:00Z', ...FAR_ENOUGH }, true],
  ['After validUntil, to complete what is sealed.', VALID_UNTIL, { at: '2030-01-01T13:00:00Z', ...FAR_ENOUGH }, true],
  ['Two hours after validUntil.', VALID_UNTIL, { at: '2030-01-01T14:00:00Z', ...FAR_ENOUGH }, true],
  ['A second later never again.', VALID_UNTIL, { at: '2030-01-01T14:00:01Z', ...FAR_ENOUGH }, false],
  [
    'A read back to two minutes before the earliest seal of a right clock.',
    VALID_UNTIL,
    { at: '2030-01-01T11:00:00Z', since: '2029-12-31T11:58:00Z' },
    true,
  ],
  [
    'A read that ends a second above that.',
    VALID_UNTIL,
    { at: '2030-01-01T11:00:00Z', since: '2029-12-31T11:58:01Z' },
    false,
  ],
]);

const late = (validUntil: string, { created }: { readonly created: string }) =>
  sealedLate(seal(0n, [item('R1', 7n)], { timeCreated: time(created) }), time(validUntil));

table('release: validUntil bounds the creation of the seal, as Cloud Storage tells it', late, [
  ['In time.', VALID_UNTIL, { created: '2030-01-01T12:00:00Z' }, false],
  ['Two minutes are granted to clocks and a slow create.', VALID_UNTIL, { created: '2030-01-01T12:02:00Z' }, false],
  ['A create that was held back for longer is too late.', VALID_UNTIL, { created: '2030-01-01T12:02:01Z' }, true],
]);

const HOUR = 3_600_000;
const limits = (law: typeof LAW, _: 'in ms') => limitsOf(law);

table('release: the law’s limits in ms', limits, [
  [
    'A lab: a day, two hours to complete, nothing kept for sure.',
    LAW,
    'in ms',
    { maxValidity: 24 * HOUR, slack: 2 * HOUR, retention: undefined },
  ],
  [
    'A week, and a register that is locked for thirty days.',
    lawWith(
      {},
      {
        limits: { maxValiditySeconds: 604_800 },
        register: { projectNumber: '1', lock: 'required', retentionSeconds: 2_592_000 },
      },
    ),
    'in ms',
    { maxValidity: 168 * HOUR, slack: 2 * HOUR, retention: 720 * HOUR },
  ],
]);
