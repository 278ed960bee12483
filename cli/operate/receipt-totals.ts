import { decimalText } from '#cli/app/units.ts';
import type { Checked } from './receipts.ts';

/** What a list of receipts comes to, of one asset on one chain: base units. */
export interface AssetTotal {
  readonly chainId: string;
  readonly standard: string;
  readonly address: string;
  readonly symbol: string;
  /** "" where the law names none: amounts are base units then. */
  readonly decimals: string;
  readonly left: bigint;
  readonly came: bigint;
}

export interface Totals {
  readonly assets: readonly AssetTotal[];
  /** wei by chain id; of reverted transactions too. */
  readonly fees: ReadonlyMap<string, bigint>;
  /** Receipts that are in no sum: nothing but a function's word stands behind them. */
  readonly unverified: number;
  /** Receipts whose transfers are not all listed: the sums of assets may lack some. */
  readonly unlisted: number;
}

type Row = Omit<AssetTotal, 'left' | 'came'> & { left: bigint; came: bigint };

/** Pieces of one contract are counted together. What a wallet pays to itself neither left nor came. */
export const totalsOf = (checked: readonly Checked[]): Totals => {
  const sums = new Map<string, Row>();
  const fees = new Map<string, bigint>();
  const backed = checked.filter(({ backing }) => backing.kind !== 'unverified').map(({ receipt }) => receipt);
  for (const { chainId, from: wallet, feeWei, transfers } of backed) {
    fees.set(chainId, (fees.get(chainId) ?? 0n) + BigInt(feeWei));
    for (const { standard, address, symbol, decimals, from, to, amount } of transfers) {
      if (from === to) continue;
      const key = [chainId, standard, address, symbol, decimals].join();
      const row = sums.get(key) ?? { chainId, standard, address, symbol, decimals, left: 0n, came: 0n };
      if (from === wallet) row.left += BigInt(amount);
      if (to === wallet) row.came += BigInt(amount);
      sums.set(key, row);
    }
  }
  return {
    assets: [...sums.values()].toSorted((a, b) => (`${a.chainId} ${a.address}` < `${b.chainId} ${b.address}` ? -1 : 1)),
    fees,
    unverified: checked.length - backed.length,
    unlisted: backed.filter(({ transfersListed }) => transfersListed !== 'all').length,
  };
};

const nameOf = ({ standard, symbol, address }: AssetTotal): string => {
  if (standard === 'native') return 'ETH';
  return symbol === '' ? `units of ${address}` : symbol;
};

/** One line for each asset and each chain's fees, and one for what no sum holds. */
export const totalLines = ({ assets, fees, unverified, unlisted }: Totals): readonly string[] => [
  ...assets.map((row) => {
    const decimals = row.standard === 'native' ? 18 : Number(row.decimals);
    const name = nameOf(row);
    return `Chain ${row.chainId}: ${decimalText(row.left, decimals)} ${name} left, ${decimalText(row.came, decimals)} ${name} came`;
  }),
  ...[...fees].map(([chainId, wei]) => `Chain ${chainId}: ${decimalText(wei, 18)} ETH of fees`),
  ...(unverified === 0 ? [] : [`In no sum: ${unverified} that nothing but a function’s word stands behind`]),
  ...(unlisted === 0 ? [] : [`The sums of assets may lack transfers of ${unlisted} whose logs were not read whole`]),
];

export const totalsJson = ({ assets, fees, unverified, unlisted }: Totals) => ({
  assets: assets.map((row) => ({ ...row, left: row.left.toString(), came: row.came.toString() })),
  fees: [...fees].map(([chainId, wei]) => ({ chainId, wei: wei.toString() })),
  unverified,
  unlisted,
});
