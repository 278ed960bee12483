import { type Spend, spendOf } from '#core/transaction/spend.ts';
import type { ChainTokens } from '#schemas/tokens.ts';
import type { Entry } from './entry.ts';
import type { Spent } from './notes.ts';
import type { ListedEntry, RegisterView } from './rules.ts';

/**
 * What leaves a wallet in each hour, as a checkpoint sums it up. Every sealed request counts in full, so of several at one nonce the sum has all.
 * It is never less than what a window must count. A sum is linear: what is read besides is taken out of it, and counts as it is.
 */
const HOUR_MS = 3_600_000;

export const hourOf = (at: number): number => Math.floor(at / HOUR_MS);
const firstMs = (hour: number): number => hour * HOUR_MS;
const lastMs = (hour: number): number => firstMs(hour + 1) - 1;

/** The chain's coin. */
const COIN = '';

export class Sums {
  readonly #hours = new Map<number, Map<string, bigint>>();

  constructor(before: Spent = new Map()) {
    for (const [hour, amounts] of before) this.#hours.set(hour, new Map(amounts));
  }

  /** `sign`: −1n takes it out again. */
  add(entry: Entry, timeCreated: number, chain: ChainTokens, sign: 1n | -1n = 1n): void {
    if (entry.kind !== 'seal') return;
    const amounts = this.#hours.get(hourOf(timeCreated)) ?? new Map<string, bigint>();
    this.#hours.set(hourOf(timeCreated), amounts);
    for (const { request } of entry.items) {
      const { wei, units } = spendOf(request, chain);
      for (const [asset, amount] of [[COIN, wei] as const, ...units])
        amounts.set(asset, (amounts.get(asset) ?? 0n) + sign * amount);
    }
  }

  /** Hours that end after `since`, oldest first, each with its assets in order. */
  after(since: number): Spent {
    const hours = [...this.#hours].filter(([hour]) => lastMs(hour) > since).sort(([a], [b]) => a - b);
    return new Map(hours.map(([hour, amounts]) => [hour, new Map([...amounts].sort(([a], [b]) => (a < b ? -1 : 1)))]));
  }
}

/**
 * Is it in the sums of the view's checkpoint? `perhaps`: the sums may begin within its hour. Nor does any digest hold what lies below the set. A
 * hostile operator may have put copies of old seals there, in any number, after the sums were made.
 */
const isSummed = ({ covered }: RegisterView, { seq, timeCreated }: ListedEntry): 'yes' | 'no' | 'perhaps' => {
  if (covered === undefined || seq >= covered.checkpoint.seq) return 'no';
  if (seq < covered.checkpoint.bottom) return 'perhaps';
  return firstMs(hourOf(timeCreated)) >= covered.checkpoint.spentSince ? 'yes' : 'perhaps';
};

/** The entries that count as they are. What may be in the sums and may not be is left to them: all that a window can reach is. */
export const exactly = (entries: readonly ListedEntry[], view: RegisterView): readonly ListedEntry[] =>
  view.covered === undefined ? entries : entries.filter((listed) => isSummed(view, listed) !== 'perhaps');

/** What an hour's seals can take out, those aside that were read. `last`: ms */
export interface HourSpend extends Spend {
  readonly hour: number;
  readonly last: number;
}

export const notedSpends = (view: RegisterView, chain: ChainTokens): readonly HourSpend[] => {
  const { covered } = view;
  if (covered === undefined) return [];
  const sums = new Sums(covered.checkpoint.spent);
  for (const listed of view.entries)
    if (isSummed(view, listed) === 'yes') sums.add(listed.entry, listed.timeCreated, chain, -1n);
  return [...sums.after(covered.checkpoint.spentSince)].map(([hour, amounts]) => ({
    hour,
    last: lastMs(hour),
    wei: amounts.get(COIN) ?? 0n,
    units: new Map([...amounts].filter(([asset]) => asset !== COIN)),
  }));
};
