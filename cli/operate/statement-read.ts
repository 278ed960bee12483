import type { PastChain, PastTransfers } from '#adapters/chain/past.ts';
import { goOn } from '#cli/app/interrupt.ts';
import type { Session } from '#cli/app/session.ts';
import type { Month } from '#cli/app/units.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { readFinalBlock } from '#core/facts/read-chain.ts';
import { assetsOf, type Balances } from '#core/settled/balances.ts';
import { type Account, type Asset, type BlockPoint, COIN } from '#core/settled/rows.ts';
import { type Counts, type Statement, statementOf } from '#core/settled/statement.ts';
import type { ChainLaw, Wallet } from '#schemas/config.ts';
import type { Checked } from './receipts.ts';
import { blocksOf, checkUnchanged, type Points, placedLogs, pointsOf } from './statement-blocks.ts';
import { foreignTransactions } from './statement-foreign.ts';
import { bookedOf, unbackedOf } from './statement-receipts.ts';

/** One wallet on one chain. */
export interface Place {
  readonly wallet: Wallet;
  readonly chain: ChainLaw;
}

/** The statement of one wallet on one chain. */
export interface AccountStatement extends Place, Omit<Points, 'all'> {
  readonly account: Account;
  /** What the law calls a token here, and has one balance for each piece: no balance of it is read. */
  readonly untold: readonly Asset[];
  /** Blocks in which logs of contracts that the law does not name are too many to be read. */
  readonly leftOut: PastTransfers['leftOut'];
  readonly statement: Statement;
}

const countsOf = async (
  past: PastChain,
  address: string,
  { opening, closing }: Points,
): Promise<Counts | undefined> => {
  const counted = [opening, closing].map(({ number }) => past.count(address, number));
  const [before, after] = await Promise.all(counted);
  return before === undefined || after === undefined ? undefined : { opening: before, closing: after };
};

/** Of ether at each day's end, since it comes without a log; of tokens at both ends. */
const balancesOf = (
  past: PastChain,
  { address }: Account,
  { opening, closing, all }: Points,
  assets: readonly Asset[],
): Promise<readonly Balances[]> =>
  mapSome(assets, async (asset) => {
    const balanceAt = ({ number }: BlockPoint) =>
      asset === COIN ? past.balance(address, number) : past.tokenBalance(asset.address, address, number);
    const blocks = asset === COIN ? all : [opening, closing];
    return { asset, at: await mapSome(blocks, async (block) => ({ block, amount: await balanceAt(block) })) };
  });

/**
 * Reads one account, and makes its statement. All is read at blocks that were final before anything else was read. In the end the outermost
 * two are read once more: another hash there throws UNAVAILABLE. Undefined: the chain had no final block by the end of the month.
 */
export const readStatement = async (
  { ports, signal }: Session,
  { wallet, chain: law }: Place,
  month: Month,
  receipts: readonly Checked[],
): Promise<AccountStatement | undefined> => {
  const { chainId, tokens } = law;
  const account: Account = { chainId, address: wallet.address, tokens };
  const [chain, past] = [(await ports.chains()).of(chainId), await ports.past(chainId)];
  const { read, fresh } = blocksOf(past);
  const last = await read(await readFinalBlock(chain, law));
  const points = await pointsOf(read, month, last);
  if (points === undefined) return undefined;
  goOn(signal);

  const { opening, closing, over } = points;
  const isWithin = ({ block: { number } }: { readonly block: BlockPoint }): boolean =>
    number > opening.number && number <= closing.number;
  const isEmpty = closing.number === opening.number;
  const addresses = tokens.map(({ address }) => address);
  const { logs, leftOut }: PastTransfers = isEmpty
    ? { logs: [], leftOut: undefined }
    : await past.transfers(account.address, opening.number + 1n, closing.number, addresses);
  goOn(signal);
  const known = {
    account,
    booked: bookedOf(receipts).filter(isWithin),
    logs: await placedLogs(read, logs),
    // What is not final here is not due yet. Of a month that is over, each receipt of its days must be backed.
    unbacked: unbackedOf(receipts, (number) => over || number <= closing.number),
    counts: await countsOf(past, account.address, points),
  };
  const foreign = await foreignTransactions({ chain, past, signal }, known);
  const { told: assets, untold } = assetsOf(account);
  const balances = await balancesOf(past, account, points, assets);
  await checkUnchanged(fresh, [opening, closing]);

  const { booked, ...rest } = known;
  const transactions = [...booked, ...foreign.filter(isWithin)];
  const statement = statementOf({ ...rest, transactions, balances });
  return { wallet, chain: law, account, untold, leftOut, opening, closing, over, statement };
};
