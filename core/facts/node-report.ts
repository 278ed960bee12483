/** What the law asks about the fee that a rollup pays to the chain below it. How much for nothing, and for the longest transaction? */
export interface DataFeeQuestion {
  /** The contract that tells it: GasPriceOracle of the OP stack. */
  readonly oracle: string;
  /** Bytes of the longest unsigned transaction of the batch. Only lengths are told: what is not sealed yet is nobody's to read. */
  readonly bytes: number;
}

/** wei, at most, for transactions without a byte and of `bytes` bytes. */
export interface DataFees {
  readonly none: bigint;
  readonly longest: bigint;
  readonly bytes: number;
}

/**
 * What one url says of a wallet and of the newest block, in one round. A node's word: together with others it can hold up a request, and
 * it chooses nothing.
 */
export interface NodeReport {
  /** Transactions mined from the wallet; asked before the balance. */
  readonly count: bigint;
  /** wei */
  readonly balance: bigint;
  readonly block: {
    readonly number: bigint;
    /** Undefined where the node does not say. */
    readonly gasLimit: bigint | undefined;
    /** wei per gas; undefined before London. */
    readonly baseFeePerGas: bigint | undefined;
  };
  /** wei per gas that the node suggests as a tip: a hint for people. Undefined where it suggests none. */
  readonly tip: bigint | undefined;
  /** Undefined where nobody asked, or the node does not say. */
  readonly dataFees: DataFees | undefined;
}

/**
 * wei, at most, for a transaction of so many bytes. The oracle's fee grows with the bytes at one rate, from a least fee on. So what lies on
 * the line between two answers is never too little.
 */
export const dataFeeAt = ({ none, longest, bytes }: DataFees, size: number): bigint => {
  if (bytes === 0 || longest <= none) return longest > none ? longest : none;
  const part = (longest - none) * BigInt(Math.min(size, bytes));
  return none + (part + BigInt(bytes) - 1n) / BigInt(bytes);
};
