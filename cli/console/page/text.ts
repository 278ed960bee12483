/** A part of a text that people compare sign by sign, a time, or what stands between such parts. */
export type Piece =
  | { readonly kind: 'plain' | 'time'; readonly text: string }
  | { readonly kind: 'hex'; readonly text: string; readonly groups: readonly string[] };

/** Addresses, hashes and ids: 40 digits with 0x, or 64 with or without it. Times as our renderer writes them. */
const SPECIAL =
  /(?<![0-9a-zA-Z])(?:0x[0-9a-fA-F]{64}|0x[0-9a-fA-F]{40}|[0-9a-f]{64}|(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z))(?![0-9a-zA-Z])/g;

/** Groups of four, as people read numbers aloud. Together they are the text itself: what is copied has no gaps. */
export const groupsOf = (hex: string): readonly string[] => {
  const [, prefix = '', digits = ''] = /^(0x)?(.*)$/s.exec(hex) ?? [];
  const [first = '', ...rest] = digits.match(/.{1,4}/gs) ?? [];
  return [`${prefix}${first}`, ...rest];
};

export const piecesOf = (text: string): readonly Piece[] => {
  const pieces: Piece[] = [];
  let from = 0;
  const plain = (until: number): void => {
    if (until > from) pieces.push({ kind: 'plain', text: text.slice(from, until) });
  };
  for (const found of text.matchAll(SPECIAL)) {
    const [whole, time] = found;
    plain(found.index);
    pieces.push(
      time === undefined ? { kind: 'hex', text: whole, groups: groupsOf(whole) } : { kind: 'time', text: time },
    );
    from = found.index + whole.length;
  }
  plain(text.length);
  return pieces;
};

/** A decimal text in two parts that line up at the point: `12` and `.5`. */
export const partsOfAmount = (amount: string): { readonly whole: string; readonly fraction: string } => {
  const [whole = '', fraction] = amount.split('.');
  return {
    whole: whole.replaceAll(/\B(?=(\d{3})+$)/g, '\u202f'),
    fraction: fraction === undefined ? '' : `.${fraction}`,
  };
};

export interface Place {
  /** As the browser has it; tests give one. */
  readonly locale?: string;
  readonly timeZone?: string;
}

/** An instant for people here, and the same in UTC, to be compared with logs. The day is left out where it is that of `now` (ms). */
export const whenText = (at: string, now: number, { locale, timeZone }: Place = {}): { text: string; utc: string } => {
  const instant = new Date(at);
  if (Number.isNaN(instant.getTime())) return { text: at, utc: at };
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = new Intl.DateTimeFormat(locale, { ...zone, year: 'numeric', month: 'short', day: 'numeric' });
  const clock = new Intl.DateTimeFormat(locale, {
    ...zone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const isToday = day.format(instant) === day.format(new Date(now));
  const text = isToday ? clock.format(instant) : `${day.format(instant)}, ${clock.format(instant)}`;
  return { text, utc: `${at.replace('T', ' ').replace('Z', '')} UTC` };
};

/** What is left, no finer than a person needs: seconds in the last five minutes alone. */
export const leftMs = (validUntil: string, now: number): number => {
  const left = Date.parse(validUntil) - now;
  if (Number.isNaN(left) || left <= 0) return 0;
  return left < 300_000 ? left : Math.floor(left / 60_000) * 60_000;
};
