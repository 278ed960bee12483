import type { BookLaw } from '#cli/addresses/book.ts';
import { namesJson } from '#cli/addresses/who.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import type { Backing } from '#core/decide/backing.ts';
import { isNoFact, listAll, readFact } from '#core/facts/store.ts';
import type { Storage } from '#core/ports.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';
import { dayText } from '#schemas/spellings.ts';
import type { Checker } from './backing.ts';

const DAY_MS = 86_400_000;

/** `2026/11` of every month from `since` to `until` (ms), the newest first. */
export const monthsBack = (since: number, until: number): readonly string[] => {
  const months = new Set<string>();
  for (let day = until; day >= since; day -= DAY_MS) months.add(dayText(day).slice(0, 7).replace('-', '/'));
  months.add(dayText(since).slice(0, 7).replace('-', '/'));
  return [...months];
};

/** The day that a receipt's name says, YYYY-MM-DD. */
export const dayInName = (name: string): string | undefined => {
  const [, year, month, day] = /^receipts\/(\d{4})\/(\d{2})\/(\d{2})\/[0-9a-f]{64}\.json$/.exec(name) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
};

/** Where receipts lie. */
export interface Place {
  readonly storage: Storage;
  readonly results: string;
}

/** ms, 00:00 UTC of the first and of the last day; at most `limit`. */
export interface Range {
  readonly since: number;
  readonly until: number;
  readonly limit: number;
}

export interface Found {
  readonly receipts: readonly ReceiptFact[];
  /** Names of objects that are no receipts. Whoever may create one here can leave such a thing. */
  readonly unreadable: readonly string[];
}

export type Read =
  | { readonly kind: 'read'; readonly receipt: ReceiptFact }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly name: string };

/** One receipt. One that cannot be read hides no other. */
export const readReceipt = async ({ storage, results }: Place, name: string): Promise<Read> => {
  try {
    const stored = await readFact(storage, { kind: 'receipt', bucket: results, name });
    return stored === undefined ? { kind: 'gone' } : { kind: 'read', receipt: stored.fact };
  } catch (error) {
    if (isNoFact(error)) return { kind: 'unreadable', name };
    throw error;
  }
};

/**
 * Receipts that fit, with a final block of these days, the newest first.
 * One LIST per month and thousand receipts, and a GET for each receipt of a day that is shown.
 */
export const findReceipts = async (
  { storage, results }: Place,
  range: Range,
  fits: (receipt: ReceiptFact) => boolean,
  signal: AbortSignal,
): Promise<Found> => {
  const found: ReceiptFact[] = [];
  const unreadable: string[] = [];
  for (const month of monthsBack(range.since, range.until)) {
    const objects = await listAll(storage, results, `receipts/${month}/`);
    const days = Map.groupBy(objects, ({ name }) => dayInName(name));
    const wanted = [...days.keys()]
      .filter((day) => day !== undefined)
      .filter((day) => day >= dayText(range.since) && day <= dayText(range.until))
      .sort()
      .reverse();
    for (const day of wanted) {
      goOn(signal);
      const read = await mapSome(days.get(day) ?? [], ({ name }) => readReceipt({ storage, results }, name));
      unreadable.push(...read.flatMap((one) => (one.kind === 'unreadable' ? [one.name] : [])));
      const facts = read.flatMap((one) => (one.kind === 'read' && fits(one.receipt) ? [one.receipt] : []));
      found.push(
        ...facts.sort((a, b) =>
          a.blockTime === b.blockTime ? (a.id < b.id ? -1 : 1) : a.blockTime < b.blockTime ? 1 : -1,
        ),
      );
      if (found.length >= range.limit) return { receipts: found.slice(0, range.limit), unreadable };
    }
  }
  return { receipts: found, unreadable };
};

/** A receipt with what stands behind it, beside the word of the function that wrote it. */
export interface Checked {
  readonly receipt: ReceiptFact;
  readonly backing: Backing;
  /** Page of the transaction; "" where the reader's law names no explorer of the chain. */
  readonly explorer: string;
  /** What the reader's law calls the addresses in it. */
  readonly names: readonly { readonly address: string; readonly name: string }[];
}

/** Whose addresses a receipt tells: the destination, a created contract, and all between whom something moved. */
const addressesIn = ({ to, contractAddress, transfers, from: wallet }: ReceiptFact): readonly string[] =>
  [to, contractAddress, ...transfers.flatMap(({ address, from, to: other }) => [address, from, other])].filter(
    (address) => address !== '' && address !== wallet,
  );

/** Links and names come from the reader's own law, never from a receipt. */
export const checkedBy = async (
  law: BookLaw,
  checker: Pick<Checker, 'receipt'>,
  receipt: ReceiptFact,
): Promise<Checked> => {
  const explorer = law.chains.find(({ chainId }) => chainId === receipt.chainId)?.explorer;
  return {
    receipt,
    backing: await checker.receipt(receipt),
    explorer: explorer === undefined ? '' : `${explorer}/tx/${receipt.transactionHash}`,
    names: namesJson(law, receipt.chainId, addressesIn(receipt)),
  };
};
