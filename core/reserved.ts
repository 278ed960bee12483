import { mostItCanCost } from './fees.ts';
import type { Look } from './register.ts';

/**
 * wei that each nonce from `count` on can still cost: sealed, and not mined as far as a node knows. Of what is sealed at one nonce, one is
 * mined, so the dearest counts. A node that tells too low a count makes the wallet look poorer: that can only make somebody wait.
 */
export const reservedAt = (look: Look, count: bigint): ReadonlyMap<bigint, bigint> => {
  const reserved = new Map<bigint, bigint>();
  for (const { entry } of look.entries) {
    if (entry.kind !== 'seal') continue;
    for (const { nonce, request } of entry.items) {
      if (nonce < count) continue;
      const cost = mostItCanCost(request);
      if (cost > (reserved.get(nonce) ?? 0n)) reserved.set(nonce, cost);
    }
  }
  return reserved;
};
