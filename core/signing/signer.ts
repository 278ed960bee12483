import type { HeldWallet, ShareFault } from '#core/shares/shares.ts';
import type { KeyOwner } from '#core/shares/signing-scheme.ts';
import type { KeyturnError } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** What of a wallet its signer must know. */
export type SigningWallet = HeldWallet & KeyOwner;

/** One upload of one co-signer, as it lay there. */
export interface Upload {
  readonly coSigner: string;
  readonly ciphertext: Uint8Array;
}

/** What became of one upload. The holder is blamed only for what the holder did. */
export type Verdict =
  | { readonly kind: 'good' }
  /** Good, and another of the same co-signer's counts. */
  | { readonly kind: 'spare' }
  | { readonly kind: 'bad'; readonly code: ShareFault | 'SHARE_CIPHERTEXT' | 'SHARE_TEXT' }
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** A bug of ours: the name of the error. */
  | { readonly kind: 'bug'; readonly name: string };

export interface Asked {
  readonly id: string;
  readonly request: TransactionRequest;
  readonly uploads: readonly Upload[];
}

/** The rungs of one request at its nonce. `digests`: what is to be signed, `0x…` each, as whoever asks worked it out. */
export interface Ladder {
  readonly id: string;
  readonly nonce: bigint;
  readonly digests: readonly string[];
}

/** `previous`, `content`: sha256 in hex. */
export interface SealStatement {
  readonly kind: 'seal';
  readonly chainId: string;
  readonly seq: bigint;
  readonly previous: string;
  readonly content: string;
}

/** `lawHash`, `set`, `content`: sha256 in hex. */
export interface CheckpointStatement {
  readonly kind: 'checkpoint';
  readonly chainId: string;
  readonly seq: bigint;
  readonly lawHash: string;
  readonly set: string;
  readonly content: string;
}

/** What the wallet's key signs beside transactions. */
export type Statement = SealStatement | CheckpointStatement;

/**
 * Shares, key and signing of one batch, in a place of their own. Out come verdicts and signatures, nothing else. Whoever asks believes no
 * signature before it was recovered. A session that has come to its end throws UNAVAILABLE or DEADLINE: that is nobody's fault.
 */
export interface SigningSession {
  /** Shares will be opened in a moment: what takes time to begin may begin. */
  start(): void;
  /** Opens and judges the uploads of one request, in their order. The good shares stay in the session. */
  open(asked: Asked): Promise<readonly Verdict[]>;
  /**
   * Signs with the key that the request's own shares make: 65 bytes for each rung, r, s and parity. Throws NOT_ENOUGH_SHARES, WRONG_KEY.
   * Throws SEAL_MISMATCH where the rungs of this request are others.
   */
  signLadder(ladder: Ladder): Promise<readonly Uint8Array[]>;
  /** Signs with the key that the shares of this request make. */
  signStatement(id: string, statement: Statement): Promise<Uint8Array>;
  /** The shares of this request are needed no more. */
  drop(id: string): void;
  /** Why it came to its end before its time. Undefined while it works. */
  fault(): KeyturnError | undefined;
  /** Nothing of it is left after this. */
  end(): void;
}

export interface Signer {
  begin(): SigningSession;
}
