import { sum } from '#core/sum.ts';
import { amountFor, mostOf, type Spend, spendOf } from '#core/transaction/spend.ts';
import { longestWindowSeconds, type Policy, type PolicyWindow } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { ChainTokens } from '#schemas/tokens.ts';
import type { SealItem } from './entry.ts';
import { dearest } from './reserved.ts';
import type { ListedEntry, RegisterView } from './rules.ts';
import { exactly, notedSpends } from './spent.ts';

/** What one request can take out of a wallet. Of all that share a `key` one is mined, so of each asset the dearest counts. */
export interface Outlay extends Spend {
  readonly key: string;
  /** ms */
  readonly at: number;
}

/** ms that a read must go back further for windows, so that all of a window that ends with any seal is in it. */
export const longestWindow = (policy: Policy): number => longestWindowSeconds([policy]) * 1000;

const outlayOf = ({ nonce, request }: Pick<SealItem, 'nonce' | 'request'>, at: number, chain: ChainTokens): Outlay => ({
  ...spendOf(request, chain),
  key: nonce.toString(),
  at,
});

/** What a checkpoint notes of others: an hour's sum counts until its last second left the window. */
const notedOutlays = (view: RegisterView, chain: ChainTokens): readonly Outlay[] =>
  notedSpends(view, chain).map(({ hour, last, ...spend }) => ({ ...spend, key: `hour ${hour}`, at: last }));

/** Everything that the view shows as sealed, mined or not, dated by Cloud Storage. */
export const sealedOutlays = (view: RegisterView, chain: ChainTokens): readonly Outlay[] => [
  ...notedOutlays(view, chain),
  ...exactly(view.entries, view).flatMap(({ entry, timeCreated }) =>
    entry.kind === 'seal' ? entry.items.map((item) => outlayOf(item, timeCreated, chain)) : [],
  ),
];

/** A request that is not sealed yet, as if it were at `at` (ms). A replacement shares the nonce, and so the room, of what it replaces. */
export const plannedOutlay = (id: string, request: TransactionRequest, at: number, chain: ChainTokens): Outlay => ({
  ...spendOf(request, chain),
  key: isRequestId(request.replaces) ? request.nonce : id,
  at,
});

/** Limits of one wallet on one chain: its windows, and the tokens that they may name. */
export interface Windows {
  readonly windows: readonly PolicyWindow[];
  readonly chain: ChainTokens;
}

/** What stands in one window at a time: wei, or units of its token. */
export interface Room {
  /** What others take: those that are younger than the window's length before `own`. */
  readonly used: bigint;
  /** The same with `own`. */
  readonly together: bigint;
  readonly most: bigint;
}

export const roomIn = (window: PolicyWindow, own: Outlay, others: readonly Outlay[], chain: ChainTokens): Room => {
  const sumOf = (outlays: readonly Outlay[]): bigint =>
    sum(dearest(outlays.map((each) => ({ key: each.key, cost: amountFor(window, each, chain) }))).values());
  const within = others.filter(({ at }) => at > own.at - window.seconds * 1000);
  return { used: sumOf(within), together: sumOf([...within, own]), most: mostOf(window) };
};

/**
 * The first window that `own` would overfill beside `others`. What adds nothing overfills nothing: a cancel of what is sealed already passes
 * however full its window is.
 */
export const overfilled = (
  own: Outlay,
  others: readonly Outlay[],
  { windows, chain }: Windows,
): PolicyWindow | undefined =>
  windows.find((window) => {
    const { used, together, most } = roomIn(window, own, others, chain);
    return together > most && together > used;
  });

/**
 * The window that a sealed item overfills. It is judged by what lies below its entry in the log, or is older. Of two turns that sealed at
 * once, the later one sees the earlier. Its own entry counts up to it, in the order of its items. Only the law under which it was sealed
 * counts. A stricter law that came later cannot undo a seal, and a seal that is never completed blocks its wallet.
 */
export const overfilledBy = (
  item: SealItem,
  own: ListedEntry,
  view: RegisterView,
  { windows, chain, lawHash }: Windows & { readonly lawHash: string },
): PolicyWindow | undefined => {
  if (windows.length === 0 || own.entry.kind !== 'seal' || own.entry.lawHash !== lawHash) return undefined;
  // At its own name too: archived, what stood there first is another entry, unless it is a copy. An older seal of the same request, which was
  // kept in, has not made the room for this one.
  const before = exactly(view.entries, view)
    .filter(
      (each) => each.entry.rawHash !== own.entry.rawHash && (each.seq <= own.seq || each.timeCreated < own.timeCreated),
    )
    .flatMap(({ entry, timeCreated }) =>
      entry.kind === 'seal'
        ? entry.items.filter(({ id }) => id !== item.id).map((each) => outlayOf(each, timeCreated, chain))
        : [],
    );
  const { items } = own.entry;
  const beside = items.slice(
    0,
    items.findIndex(({ id }) => id === item.id),
  );
  const others = [
    ...notedOutlays(view, chain),
    ...before,
    ...beside.map((each) => outlayOf(each, own.timeCreated, chain)),
  ];
  return overfilled(outlayOf(item, own.timeCreated, chain), others, { windows, chain });
};
