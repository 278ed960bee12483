import { maxCost } from '#core/transaction/fees.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { type RegisterView, sealItems } from './rules.ts';

/** wei by key: of all that share one, one is mined, so the dearest counts. */
export const dearest = <K>(outlays: Iterable<{ readonly key: K; readonly cost: bigint }>): ReadonlyMap<K, bigint> => {
  const most = new Map<K, bigint>();
  for (const { key, cost } of outlays) if (cost > (most.get(key) ?? 0n)) most.set(key, cost);
  return most;
};

/**
 * wei that each nonce from `count` on can still cost: sealed, and not mined as far as a node knows. A node that tells too low a count makes the
 * wallet seem poorer: that can only make somebody wait. `costOf`: wei, at most.
 */
export const reservedAt = (
  view: RegisterView,
  count: bigint,
  costOf: (request: TransactionRequest) => bigint = maxCost,
): ReadonlyMap<bigint, bigint> =>
  dearest(
    sealItems(view)
      .filter(({ nonce }) => nonce >= count)
      .map(({ nonce, request }) => ({ key: nonce, cost: costOf(request) })),
  );
