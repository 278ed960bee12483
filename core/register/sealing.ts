import { bytesToHex } from '@noble/hashes/utils.js';
import type { ShareCandidate } from '#core/shares/shares.ts';
import type { SigningScheme } from '#core/shares/signing-scheme.ts';
import { assetsOf } from '#core/transaction/assets.ts';
import { signedBytesProblem } from '#core/transaction/read-back.ts';
import { unsignedRung } from '#core/transaction/serialize.ts';
import { signDigest, signRung } from '#core/transaction/sign.ts';
import { rungsOf, type SignedRung } from '#core/transaction/transaction.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { ChainTokens } from '#schemas/tokens.ts';
import {
  type Approval,
  type Delay,
  type RegisterRef,
  type SealContent,
  type SealItem,
  sealSigningDigest,
} from './entry.ts';
import { previousOf } from './previous.ts';
import { nextSeq, type RegisterView } from './rules.ts';

/** One upload that was decrypted and found good, with what the seal says of it. */
export interface GoodShare extends ShareCandidate {
  /** sha256 of the ciphertext. */
  readonly sha256: string;
}

/** A request with the shares that approve it and the verdict of the policy. */
export interface Approved {
  readonly id: string;
  readonly request: TransactionRequest;
  readonly rule: string;
  readonly shares: readonly GoodShare[];
  /** The delay that passed before; null where the law asks for none. */
  readonly delay: Delay | null;
}

export interface Planned extends Approved {
  readonly nonce: bigint;
}

/** What one turn holds between signing and releasing. It is written only as `<name>-signed/<id>.json`, and only after the second read. */
export interface SignedBatch {
  readonly content: SealContent;
  readonly signature: string;
  readonly bytes: ReadonlyMap<string, readonly SignedRung[]>;
}

const scalars = ({ shares }: Approved) => shares.map(({ share }) => ({ index: share.index, scalar: share.scalar }));

export const approvalsOf = ({ shares }: Approved): Approval[] =>
  shares
    .map(({ coSigner, object, generation, sha256 }) => ({ coSigner, object, generation, sha256, prediction: '' }))
    .sort((a, b) => (a.coSigner < b.coSigner ? -1 : 1));

const mismatch = (id: string, what: string): KeyturnError =>
  new KeyturnError('SEAL_MISMATCH', `signed bytes of ${id} differ from what was approved: ${what}`);

/**
 * The ladder of one request at its nonce, signed with the key that its own shares make. Same request, nonce and key: same bytes (RFC 6979).
 * Each rung is written twice, by ethers and by code without it. What is signed is read back field by field. Throws SEAL_MISMATCH where
 * anything differs from what was approved.
 */
const signLadder = (planned: Planned, wallet: Wallet, scheme: SigningScheme): readonly SignedRung[] => {
  const { id, request, nonce } = planned;
  const rungs = rungsOf(request, nonce);
  if (rungs.some(({ fees, unsigned }) => `0x${bytesToHex(unsignedRung(request, nonce, fees))}` !== unsigned))
    throw mismatch(id, 'form');
  const signed = scheme.withKey(scalars(planned), wallet, (secret) =>
    rungs.map((rung) => ({ ...signRung(rung, secret, wallet.address), fees: rung.fees })),
  );
  for (const { raw, fees, recovered } of signed) {
    const field = signedBytesProblem(raw, { request, nonce, fees, from: wallet.address }, recovered);
    if (field !== undefined) throw mismatch(id, field);
  }
  return signed.map(({ hash, raw }) => ({ hash, raw }));
};

/** Where a batch is sealed, and under which law. `chain`: its tokens, as that law names them. */
export interface SealAt {
  readonly view: RegisterView;
  readonly log: RegisterRef;
  readonly lawHash: string;
  readonly chain: ChainTokens;
}

/**
 * Combines, checks the address, signs every rung and the entry, wipes: one synchronous block, so that no key lives across a wait.
 * Each request is signed with the key from its own shares. Throws WRONG_KEY, NOT_ENOUGH_SHARES.
 */
export const signBatch = (
  batch: readonly Planned[],
  { view, log, lawHash, chain }: SealAt,
  wallet: Wallet,
  scheme: SigningScheme,
): SignedBatch => {
  const [first] = batch;
  if (first === undefined) throw new RangeError('an empty batch has nothing to seal');
  const signed = batch.map((planned) => ({ planned, rungs: signLadder(planned, wallet, scheme) }));
  const items = signed.map(
    ({ planned, rungs }): SealItem => ({
      id: planned.id,
      nonce: planned.nonce,
      request: planned.request,
      rungs: rungs.map(({ hash }) => hash),
      approvals: approvalsOf(planned),
      rule: planned.rule,
      ...assetsOf(planned.request, chain),
      delay: planned.delay,
    }),
  );
  const seq = nextSeq(view);
  const content: SealContent = {
    log,
    seq,
    previous: previousOf(seq, view, (text) => sha256Hex(new TextEncoder().encode(text))),
    lawHash,
    checkpoint: null,
    items,
  };
  const digest = sealSigningDigest(content);
  return {
    content,
    signature: scheme.withKey(scalars(first), wallet, (secret) => signDigest(digest, secret, wallet.address)),
    bytes: new Map(signed.map(({ planned, rungs }) => [planned.id, rungs])),
  };
};

/** The bytes of a seal that was found without them. They must be the very ones that were sealed: throws SEAL_MISMATCH. */
export const signAgain = (
  item: SealItem,
  approved: Approved,
  wallet: Wallet,
  scheme: SigningScheme,
): readonly SignedRung[] => {
  const rungs = signLadder({ ...approved, nonce: item.nonce }, wallet, scheme);
  if (rungs.length !== item.rungs.length || rungs.some(({ hash }, n) => hash !== item.rungs[n]))
    throw new KeyturnError('SEAL_MISMATCH', `the bytes made again for ${item.id} are not those of its seal`);
  return rungs;
};
