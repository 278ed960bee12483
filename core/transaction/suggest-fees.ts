/** wei per gas. */
export interface TipHints {
  /** eth_maxPriorityFeePerGas; undefined where no node suggests one. */
  readonly suggested: bigint | undefined;
  /** The middle tip of each of the last blocks (eth_feeHistory); empty where no node tells. */
  readonly paid: readonly bigint[];
}

/** Half are below it, the lower of two; undefined of none. */
const middle = (list: readonly bigint[]): bigint | undefined =>
  list.toSorted((a, b) => (a < b ? -1 : 1))[Math.floor((list.length - 1) / 2)];

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * wei per gas: what the node suggests, or what the last blocks were paid where that is more. Never below the least of the chain. Undefined
 * where no node tells either.
 */
export const tipFrom = ({ suggested, paid }: TipHints, least: bigint): bigint | undefined => {
  const usual = middle(paid);
  if (suggested === undefined && usual === undefined) return undefined;
  return larger(larger(suggested ?? 0n, usual ?? 0n), least);
};

/** wei per gas: at most what the policy's fee ceiling leaves for so much gas. `mostFee` in wei; undefined: no ceiling. */
export const withinPolicy = (price: bigint, gas: bigint, mostFee: bigint | undefined): bigint => {
  if (mostFee === undefined || gas === 0n) return price;
  const most = mostFee / gas;
  return price < most ? price : most;
};

/** wei per gas, a ceiling that holds while the base fee doubles. */
export const usualCeiling = (baseFee: bigint, tip: bigint): bigint => 2n * baseFee + tip;

/** A quarter more than estimated, since state moves before it is mined; at least what intake asks for, at most what the chain takes. */
export const roomyGas = (estimate: bigint, least: bigint, most: bigint): bigint => {
  if (estimate <= least) return least;
  const more = (estimate * 5n) / 4n;
  return more < most || estimate > most ? more : most;
};
