import { wipe } from '#core/shares/feldman.ts';
import { shareFault } from '#core/shares/shares.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import { parseShareText, shareText } from '#schemas/share-text.ts';

/** In words for whoever holds it. */
export const SHARE_FAULTS = {
  SHARE_UNKNOWN_CO_SIGNER: 'you hold no share of this wallet',
  SHARE_OTHER_WALLET: 'the share is one of another wallet',
  SHARE_OTHER_EPOCH: 'the share was replaced by a refresh',
  SHARE_OTHER_INDEX: 'the share is that of another co-signer',
  SHARE_WRONG: 'the share does not match the commitments in your law: it is damaged, or not the real one',
} as const;

/**
 * The line to encrypt, after it was checked against your law as the workload will check it. Wipes `bytes` and the scalar in any case; the
 * caller wipes the result. Throws SHARE_TEXT, SHARE_OTHER_WALLET, SHARE_OTHER_EPOCH, SHARE_OTHER_INDEX, SHARE_WRONG.
 */
export const checkedShare = (bytes: Uint8Array, coSigner: string, wallet: Wallet): Uint8Array => {
  try {
    const share = parseShareText(bytes);
    try {
      const fault = shareFault(coSigner, share, wallet);
      if (fault !== undefined) throw new KeyturnError(fault, SHARE_FAULTS[fault], { field: 'share' });
      return shareText(share);
    } finally {
      wipe(share.scalar);
    }
  } finally {
    wipe(bytes);
  }
};
