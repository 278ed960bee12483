import type { ForkName } from './chain.ts';
import type { ChainLaw } from './config.ts';
import { timeMs } from './spellings.ts';

export interface Fork {
  readonly name: ForkName;
  /** ms; undefined: it counts from now on. */
  readonly at: number | undefined;
}

/** What a chain asks of a transaction before it takes it. Of the law, or a default by chain id. */
export interface GasRules {
  readonly chainId: string;
  /** Most gas of one transaction. */
  readonly maxTransactionGas: bigint;
  /** wei per gas */
  readonly leastTip: bigint;
  readonly transactionTypes: readonly string[];
  readonly forks: readonly Fork[];
  /** A fee for the transaction's data on another chain, beside its gas. `max`: wei. */
  readonly dataFee: { readonly oracle: string; readonly max: bigint } | undefined;
}

type Defaults = Omit<GasRules, 'chainId'>;

const GWEI = 10n ** 9n;

/** Osaka is in force on Ethereum since December 2025. Amsterdam has no date yet, so both count. */
const BOTH_FORKS: readonly Fork[] = [
  { name: 'osaka', at: undefined },
  { name: 'amsterdam', at: undefined },
];

/** The strictest that chains of Ethereum's rules are known to be; what a chain has that nobody told us of. */
const STRICT: Defaults = {
  /** 2^24, EIP-7825 */
  maxTransactionGas: 16_777_216n,
  leastTip: 0n,
  transactionTypes: ['0', '1', '2'],
  forks: BOTH_FORKS,
  dataFee: undefined,
};

/** Nodes of Ethereum drop a tip below 1 wei from their pools (geth: txpool.pricelimit). */
const ETHEREUM: Defaults = { ...STRICT, leastTip: 1n };

/** OP stack: the predeployed GasPriceOracle knows the fee. 0.001 ETH is far above what a usual transaction pays. */
const OP_STACK: Defaults = {
  ...STRICT,
  dataFee: { oracle: '0x420000000000000000000000000000000000000F', max: 10n ** 15n },
};

/** Local nodes. They follow no fork by themselves; anvil 1.7.1 does not know Amsterdam. */
const LOCAL: Defaults = { ...STRICT, forks: [{ name: 'osaka', at: undefined }] };

/** EIP-8123 names their cap. */
const ARBITRUM: Defaults = { ...STRICT, maxTransactionGas: 32_000_000n };
/** Bor refuses a tip below 25 gwei. */
const POLYGON: Defaults = { ...STRICT, maxTransactionGas: 32_000_000n, leastTip: 25n * GWEI };

const BY_CHAIN: ReadonlyMap<string, Defaults> = new Map([
  // Ethereum, Sepolia, Hoodi
  ...['1', '11155111', '560048'].map((id) => [id, ETHEREUM] as const),
  // OP Mainnet, Base, Unichain, Zora, OP Sepolia, Base Sepolia
  ...['10', '8453', '130', '7777777', '11155420', '84532'].map((id) => [id, OP_STACK] as const),
  ['42161', ARBITRUM],
  ['137', POLYGON],
  // ganache and geth --dev; anvil and hardhat
  ...['1337', '31337'].map((id) => [id, LOCAL] as const),
]);

/** The gas rules of a chain of the law; what the law leaves out has the default of its chain id. */
export const gasRulesOf = ({
  chainId,
  maxTransactionGas,
  leastTipWei,
  transactionTypes,
  forks,
  dataFee,
}: Pick<ChainLaw, 'chainId'> & Partial<ChainLaw>): GasRules => {
  const usual = BY_CHAIN.get(chainId) ?? STRICT;
  return Object.freeze({
    chainId,
    maxTransactionGas: maxTransactionGas === undefined ? usual.maxTransactionGas : BigInt(maxTransactionGas),
    leastTip: leastTipWei === undefined ? usual.leastTip : BigInt(leastTipWei),
    transactionTypes: transactionTypes ?? usual.transactionTypes,
    forks: forks?.map(({ name, date }) => ({ name, at: date === undefined ? undefined : timeMs(date) })) ?? usual.forks,
    dataFee: dataFee === undefined ? usual.dataFee : { oracle: dataFee.oracle, max: BigInt(dataFee.maxWei) },
  });
};
