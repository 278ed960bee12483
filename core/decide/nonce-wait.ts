import type { Wait } from '#core/facts/wait.ts';
import type { TransactionRequest } from '#schemas/request.ts';

type Asked = Pick<TransactionRequest, 'nonce' | 'replaces'>;

/** Why the chain makes a request wait, or undefined. `count` is a node's word: it can hold up, and chooses nothing. */
export const chainWait = (
  { replaces, nonce }: Asked,
  count: bigint,
  next: bigint,
): 'CHAIN_AHEAD' | 'NONCE_AHEAD' | undefined => {
  if (replaces !== 'foreign') return count > next ? 'CHAIN_AHEAD' : undefined;
  const skipTo = BigInt(nonce);
  if (skipTo < count) return 'CHAIN_AHEAD';
  // Skipping further than the chain is would leave a gap that nothing ever fills.
  return skipTo > count && skipTo > next ? 'NONCE_AHEAD' : undefined;
};

/** A wait for a nonce, and what besides the register can end it: a count of the chain, or bytes that come out. */
export interface NonceWait {
  readonly endsBy: 'register' | 'chain' | 'bytes';
  /** What `Wait.nextNonce` says. */
  readonly nonce: bigint;
}

/**
 * What must be asked before another turn can help. undefined: the request waits for no nonce, or its mark does not say for which. A turn is
 * then owed to it as before.
 */
export const nonceWaitOf = (wait: Wait | undefined, { replaces }: Asked): NonceWait | undefined => {
  if (wait?.nextNonce === undefined) return undefined;
  const { code, nextNonce: nonce } = wait;
  switch (code) {
    case 'NONCE_AHEAD':
      return { endsBy: replaces === 'foreign' ? 'chain' : 'register', nonce };
    case 'CHAIN_AHEAD':
      return { endsBy: 'chain', nonce };
    case 'GAP_BELOW':
      return { endsBy: 'bytes', nonce };
    // Every other wait is for something else than a nonce: whether it is over, only another turn can tell.
    default:
      return undefined;
  }
};

/** What reconcile sees of the wallet now. */
export interface WalletNonces {
  /** The register's next nonce. */
  readonly next: bigint;
  /** Transactions that the chain counts; undefined where it was not asked or did not answer. */
  readonly count: bigint | undefined;
  /** Bytes at the nonce of the wait are stored, or nothing shows that it is sealed; undefined where it was not asked. */
  readonly areOut: boolean | undefined;
}

/**
 * Is a turn owed again to a request whose last turn answered that it waits for this nonce? Only where that answer would be another one now:
 * no machine is started to hear the same.
 */
export const isNonceWaitOver = (wait: NonceWait, request: Asked, { next, count, areOut }: WalletNonces): boolean => {
  switch (wait.endsBy) {
    case 'register':
      return next !== wait.nonce;
    case 'chain':
      return next !== wait.nonce || (count !== undefined && chainWait(request, count, next) === undefined);
    case 'bytes':
      return areOut === true || (count !== undefined && count > wait.nonce);
    /* v8 ignore next -- every end is above @preserve */
    default:
      return wait.endsBy satisfies never;
  }
};
