import { receiptDayFolder } from '#schemas/names.ts';
import type { ReplayFact } from '#schemas/replay.ts';

/** How far a replay has come, as the metadata of its wish tells it. */
export interface ReplayProgress {
  /** Name of the last receipt that is done with; "" before the first. */
  readonly after: string;
  readonly sent: number;
  /** Objects among the receipts that cannot be sent. */
  readonly unsent: number;
}

const NOTHING_YET: ReplayProgress = { after: '', sent: 0, unsent: 0 };
const COUNT = /^(0|[1-9][0-9]{0,14})$/;

/** What cannot be read begins anew: a receipt that is sent twice harms nobody, one that is passed over is missed. */
export const replayProgress = (metadata: Readonly<Record<string, string>>): ReplayProgress => {
  const { after = '', sent = '', unsent = '' } = metadata;
  return after === '' || !COUNT.test(sent) || !COUNT.test(unsent)
    ? NOTHING_YET
    : { after, sent: Number(sent), unsent: Number(unsent) };
};

export const progressMetadata = ({ after, sent, unsent }: ReplayProgress): Readonly<Record<string, string>> => ({
  after,
  sent: `${sent}`,
  unsent: `${unsent}`,
});

/** First name that can belong to these days, and the first that no longer can: 0 is the character after a slash. */
const boundsOf = ({ since, until }: ReplayFact): { readonly first: string; readonly end: string } => ({
  first: receiptDayFolder(since),
  end: `${receiptDayFolder(until).slice(0, -1)}0`,
});

/** Where a listing begins that tells what is left. The name itself may be one that is done with. */
export const replayStart = (replay: ReplayFact, { after }: ReplayProgress): string => {
  const { first } = boundsOf(replay);
  return after > first ? after : first;
};

/** Names of receipts from `replayStart` on, in order. `whole`: there are no others after them. */
export interface ReplayListing {
  readonly names: readonly string[];
  readonly whole: boolean;
}

export interface ReplayStep {
  /** To be sent now, in this order. */
  readonly send: readonly string[];
  /** With these all is done. */
  readonly last: boolean;
}

/**
 * What of a replay is sent now: at most `budget`, in the order of the names, none that is done with. Without `last` and with nothing to send,
 * the listing was too short to tell.
 */
export const decideReplay = (
  replay: ReplayFact,
  progress: ReplayProgress,
  { names, whole }: ReplayListing,
  budget: number,
): ReplayStep => {
  const { first, end } = boundsOf(replay);
  const left = names.filter((name) => name > progress.after && name >= first && name < end);
  const ends = whole || names.some((name) => name >= end);
  return { send: left.slice(0, budget), last: ends && left.length <= budget };
};
