import { type Fees, firstRung } from '#core/transaction/fees.ts';

/** What decides which rung is due. No fact says which rung went out last: whoever asks with the same facts gets the same answer. */
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
 * The rung to have in the pool now: the lowest that the base fee admits, and one more for each `bumpMs` of waiting in which it could have
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
  /** Somebody must look: no rung can help. */
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

/** Whether what is put off from look to look must reach a person by now: nobody else sees that a node goes on refusing it. All times ms. */
export const refusedTooLong = (submittedAt: number, now: number, bumpMs: number): boolean =>
  now - submittedAt > REFUSED_BUMPS * bumpMs;
