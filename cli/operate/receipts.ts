import { goOn } from '#cli/app/interrupt.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import type { Backing } from '#core/decide/backing.ts';
import { listAll, readFact } from '#core/facts/store.ts';
import type { Storage } from '#core/ports.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { type ReceiptFact, receiptFact } from '#schemas/receipt.ts';

const DAY_MS = 86_400_000;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** `2026/11` of every month from `since` to `until` (ms), the newest first. */
export const monthsBack = (since: number, until: number): readonly string[] => {
  const months = new Set<string>();
  for (let day = until; day >= since; day -= DAY_MS) months.add(dayOf(day).slice(0, 7).replace('-', '/'));
  months.add(dayOf(since).slice(0, 7).replace('-', '/'));
  return [...months];
};

const dayInName = (name: string): string | undefined => {
  const [, year, month, day] = /^receipts\/(\d{4})\/(\d{2})\/(\d{2})\/[0-9a-f]{64}\.json$/.exec(name) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
};

/**
 * Receipts whose final block lies in the days from `since` to `until` (ms, 00:00 UTC of each day), the newest first, at most `limit`.
 * One LIST per month and thousand receipts, and a GET for each receipt of a day that is shown.
 */
export const findReceipts = async (
  storage: Storage,
  results: string,
  range: { readonly since: number; readonly until: number; readonly limit: number },
  signal: AbortSignal,
): Promise<readonly ReceiptFact[]> => {
  const found: ReceiptFact[] = [];
  for (const month of monthsBack(range.since, range.until)) {
    const objects = await listAll(storage, results, `receipts/${month}/`);
    const days = Map.groupBy(objects, ({ name }) => dayInName(name));
    const wanted = [...days.keys()]
      .filter((day) => day !== undefined)
      .filter((day) => day >= dayOf(range.since) && day <= dayOf(range.until))
      .sort()
      .reverse();
    for (const day of wanted) {
      goOn(signal);
      const read = await mapSome(days.get(day) ?? [], ({ name }) =>
        readFact(storage, { kind: 'receipt', bucket: results, name }),
      );
      const facts = read.flatMap((stored) => (stored === undefined ? [] : [stored.fact]));
      found.push(
        ...facts.sort((a, b) =>
          a.blockTime === b.blockTime ? (a.id < b.id ? -1 : 1) : a.blockTime < b.blockTime ? 1 : -1,
        ),
      );
      if (found.length >= range.limit) return found.slice(0, range.limit);
    }
  }
  return found;
};

const COLUMNS = receiptFact.unwrap().keyof().options;

/**
 * RFC 4180, but for the line end. A cell that a spreadsheet would run as a formula gets an apostrophe in front: memo and reference are
 * whatever a requester wrote.
 */
const cell = (text: string): string => {
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
};

/** A receipt with what stands behind it, beside the word of the function that wrote it. */
export interface Checked {
  readonly receipt: ReceiptFact;
  readonly backing: Backing;
}

export const csvHeader = (): string => `${COLUMNS.join(',')},backing,backingBecause\n`;
export const csvRow = ({ receipt, backing }: Checked): string => {
  const cells = COLUMNS.map((name) => {
    const value = receipt[name];
    if (typeof value === 'string') return cell(value);
    // Lists of records stand in one cell, as the event has them.
    return cell(name === 'approvedBy' ? value.join(' ') : canonicalText(value.map((each) => each)));
  });
  const because = 'because' in backing ? backing.because : '';
  return `${[...cells, backing.kind, cell(because)].join(',')}\n`;
};
