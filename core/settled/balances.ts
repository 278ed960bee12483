import { sum } from '#core/sum.ts';
import { dayText } from '#schemas/spellings.ts';
import { type Account, type Asset, assetOf, type BlockPoint, COIN, type Row, rowId } from './rows.ts';

/** A balance in base units at a final block. `amount` undefined: too few nodes have the state of that time. */
export interface BalanceAt {
  readonly block: BlockPoint;
  readonly amount: bigint | undefined;
}

/** Balances of one asset, in the order of the chain: the first is the opening, the last the closing. */
export interface Balances {
  readonly asset: Asset;
  readonly at: readonly BalanceAt[];
}

/** What an asset comes to. Base units. Undefined: cannot be checked. */
export interface AssetLine {
  readonly asset: Asset;
  readonly opening: bigint | undefined;
  readonly came: bigint;
  readonly left: bigint;
  readonly fees: bigint;
  /** What came by no log and no transaction of the wallet. */
  readonly computed: bigint;
  readonly closing: bigint | undefined;
  /** What left and nothing explains. */
  readonly unexplained: bigint;
  /** Balances in between that cannot be checked. */
  readonly uncheckedBetween: number;
}

/** More left than the rows tell, between two blocks. */
export interface Decrease {
  readonly asset: Asset;
  readonly amount: bigint;
  readonly from: BlockPoint;
  readonly to: BlockPoint;
}

/** A balance that was read, and the rows between it and the one before. */
interface Span {
  readonly from: BlockPoint;
  readonly to: BlockPoint;
  /** How far the balance went up beyond what the rows tell; negative where it went down. */
  readonly beyond: bigint;
}

const isOf =
  ({ standard, address }: Asset) =>
  ({ asset }: Row): boolean =>
    asset.standard === standard && asset.address === address;

const changeBy = ({ direction, amount }: Row): bigint => {
  switch (direction) {
    case 'in':
      return amount;
    case 'out':
      return -amount;
    case 'self':
      return 0n;
    default:
      return direction satisfies never;
  }
};

/** A balance that is not known makes one span of the two beside it. */
const spansOf = ({ at }: Balances, rows: readonly Row[]): readonly Span[] => {
  const known = at.flatMap(({ block, amount }) => (amount === undefined ? [] : [{ block, amount }]));
  return known.slice(1).flatMap((now, n): Span[] => {
    const before = known[n];
    if (before === undefined) return [];
    const within = rows.filter(({ block: { number } }) => number > before.block.number && number <= now.block.number);
    return [{ from: before.block, to: now.block, beyond: now.amount - before.amount - sum(within.map(changeBy)) }];
  });
};

/** One row for what came in a span. Its block is the last of the span, and its id names the day of that. */
const computedRow = (account: Account, asset: Asset, { from, to, beyond }: Span): Row => ({
  id: rowId(account, 'computed', asset.address === '' ? 'coin' : asset.address, dayText(to.time)),
  kind: 'computed',
  direction: 'in',
  origin: 'computed',
  block: to,
  asset,
  tokenId: '',
  amount: beyond,
  counterparty: '',
  hash: '',
  transaction: undefined,
  since: from,
});

export interface Balanced {
  readonly line: AssetLine;
  readonly computed: readonly Row[];
  readonly decreases: readonly Decrease[];
}

/**
 * What the balances show beyond the rows. More than they tell came by no log: ether has none on most chains, and some tokens grow by
 * themselves. Less than they tell is a break: something left, and nothing says what. `rows`: of the whole account.
 */
export const balanced = (account: Account, balances: Balances, rows: readonly Row[]): Balanced => {
  const { asset, at } = balances;
  const mine = rows.filter(isOf(asset));
  const spans = spansOf(balances, mine);
  const computed = spans.filter(({ beyond }) => beyond > 0n).map((span) => computedRow(account, asset, span));
  const decreases = spans
    .filter(({ beyond }) => beyond < 0n)
    .map(({ from, to, beyond }) => ({ asset, amount: -beyond, from, to }));
  const amountsOf = (some: readonly Row[], direction: Row['direction']) =>
    sum(some.filter((row) => row.direction === direction).map(({ amount }) => amount));
  const transfers = mine.filter(({ kind }) => kind === 'transfer');
  return {
    line: {
      asset,
      opening: at[0]?.amount,
      came: amountsOf(transfers, 'in'),
      left: amountsOf(transfers, 'out'),
      fees: sum(mine.filter(({ kind }) => kind === 'fee').map(({ amount }) => amount)),
      computed: sum(computed.map(({ amount }) => amount)),
      closing: at.at(-1)?.amount,
      unexplained: sum(decreases.map(({ amount }) => amount)),
      uncheckedBetween: at.slice(1, -1).filter(({ amount }) => amount === undefined).length,
    },
    computed,
    decreases,
  };
};

/** What must be read of an account: its coin, and each token of the law that tells one balance for an address. */
export const assetsOf = ({
  tokens,
}: Account): { readonly told: readonly Asset[]; readonly untold: readonly Asset[] } => {
  const all = tokens.map(assetOf);
  // balanceOf of ERC-1155 asks for a piece too.
  const isMany = ({ standard }: Asset): boolean => standard === 'erc1155';
  return { told: [COIN, ...all.filter((asset) => !isMany(asset))], untold: all.filter(isMany) };
};
