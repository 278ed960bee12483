import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { signatureOf } from '#core/curve.ts';
import { combined, type SigningScheme } from '#core/shares/signing-scheme.ts';
import { rungFees } from '#core/transaction/fees.ts';
import { unsignedRung } from '#core/transaction/serialize.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Share } from '#schemas/share-text.ts';
import type { Ladder, SigningWallet, Statement } from './signer.ts';
import { statementDigest } from './typed-data.ts';

/** For whom a session signs, and with the shares of which register's requests. */
export interface SigningAt {
  readonly wallet: SigningWallet;
  readonly registerBucket: string;
  readonly scheme?: SigningScheme;
}

/** A request with its good shares. */
export interface Held {
  readonly request: TransactionRequest;
  readonly shares: readonly Share[];
}

const signed = (digest: Uint8Array, secret: Uint8Array): Uint8Array => {
  const signature = signatureOf(digest, secret);
  if (signature === undefined) throw new KeyturnError('WRONG_KEY', 'the key signs nothing');
  return signature;
};

/**
 * Joins the key, signs each rung, wipes: one synchronous block, so that no key lives across a wait. What is signed is written here from the
 * request itself, without ethers. Throws SEAL_MISMATCH where that is not what is asked for.
 */
export const ladderSignatures = (
  { id, nonce, digests }: Ladder,
  { request, shares }: Held,
  { wallet, scheme = combined }: SigningAt,
): readonly Uint8Array[] => {
  const own = rungFees(request).map((fees) => keccak_256(unsignedRung(request, nonce, fees)));
  if (own.length !== digests.length || own.some((digest, n) => `0x${bytesToHex(digest)}` !== digests[n]))
    throw new KeyturnError('SEAL_MISMATCH', `signed bytes of ${id} differ from what was approved: form`);
  return scheme.withKey(shares, wallet, (secret) => own.map((digest) => signed(digest, secret)));
};

/** The same for a statement: no bare digest is signed, whoever asks. */
export const statementSignature = (
  statement: Statement,
  { shares }: Held,
  { wallet, registerBucket, scheme = combined }: SigningAt,
): Uint8Array => {
  const digest = statementDigest(statement, registerBucket);
  return scheme.withKey(shares, wallet, (secret) => signed(digest, secret));
};
