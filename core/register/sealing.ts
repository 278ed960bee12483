import type { SigningSession, Statement } from '#core/signing/signer.ts';
import { assetsOf } from '#core/transaction/assets.ts';
import { signedBytesProblem } from '#core/transaction/read-back.ts';
import { signatureText, withSignature } from '#core/transaction/sign.ts';
import { rungsOf, type SignedRung } from '#core/transaction/transaction.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import { checkpointObject } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { ChainTokens } from '#schemas/tokens.ts';
import {
  type Checkpoint,
  checkpointBytes,
  checkpointContent,
  checkpointSigningDigest,
  checkpointStatement,
  MAX_CHECKPOINT_BYTES,
} from './checkpoint.ts';
import {
  type Approval,
  type CheckpointReference,
  type Delay,
  type RegisterRef,
  type SealContent,
  type SealItem,
  sealSigningDigest,
  sealStatement,
} from './entry.ts';
import { previousOf } from './previous.ts';
import { nextSeq, type RegisterView } from './rules.ts';

/** One upload that was decrypted and found good, as the seal names it. What it says stays in the signing session. */
export interface GoodShare {
  readonly coSigner: string;
  readonly object: string;
  readonly generation: string;
  /** sha256 of the ciphertext. */
  readonly sha256: string;
}

/** A request with the uploads that approve it and the verdict of the policy. */
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
  /** The checkpoint that the seal names. */
  readonly checkpoint: NamedCheckpoint | undefined;
}

export interface NamedCheckpoint {
  readonly reference: CheckpointReference;
  readonly checkpoint: Checkpoint;
  readonly bytes: Uint8Array;
}

export const approvalsOf = ({ shares }: Approved): Approval[] =>
  shares
    .map(({ coSigner, object, generation, sha256 }) => ({ coSigner, object, generation, sha256, prediction: '' }))
    .sort((a, b) => (a.coSigner < b.coSigner ? -1 : 1));

const mismatch = (id: string, what: string): KeyturnError =>
  new KeyturnError('SEAL_MISMATCH', `signed bytes of ${id} differ from what was approved: ${what}`);

/**
 * The ladder of one request at its nonce, signed with the key that its own shares make. Same request, nonce and key: same bytes (RFC 6979).
 * Each rung is written twice, here by ethers and in the session by code without it. What is signed is recovered, and read back field by field.
 * Throws SEAL_MISMATCH where anything differs from what was approved, WRONG_KEY where a signature is not the wallet's.
 */
const signLadder = async (
  { id, request, nonce }: Pick<Planned, 'id' | 'request' | 'nonce'>,
  wallet: Wallet,
  session: SigningSession,
): Promise<readonly SignedRung[]> => {
  const rungs = rungsOf(request, nonce);
  const signatures = await session.signLadder({ id, nonce, digests: rungs.map(({ unsignedHash }) => unsignedHash) });
  return rungs.map((rung, n) => {
    const signature = signatures[n];
    if (signature === undefined) throw mismatch(id, 'form');
    const { hash, raw, recovered } = withSignature(rung, signature, wallet.address);
    const field = signedBytesProblem(raw, { request, nonce, fees: rung.fees, from: wallet.address }, recovered);
    if (field !== undefined) throw mismatch(id, field);
    return { hash, raw };
  });
};

/** Where a batch is sealed, and under which law. `chain`: its tokens, as that law names them. */
export interface SealAt {
  readonly view: RegisterView;
  readonly log: RegisterRef;
  readonly lawHash: string;
  readonly chain: ChainTokens;
  /** Is made with the seal, and named by it. */
  readonly checkpoint?: Checkpoint | undefined;
}

/** Undefined where it would be larger than readers take: then the seal names none. Throws WRONG_KEY. */
const signCheckpoint = async (
  checkpoint: Checkpoint,
  log: RegisterRef,
  sign: (statement: Statement) => Promise<Uint8Array>,
): Promise<NamedCheckpoint | undefined> => {
  const sha256 = checkpointContent(checkpoint, log);
  const signature = await sign(checkpointStatement(checkpoint, sha256, log));
  const digest = checkpointSigningDigest(checkpoint, sha256, log);
  const bytes = checkpointBytes(checkpoint, log, signatureText(digest, signature, log.address));
  if (bytes.length > MAX_CHECKPOINT_BYTES) return undefined;
  return {
    reference: { object: checkpointObject({ ...log, seq: checkpoint.seq }, sha256), sha256 },
    checkpoint,
    bytes,
  };
};

/**
 * Signs every rung and the entry, each request with the key from its own shares, the entry with those of the first. Throws WRONG_KEY,
 * NOT_ENOUGH_SHARES, SEAL_MISMATCH, and what a session throws that has come to its end.
 */
export const signBatch = async (
  batch: readonly Planned[],
  { view, log, lawHash, chain, checkpoint }: SealAt,
  wallet: Wallet,
  session: SigningSession,
): Promise<SignedBatch> => {
  const [first] = batch;
  if (first === undefined) throw new RangeError('an empty batch has nothing to seal');
  const signed = await Promise.all(
    batch.map(async (planned) => ({ planned, rungs: await signLadder(planned, wallet, session) })),
  );
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
  const named = checkpoint && (await signCheckpoint(checkpoint, log, (each) => session.signStatement(first.id, each)));
  const content: SealContent = {
    log,
    seq,
    previous: previousOf(seq, view, (text) => sha256Hex(new TextEncoder().encode(text))),
    lawHash,
    checkpoint: named?.reference ?? null,
    items,
  };
  const signature = await session.signStatement(first.id, sealStatement(content));
  return {
    content,
    signature: signatureText(sealSigningDigest(content), signature, wallet.address),
    bytes: new Map(signed.map(({ planned, rungs }) => [planned.id, rungs])),
    checkpoint: named,
  };
};

/** The bytes of a seal that was found without them. They must be the very ones that were sealed: throws SEAL_MISMATCH. */
export const signAgain = async (
  item: SealItem,
  approved: Approved,
  wallet: Wallet,
  session: SigningSession,
): Promise<readonly SignedRung[]> => {
  const rungs = await signLadder({ ...approved, nonce: item.nonce }, wallet, session);
  if (rungs.length !== item.rungs.length || rungs.some(({ hash }, n) => hash !== item.rungs[n]))
    throw new KeyturnError('SEAL_MISMATCH', `the bytes made again for ${item.id} are not those of its seal`);
  return rungs;
};
