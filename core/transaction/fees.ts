import type { GasRules } from '#schemas/gas-rules.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** wei per gas. A single gas price (types "0" and "1") stands in both, as EIP-1559 reads it. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export const MAX_RUNGS = 5;

/** The approved ceiling. */
export const ceilingOf = (request: TransactionRequest): Fees => {
  const maxFeePerGas = BigInt(request.maxFeePerGas);
  return {
    maxFeePerGas,
    maxPriorityFeePerGas: request.type === '2' ? BigInt(request.maxPriorityFeePerGas) : maxFeePerGas,
  };
};

/**
 * Two thirds, rounded down: the rung above is then at least half as much again in both fees, whatever the rounding did. Nodes replace a
 * pending transaction only if both fees rise by 10 % (geth, erigon, nethermind, reth, besu), some only by more than that.
 */
const below = ({ maxFeePerGas, maxPriorityFeePerGas }: Fees): Fees => ({
  maxFeePerGas: (maxFeePerGas * 2n) / 3n,
  maxPriorityFeePerGas: (maxPriorityFeePerGas * 2n) / 3n,
});

/**
 * The ladder: 1 to 5 pairs of fees, lowest first. The last is exactly the ceiling. Each is at least 12.5 % above the one before in both
 * fees. It is a function of the request alone, so that every turn makes the same bytes. No rung offers less than 1 wei, which pools drop as
 * unpaid. So a ceiling with a tip of 0 or 1 wei has one rung.
 */
export const rungFees = (request: TransactionRequest): readonly Fees[] => {
  const rungs = [ceilingOf(request)];
  for (let lower = below(ceilingOf(request)); rungs.length < MAX_RUNGS; lower = below(lower)) {
    // The tip is the smaller of the two.
    if (lower.maxPriorityFeePerGas < 1n) break;
    rungs.unshift(lower);
  }
  return rungs;
};

/**
 * Which rung to release first: the lowest that surely pays its whole tip in the next block. The base fee (wei) may rise until then by 12.5
 * %, the most for one block (EIP-1559). Where no rung pays it, the highest. A rung whose tip equals its maximum, as with a single gas
 * price, can never pay the whole. There 1 wei above the base fee is enough. Without a base fee (before London) nothing is known: the
 * lowest.
 */
export const firstRung = (fees: readonly Fees[], baseFeePerGas: bigint | undefined): number => {
  if (baseFeePerGas === undefined) return 0;
  const risen = (baseFeePerGas * 9n + 7n) / 8n;
  const covered = fees.findIndex(
    ({ maxFeePerGas, maxPriorityFeePerGas: tip }) => maxFeePerGas >= risen + (tip < maxFeePerGas ? tip : 1n),
  );
  return covered === -1 ? Math.max(fees.length - 1, 0) : covered;
};

/**
 * wei per gas that a mined rung paid: the lesser of its maximum and base fee plus tip (EIP-1559), or its single price. Undefined where that
 * hangs on a base fee that its block does not tell.
 */
export const pricePaid = (
  { type }: Pick<TransactionRequest, 'type'>,
  { maxFeePerGas, maxPriorityFeePerGas }: Fees,
  baseFeePerGas: bigint | undefined,
): bigint | undefined => {
  if (type !== '2') return maxFeePerGas;
  if (baseFeePerGas === undefined) return undefined;
  const wanted = baseFeePerGas + maxPriorityFeePerGas;
  return wanted < maxFeePerGas ? wanted : maxFeePerGas;
};

/** wei: the ceiling of the fee, gasLimit × maxFeePerGas. */
export const maxFee = (request: TransactionRequest): bigint => BigInt(request.gasLimit) * BigInt(request.maxFeePerGas);

/** wei: value and the ceiling of the fee; what a node wants to see in the balance. */
export const maxCost = (request: TransactionRequest): bigint => BigInt(request.value) + maxFee(request);

/** wei: the most that its chain may take beside the gas, for its data on another chain; 0 where there is no such fee. */
export const maxDataFee = ({ dataFee }: Pick<GasRules, 'dataFee'>): bigint => dataFee?.max ?? 0n;

/** wei: value, the ceiling of the fee, and the most of the data fee. */
export const mostItCosts = (request: TransactionRequest, rules: Pick<GasRules, 'dataFee'>): bigint =>
  maxCost(request) + maxDataFee(rules);
