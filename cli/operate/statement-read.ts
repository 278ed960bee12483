import { getCreateAddress } from 'ethers';
import { lastBlockBefore } from '#adapters/chain/block-at.ts';
import type { PastChain, PastLog, PastTransaction } from '#adapters/chain/past.ts';
import { goOn } from '#cli/app/interrupt.ts';
import type { Session } from '#cli/app/session.ts';
import type { Month } from '#cli/app/units.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { minedAmong, readFinalBlock } from '#core/facts/read-chain.ts';
import type { BlockHead, ChainClient } from '#core/ports.ts';
import { assetsOf, type Balances } from '#core/settled/balances.ts';
import {
  type Account,
  type Asset,
  type BlockPoint,
  COIN,
  type OwnTransaction,
  type WalletLog,
} from '#core/settled/rows.ts';
import { foreignNonces, type Statement, statementOf } from '#core/settled/statement.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { ChainLaw, Wallet } from '#schemas/config.ts';
import type { Checked } from './receipts.ts';
import { bookedOf, unbackedOf } from './statement-receipts.ts';

/** One wallet on one chain. */
export interface Place {
  readonly wallet: Wallet;
  readonly chain: ChainLaw;
}

/** The statement of one wallet on one chain. */
export interface AccountStatement extends Place {
  readonly account: Account;
  /** What the law calls a token here, and has one balance for each piece: no balance of it is read. */
  readonly untold: readonly Asset[];
  /** The last final block before the month, or the first of the chain. */
  readonly opening: BlockPoint;
  readonly closing: BlockPoint;
  /** Whether the closing block is the last of the month, and final. */
  readonly over: boolean;
  readonly statement: Statement;
}

const DAY_MS = 86_400_000;
/** Transactions that are looked up since a log or a receipt names them. Each costs one call. */
const MOST_LOOKED_UP = 200;

const pointOf = ({ number, hash, time }: BlockHead): BlockPoint => ({ number, hash, time });

const changed = () =>
  new KeyturnError('UNAVAILABLE', 'the chain was reorganised while it was read: run the command again');

/** Reads each block once. Throws UNAVAILABLE where too few nodes tell it alike. */
const blocksOf = (past: PastChain) => {
  const known = new Map<bigint, Promise<BlockHead>>();
  const read = async (number: bigint): Promise<BlockHead> => {
    const block = await past.block(number);
    if (block === undefined) throw new KeyturnError('UNAVAILABLE', `too few of your nodes tell block ${number} alike`);
    return block;
  };
  return {
    fresh: read,
    read: (number: bigint): Promise<BlockHead> => {
      const made = known.get(number) ?? read(number);
      known.set(number, made);
      return made;
    },
  };
};

/** The opening block, the last one of each day, and the closing block, each once. Undefined: the chain had no final block by the month's end. */
const pointsOf = async (
  read: (number: bigint) => Promise<BlockHead>,
  month: Month,
  last: BlockHead,
): Promise<readonly [BlockPoint, ...BlockPoint[]] | undefined> => {
  const first = await read(0n);
  if (first.time >= month.end) return undefined;
  let latest = (await lastBlockBefore(read, month.start, { first, last })) ?? first;
  const points: [BlockPoint, ...BlockPoint[]] = [pointOf(latest)];
  for (let day = month.start + DAY_MS; day <= month.end; day += DAY_MS) {
    const found = (await lastBlockBefore(read, day, { first: latest, last })) ?? latest;
    if (found.number > latest.number) points.push(pointOf(found));
    latest = found;
  }
  return points;
};

/** A transaction of the wallet that no backed receipt tells, as the chain tells it. Undefined where too few nodes do, or it is somebody else's. */
const foreignAt = async (
  { chain, past }: { readonly chain: ChainClient; readonly past: PastChain },
  wallet: string,
  hash: string,
): Promise<OwnTransaction | undefined> => {
  const told: PastTransaction | undefined = await past.transaction(hash);
  if (told === undefined || told.hash !== hash || told.from !== wallet) return undefined;
  const mined = await minedAmong(chain, [hash]);
  if (mined?.receipt.effectiveGasPrice === undefined) return undefined;
  const { receipt, block } = mined;
  return {
    ...{ hash, nonce: told.nonce, block: pointOf(block), success: receipt.success, value: told.value },
    to: told.to === '' ? getCreateAddress({ from: wallet, nonce: told.nonce }) : told.to,
    fee: receipt.gasUsed * mined.receipt.effectiveGasPrice + (receipt.l1Fee ?? 0n),
    purpose: undefined,
  };
};

/** Log and block must be of one chain. */
const placed = async (
  read: (number: bigint) => Promise<BlockHead>,
  { blockNumber, blockHash, ...log }: PastLog,
): Promise<WalletLog> => {
  const block = await read(blockNumber);
  if (block.hash !== blockHash) throw changed();
  return { ...log, block: pointOf(block) };
};

/**
 * Reads one account, and makes its statement. All is read at blocks that were final before anything else was read. In the end the outermost
 * two are read once more: another hash there throws UNAVAILABLE. Undefined: the chain had no final block by the end of the month.
 */
export const readStatement = async (
  session: Session,
  { wallet, chain: law }: Place,
  month: Month,
  receipts: readonly Checked[],
): Promise<AccountStatement | undefined> => {
  const { ports, signal } = session;
  const { chainId, tokens } = law;
  const { address } = wallet;
  const [chain, past] = [(await ports.chains()).of(chainId), await ports.past(chainId)];
  const { read, fresh } = blocksOf(past);
  const last = await read(await readFinalBlock(chain, law));
  const points = await pointsOf(read, month, last);
  if (points === undefined) return undefined;
  const [opening] = points;
  const closing = points.at(-1) ?? opening;
  const isWithin = ({ number }: BlockPoint): boolean => number > opening.number && number <= closing.number;
  goOn(signal);

  const booked = bookedOf(receipts).filter(({ block }) => isWithin(block));
  const over = last.time >= month.end;
  // What is not final here is not due yet. Of a month that is over, each receipt of its days must be backed.
  const unbacked = unbackedOf(receipts, (number) => over || number <= closing.number);
  const told =
    closing.number > opening.number ? await past.transfers(address, opening.number + 1n, closing.number) : [];
  goOn(signal);
  const logs = await mapSome(told, (log) => placed(read, log));

  const [before, after] = await Promise.all([past.count(address, opening.number), past.count(address, closing.number)]);
  const counts = before === undefined || after === undefined ? undefined : { opening: before, closing: after };
  const found = new Map<string, OwnTransaction>();
  const known = new Set(booked.map(({ hash }) => hash));
  const look = async (hash: string): Promise<void> => {
    goOn(signal);
    if (known.has(hash) || found.has(hash)) return;
    const transaction = await foreignAt({ chain, past }, address, hash);
    if (transaction !== undefined && isWithin(transaction.block)) found.set(hash, transaction);
  };
  const hints = [...unbacked, ...logs.map(({ transactionHash: hash }) => ({ hash }))].map(({ hash }) => hash);
  const strange = [...new Set(hints)].filter((hash) => !known.has(hash));
  await mapSome(strange.slice(0, MOST_LOOKED_UP), look);
  const missing = counts === undefined ? [] : foreignNonces(counts, [...booked, ...found.values()]).named;
  for (const nonce of missing) for (const hash of (await chain.minedAt(address, nonce)).hashes) await look(hash);

  const account: Account = { chainId, address, tokens };
  const { told: assets, untold } = assetsOf(account);
  const balances = await mapSome(assets, async (asset): Promise<Balances> => {
    const blocks = asset === COIN ? points : [opening, closing];
    const balanceAt = ({ number }: BlockPoint) =>
      asset === COIN ? past.balance(address, number) : past.tokenBalance(asset.address, address, number);
    return { asset, at: await mapSome(blocks, async (block) => ({ block, amount: await balanceAt(block) })) };
  });
  for (const { number, hash } of [opening, closing]) if ((await fresh(number)).hash !== hash) throw changed();

  const transactions = [...booked, ...found.values()];
  return {
    ...{ wallet, chain: law, account, untold, opening, closing },
    over,
    statement: statementOf({ account, transactions, logs, balances, counts, unbacked }),
  };
};
