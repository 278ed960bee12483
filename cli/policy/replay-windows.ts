import { type Outlay, overfilled } from '#core/register/windows.ts';
import { spendOf } from '#core/transaction/spend.ts';
import { type Law, longestWindowSeconds, tokensOn, walletNamed } from '#schemas/config.ts';
import type { RequestFact } from '#schemas/facts.ts';

/** A request that was sealed, and the law that judges it here. */
export interface SealedUnder {
  readonly fact: RequestFact;
  readonly law: Law;
  /** Of submitted.json, which follows the seal at once. `at`: ms, when Cloud Storage made it. */
  readonly sealed: { readonly at: number; readonly nonce: string };
}

/**
 * The windows in which requests would have found no room, by their ids. They are taken in the order in which they were sealed. Each is judged
 * as the image judges it before a seal, beside all that came before. One that finds no room would have waited. It takes none from those
 * after it, since nobody can tell when it would have been sealed instead.
 */
export const fullWindows = (all: readonly SealedUnder[]): ReadonlyMap<string, string> => {
  const longest = all.reduce((most, { law }) => Math.max(most, longestWindowOf(law)), 0);
  const full = new Map<string, string>();
  const taken = new Map<string, readonly Outlay[]>();
  for (const { fact, law, sealed } of all.toSorted((a, b) => a.sealed.at - b.sealed.at)) {
    const { id, request, walletAddress } = fact;
    const wallet = walletNamed(law, request.wallet);
    if (wallet === undefined) continue;
    const chain = tokensOn(law, request.chainId);
    const register = `${request.chainId} ${walletAddress}`;
    const others = (taken.get(register) ?? []).filter(({ at }) => at > sealed.at - longest);
    const own = { ...spendOf(request, chain), key: sealed.nonce, at: sealed.at };
    const window = overfilled(own, others, { windows: wallet.policy.windows, chain });
    if (window !== undefined) full.set(id, window.name);
    taken.set(register, window === undefined ? [...others, own] : others);
  }
  return full;
};

/** ms: how far back any window of the law counts. */
export const longestWindowOf = ({ wallets }: Law): number =>
  longestWindowSeconds(wallets.map(({ policy }) => policy)) * 1000;
