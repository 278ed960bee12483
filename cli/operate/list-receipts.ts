import { goOn } from '#cli/app/interrupt.ts';
import type { Session } from '#cli/app/session.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import type { ReceiptFact } from '#schemas/facts.ts';
import { checkerOf } from './backing.ts';
import { type DayOptions, daysOf } from './days.ts';
import { checkFilter, fits, type ReceiptFilter } from './receipt-filter.ts';
import { type Checked, checkedBy, findReceipts } from './receipts.ts';

/** How many days are read where no first one is named. */
export const RECEIPT_DAYS = 30;

export interface ListedReceipts {
  /** The newest first, each compared with its seal and with the chain. */
  readonly receipts: readonly Checked[];
  /** Names of objects that are no receipts. */
  readonly unreadable: readonly string[];
}

/** Receipts of the days and the filter that are named, at most `limit`. Throws USAGE, and Interrupted. */
export const listReceipts = async (
  session: Session,
  options: ReceiptFilter & DayOptions,
  limit: number,
): Promise<ListedReceipts> => {
  const { out, clock, deployment, signal } = session;
  checkFilter(options);
  const range = { ...daysOf(options, clock.now(), RECEIPT_DAYS), limit };
  const place = { storage: await session.ports.storage(), results: deployment.buckets.results };
  const work = findReceipts(place, range, (receipt) => fits(receipt, options), signal);
  const { receipts: found, unreadable } = await out.during('reading receipts', work);
  const checker = checkerOf(session);
  const check = async (receipt: ReceiptFact): Promise<Checked> => {
    goOn(signal);
    return checkedBy(deployment.config.law, checker, receipt);
  };
  return { receipts: await out.during('checking them', mapSome(found, check)), unreadable };
};
