import type { Code } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import type { Share } from '#schemas/share-text.ts';
import { verifyShare } from './combine.ts';

export { combineShares, verifyShare } from './combine.ts';
export { type IndexedScalar, type Split, splitKey, wipe } from './feldman.ts';

/** One decrypted upload: which object, at whose location, and what it says. */
export interface ShareCandidate {
  readonly coSigner: string;
  readonly object: string;
  readonly generation: string;
  readonly share: Share;
}

export type ShareFault = Extract<
  Code,
  'SHARE_UNKNOWN_CO_SIGNER' | 'SHARE_OTHER_WALLET' | 'SHARE_OTHER_EPOCH' | 'SHARE_OTHER_INDEX' | 'SHARE_WRONG'
>;

/** Names the upload and its fault, and deliberately not the share. */
export interface BadShare {
  readonly coSigner: string;
  readonly object: string;
  readonly generation: string;
  readonly code: ShareFault;
}

/** What of a wallet says whose share is good. */
export type HeldWallet = Pick<Wallet, 'name' | 'epoch' | 'holders' | 'commitments'>;

/** The first thing that is wrong with a share, or undefined. A holder may have been handed any bytes, so nothing in it is believed. */
export const shareFault = (coSigner: string, share: Share, wallet: HeldWallet): ShareFault | undefined => {
  const holder = wallet.holders.find((one) => one.coSigner === coSigner);
  if (holder === undefined) return 'SHARE_UNKNOWN_CO_SIGNER';
  if (share.wallet !== wallet.name) return 'SHARE_OTHER_WALLET';
  if (share.epoch !== wallet.epoch) return 'SHARE_OTHER_EPOCH';
  // Not merely consistent with the commitments: else one holder could approve with another's leaked share.
  if (share.index !== holder.index) return 'SHARE_OTHER_INDEX';
  return verifyShare(share, wallet.commitments) ? undefined : 'SHARE_WRONG';
};

/**
 * Tries every upload, so that one holder's junk never fails a request that has enough good shares. Each bad one is blamed on the co-signer
 * at whose location it lay; of several good ones by one co-signer the first counts. The caller wipes the scalars of all candidates.
 */
export const judgeShares = <T extends ShareCandidate>(
  candidates: readonly T[],
  wallet: HeldWallet,
): { readonly good: readonly T[]; readonly bad: readonly BadShare[] } => {
  const good = new Map<string, T>();
  const bad: BadShare[] = [];
  for (const candidate of candidates) {
    const { coSigner, object, generation, share } = candidate;
    const code = shareFault(coSigner, share, wallet);
    if (code !== undefined) bad.push({ coSigner, object, generation, code });
    else if (!good.has(coSigner)) good.set(coSigner, candidate);
  }
  return { good: [...good.values()], bad };
};
