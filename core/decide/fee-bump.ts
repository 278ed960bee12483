import { type Fees, firstRung, rungFees } from '#core/transaction/fees.ts';
import { rawMatches, type SignedRung } from '#core/transaction/transaction.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** What decides which rung is due. No fact says which rung went out last: the same facts always give the same answer. */
export interface FeeBumpState {
  /** Lowest first, at least one. */
  readonly fees: readonly Fees[];
  /** ms, when submitted.json was created */
  readonly submittedAt: number;
  /** ms */
  readonly now: number;
  /** ms that a rung may wait in the pool */
  readonly bumpMs: number;
  /** wei */
  readonly baseFeePerGas: bigint | undefined;
  /** Every lower nonce is mined: only then does a higher fee help. */
  readonly isNext: boolean;
}

/**
 * The rung to have in the pool now. It is the lowest that the base fee admits, plus one for each `bumpMs` of waiting in which it could have
 * been mined. Sending a lower one than before does no harm: the pool keeps the better.
 */
export const dueRung = ({ fees, submittedAt, now, bumpMs, baseFeePerGas, isNext }: FeeBumpState): number => {
  const waited = isNext ? Math.max(0, Math.floor((now - submittedAt) / bumpMs)) : 0;
  return Math.min(fees.length - 1, firstRung(fees, baseFeePerGas) + waited);
};

/** What a node's refusal (`field` of RPC_REFUSED) means for the ladder. */
export type Refused =
  /** A rung of the same nonce that pays as much is in the pool: done. */
  | 'done'
  /** This one pays too little here: try the next. */
  | 'higher'
  /** A person must check: no rung can help. */
  | 'stuck'
  | 'later';

/** `isReplacement`: of a request that names the one it replaces. What lies in the pool then is more likely that one's rung than its own. */
export const afterRefusal = (refusal: string | undefined, isReplacement: boolean): Refused => {
  switch (refusal) {
    case 'known':
    case 'nonce-too-low':
      return 'done';
    case 'replacement-underpriced':
      return isReplacement ? 'higher' : 'done';
    case 'underpriced':
      return 'higher';
    case 'insufficient-funds':
    case 'gas':
    case 'fee-cap':
    case 'invalid':
      return 'stuck';
    default:
      return 'later';
  }
};

/** Waits in the pool that a released transaction may be refused for in words that say nothing of why, before a person is told. */
const REFUSED_BUMPS = 4;

/** Whether a refusal that was put off from poll to poll must reach a person by now. Nobody else sees that a node goes on refusing. All times ms. */
export const refusedTooLong = (submittedAt: number, now: number, bumpMs: number): boolean =>
  now - submittedAt > REFUSED_BUMPS * bumpMs;

/** A released request of which no rung is mined. Times in ms. */
export interface Waiting {
  readonly request: TransactionRequest;
  readonly nonce: bigint;
  /** The sealed hashes, lowest rung first. */
  readonly hashes: readonly string[];
  readonly submittedAt: number;
  /** Transactions mined from the wallet, as some node claims. */
  readonly count: bigint;
}

export interface Stored {
  /** As they lie in the bucket: believed for nothing. */
  readonly rungs: readonly SignedRung[];
  /** wei, of the newest block */
  readonly baseFeePerGas: bigint | undefined;
}

export type FeeBump =
  /** The stored bytes are not those of its seal: nothing is sent. */
  | { readonly kind: 'wrong-bytes' }
  /** `due`: the lowest rung to send. `tooLong`: whatever a node refuses now must reach a person. */
  | { readonly kind: 'send'; readonly due: number; readonly tooLong: boolean };

/** Which stored bytes are to be in the pool now. */
export const decideFeeBump = (
  { request, nonce, hashes, submittedAt, count }: Waiting,
  { rungs, baseFeePerGas }: Stored,
  { now, bumpMs }: { readonly now: number; readonly bumpMs: number },
): FeeBump => {
  const fees = rungFees(request);
  if (rungs.length !== fees.length || !rungs.every((rung, n) => rung.hash === hashes[n] && rawMatches(rung)))
    return { kind: 'wrong-bytes' };
  // A claim that is too high bumps early, within the ceiling; one that is too low would never bump.
  const isNext = count >= nonce;
  return {
    kind: 'send',
    due: dueRung({ fees, submittedAt, now, bumpMs, baseFeePerGas, isNext }),
    // Of those behind a nonce that is stuck, nobody is told: that one's own alarm is enough.
    tooLong: isNext && refusedTooLong(submittedAt, now, bumpMs),
  };
};
