import { parseDay, parseMonth } from '#cli/app/units.ts';
import { wrongOption } from '#cli/app/wrong-option.ts';

/** The options of a command that speaks of days. */
export interface DayOptions {
  readonly since?: string;
  readonly until?: string;
  readonly day?: string;
  readonly month?: string;
}

/** ms, 00:00 UTC of the first and of the last day. */
export interface Days {
  readonly since: number;
  readonly until: number;
}

const DAY_MS = 86_400_000;

/** First and last day. Without `--until` the last is that of `now` (ms); without `--since` the first is `before` days earlier. Throws USAGE. */
export const daysOf = ({ since, until, day, month }: DayOptions, now: number, before: number): Days => {
  if ([day, month, since ?? until].filter((each) => each !== undefined).length > 1)
    throw wrongOption(day === undefined ? 'month' : 'day', 'says the days by itself; leave out the others');
  if (day !== undefined) return { since: parseDay(day, '--day'), until: parseDay(day, '--day') };
  if (month !== undefined) {
    const { start, end } = parseMonth(month, '--month');
    return { since: start, until: end - DAY_MS };
  }
  const last = until === undefined ? Math.floor(now / DAY_MS) * DAY_MS : parseDay(until, '--until');
  const first = since === undefined ? last - before * DAY_MS : parseDay(since, '--since');
  if (first > last) throw wrongOption('since', 'must not lie after --until');
  return { since: first, until: last };
};
