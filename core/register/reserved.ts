import { maxCost } from '#core/transaction/fees.ts';
import { unsignedBytes } from '#core/transaction/transaction.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { unreadItems } from './covered.ts';
import { type RegisterView, sealItems } from './rules.ts';

/** wei by key: of all that share one, one is mined, so the dearest counts. */
export const dearest = <K>(outlays: Iterable<{ readonly key: K; readonly cost: bigint }>): ReadonlyMap<K, bigint> => {
  const most = new Map<K, bigint>();
  for (const { key, cost } of outlays) if (cost > (most.get(key) ?? 0n)) most.set(key, cost);
  return most;
};

/** What of a sealed request decides what it can still cost. */
export interface Priced {
  /** wei, but for a fee for data */
  readonly cost: bigint;
  /** Length of its unsigned transaction. */
  readonly bytes: number;
}

export const pricedOf = (request: TransactionRequest): Priced => ({
  cost: maxCost(request),
  get bytes() {
    return unsignedBytes(request);
  },
});

/** Every sealed request, read or noted, with what decides its cost. */
export const sealedPrices = (view: RegisterView): readonly (Priced & { readonly nonce: bigint })[] => [
  ...sealItems(view).map(({ nonce, request }) => Object.assign(pricedOf(request), { nonce })),
  ...unreadItems(view.covered),
];

/**
 * wei that each nonce from `count` on can still cost: sealed, and not mined as far as a node knows. A node that tells too low a count makes the
 * wallet seem poorer: that can only make somebody wait. `costOf`: wei, at most.
 */
export const reservedAt = (
  view: RegisterView,
  count: bigint,
  costOf: (priced: Priced) => bigint = ({ cost }) => cost,
): ReadonlyMap<bigint, bigint> =>
  dearest(
    sealedPrices(view)
      .filter(({ nonce }) => nonce >= count)
      .map((priced) => ({ key: priced.nonce, cost: costOf(priced) })),
  );
