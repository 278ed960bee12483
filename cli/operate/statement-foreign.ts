import { getCreateAddress } from 'ethers';
import type { PastChain } from '#adapters/chain/past.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { minedAmong } from '#core/facts/read-chain.ts';
import type { ChainClient } from '#core/ports.ts';
import { feeOf } from '#core/settled/fee.ts';
import type { Account, OwnTransaction, WalletLog } from '#core/settled/rows.ts';
import { type Counts, foreignNonces, type UnbackedReceipt } from '#core/settled/statement.ts';
import { pointOf } from './statement-blocks.ts';

/** Transactions that are looked up since a log or a receipt names them. Each costs some calls, and anybody can make logs. */
const MOST_LOOKED_UP = 200;

/** Whom to ask, and until when. */
export interface Asking {
  readonly chain: ChainClient;
  readonly past: PastChain;
  readonly signal: AbortSignal;
}

/** A transaction of this sender as the chain tells it. Undefined where too few nodes do, or it is somebody else's. */
const ownAt = async ({ chain, past }: Asking, sender: string, hash: string): Promise<OwnTransaction | undefined> => {
  const told = await past.transaction(hash);
  if (told === undefined || told.hash !== hash || told.from !== sender) return undefined;
  const mined = await minedAmong(chain, [hash]);
  if (mined?.receipt.effectiveGasPrice === undefined) return undefined;
  const { receipt, block } = mined;
  return {
    ...{ hash, nonce: told.nonce, block: pointOf(block), success: receipt.success, value: told.value },
    to: told.to === '' ? getCreateAddress({ from: sender, nonce: told.nonce }) : told.to,
    fee: feeOf(receipt, mined.receipt.effectiveGasPrice).total,
    purpose: undefined,
  };
};

/** Where one of them may be named. Logs of tokens that the law names come first: a stranger can fill the list with others. */
const hintsOf = ({ tokens }: Account, logs: readonly WalletLog[], unbacked: readonly UnbackedReceipt[]) => {
  const known = new Set(tokens.map(({ address }) => address));
  const [ours = [], others = []] = [true, false].map((wanted) =>
    logs.filter((log) => known.has(log.address) === wanted),
  );
  return [...unbacked.map(({ hash }) => hash), ...[...ours, ...others].map(({ transactionHash }) => transactionHash)];
};

/** What is known of the account already. */
export interface Known {
  readonly account: Account;
  readonly booked: readonly OwnTransaction[];
  readonly logs: readonly WalletLog[];
  readonly unbacked: readonly UnbackedReceipt[];
  readonly counts: Counts | undefined;
}

/** Transactions that the wallet's key signed and no backed receipt tells: those that logs and receipts name, then those of nonces that are left. */
export const foreignTransactions = async (
  asking: Asking,
  { account, booked, logs, unbacked, counts }: Known,
): Promise<readonly OwnTransaction[]> => {
  const known = new Set(booked.map(({ hash }) => hash));
  const found = new Map<string, OwnTransaction>();
  const look = async (hash: string): Promise<void> => {
    goOn(asking.signal);
    if (known.has(hash) || found.has(hash)) return;
    const transaction = await ownAt(asking, account.address, hash);
    if (transaction !== undefined) found.set(hash, transaction);
  };
  const hints = [...new Set(hintsOf(account, logs, unbacked))].filter((hash) => !known.has(hash));
  await mapSome(hints.slice(0, MOST_LOOKED_UP), look);
  const left = counts === undefined ? [] : foreignNonces(counts, [...booked, ...found.values()]).named;
  for (const nonce of left)
    for (const hash of (await asking.chain.minedAt(account.address, nonce)).hashes) await look(hash);
  return [...found.values()];
};
