import { formatUnits } from 'ethers';
import { KeyturnError } from '#schemas/codes.ts';
import { dayMs } from '#schemas/spellings.ts';

const DECIMALS: Readonly<Record<string, number>> = { wei: 0, gwei: 9, ether: 18, eth: 18 };
const MAX_UINT256 = 2n ** 256n - 1n;

interface TokenUnit {
  readonly symbol: string;
  readonly decimals: number;
}

/** Exact: no float is ever made, and a fraction finer than the unit has is refused, not rounded. Undefined: too many digits after the point. */
const exactUnits = (whole: string, fraction: string, decimals: number): bigint | undefined => {
  const digits = fraction.replace(/0+$/, '');
  return digits.length > decimals ? undefined : BigInt(`${whole}${digits.padEnd(decimals, '0')}`);
};

/** A token's smallest units from `12.5`, exact. Throws USAGE naming the option. */
export const parseTokenAmount = (text: string, { symbol, decimals }: TokenUnit, option: string): bigint => {
  const bad = (why: string) => new KeyturnError('USAGE', `${option}: ${why}`, { field: option });
  const [, whole, fraction = ''] = /^([0-9]{1,78})(?:\.([0-9]{1,78}))?$/.exec(text.trim()) ?? [];
  if (whole === undefined) throw bad(`must be a number of ${symbol} in digits, such as 12.5`);
  const units = exactUnits(whole, fraction, decimals);
  if (units === undefined) throw bad(`has more than the ${decimals} digits after the point that ${symbol} has`);
  if (units > MAX_UINT256) throw bad('must not exceed 2^256-1 smallest units');
  return units;
};

/** wei from `500000000000000000`, `20 gwei`, `0.5 ether` or `0.5 ETH`, exact. Throws USAGE naming the option. */
export const parseAmount = (text: string, option: string): bigint => {
  const bad = (why: string) => new KeyturnError('USAGE', `${option}: ${why}`, { field: option });
  const [, whole, fraction = '', typed = 'wei'] =
    /^([0-9]{1,78})(?:\.([0-9]{1,78}))?\s*([a-zA-Z]+)?$/.exec(text.trim()) ?? [];
  if (whole === undefined) throw bad('must be digits of wei, or a number with ether or gwei, such as "0.5 ether"');
  const decimals = DECIMALS[typed.toLowerCase()];
  if (decimals === undefined) throw bad(`the unit ${JSON.stringify(typed)} is none of ether, gwei, wei`);
  const wei = exactUnits(whole, fraction, decimals);
  if (wei === undefined)
    throw bad(
      decimals === 0
        ? 'a fraction needs a unit, such as "0.5 ether"'
        : `has more than ${decimals} digits after the point`,
    );
  if (wei > MAX_UINT256) throw bad('must not exceed 2^256-1 wei');
  return wei;
};

/** Base units as an exact decimal text, without a fraction of nothing: 1500000 with 6 decimals is `1.5`. */
export const decimalText = (units: bigint, decimals: number): string =>
  formatUnits(units, decimals).replace(/\.0$/, '');

/** Exact: `0.5 ETH`. */
export const inEther = (wei: bigint): string => `${decimalText(wei, 18)} ETH`;
export const inGwei = (wei: bigint): string => `${decimalText(wei, 9)} gwei`;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds from `90s`, `30m`, `1h`, `1h30m`, `2d`. Throws USAGE naming the option. */
export const parseDuration = (text: string, option: string): number => {
  const parts = [...text.matchAll(/([0-9]{1,6})([smhd])/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit ?? ''] ?? 0), 0);
  if (parts.map(([part]) => part).join('') !== text || seconds === 0)
    throw new KeyturnError('USAGE', `${option}: must be a duration such as 90s, 30m, 1h or 2d`, { field: option });
  return seconds;
};

/** A span of ms in its two largest units, cut off and not rounded: `59 min 30 s`, `1 h`, `2 d 4 h`. */
export const spanText = (ms: number): string => {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
};

/** `in 59 min`, or `3 min ago`. */
export const fromNow = (then: number, now: number): string =>
  then > now ? `in ${spanText(then - now)}` : `${spanText(now - then)} ago`;

/** ms of 00:00 UTC of `YYYY-MM-DD`. Throws USAGE naming the option. */
export const parseDay = (text: string, option: string): number => {
  const ms = dayMs(text);
  if (ms === undefined)
    throw new KeyturnError('USAGE', `${option}: must be a day written YYYY-MM-DD`, { field: option });
  return ms;
};

/** A month of UTC, in ms: its first instant, and that of the next. */
export interface Month {
  /** YYYY-MM */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Throws USAGE naming the option. */
export const parseMonth = (text: string, option: string): Month => {
  const start = /^[0-9]{4}-[0-9]{2}$/.test(text) ? Date.parse(`${text}-01T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(start))
    throw new KeyturnError('USAGE', `${option}: must be a month written YYYY-MM`, { field: option });
  const next = new Date(start);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return { text, start, end: next.getTime() };
};

/** An option that counts something. Throws USAGE naming it. */
export const parseCount = (text: string, option: string, largest: number, smallest = 1): number => {
  if (!/^(0|[1-9][0-9]{0,8})$/.test(text) || Number(text) < smallest || Number(text) > largest)
    throw new KeyturnError('USAGE', `${option}: must be a whole number from ${smallest} to ${largest}`, {
      field: option,
    });
  return Number(text);
};
