import type { BookLaw } from '#cli/addresses/book.ts';
import { namesJson } from '#cli/addresses/who.ts';
import { decimalText } from '#cli/app/units.ts';
import type { AssetLine } from '#core/settled/balances.ts';
import type { Asset, BlockPoint, Row } from '#core/settled/rows.ts';
import type { Break } from '#core/settled/statement.ts';
import type { ChainLaw } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';
import { pageOf } from './statement-csv.ts';
import type { AccountStatement } from './statement-read.ts';

const pointJson = ({ number, hash, time }: BlockPoint) => ({ number, hash, time: timeText(time) });

const assetJson = ({ standard, address, symbol, decimals }: Asset) => ({
  ...{ standard, address, symbol },
  decimals: decimals ?? null,
});

/** Exact, with the decimals of the law; null where it names none, or nothing was read. */
const exact = (units: bigint | undefined, { decimals }: Asset): string | null =>
  units === undefined || decimals === undefined ? null : decimalText(units, decimals);

const amountJson = (units: bigint | undefined, asset: Asset) => ({
  units: units ?? null,
  amount: exact(units, asset),
});

const lineJson = (line: AssetLine) => {
  const of = (units: bigint | undefined) => amountJson(units, line.asset);
  return {
    ...assetJson(line.asset),
    ...{ opening: of(line.opening), came: of(line.came), computed: of(line.computed), left: of(line.left) },
    ...{ fees: of(line.fees), unexplained: of(line.unexplained), closing: of(line.closing) },
    uncheckedBetween: line.uncheckedBetween,
  };
};

const rowJson = ({ transaction, ...row }: Row, chain: ChainLaw) => {
  const { id, kind, direction, origin, block, asset, tokenId, amount, counterparty, hash, since } = row;
  const purpose = transaction?.purpose;
  return {
    ...{ id, kind, direction, origin, block: pointJson(block), asset: assetJson(asset), tokenId },
    ...amountJson(amount, asset),
    ...{ counterparty, transactionHash: hash },
    nonce: transaction?.nonce ?? null,
    request: purpose?.id ?? '',
    reference: purpose?.reference ?? '',
    requester: purpose?.requester ?? '',
    memo: purpose?.memo ?? '',
    approvedBy: purpose?.approvedBy ?? [],
    functionName: purpose?.functionName ?? '',
    methodId: purpose?.methodId ?? '',
    since: since === undefined ? null : pointJson(since),
    explorer: pageOf(row, chain),
  };
};

export const breakJson = (one: Break) => {
  switch (one.code) {
    case 'UNEXPLAINED_DECREASE': {
      const { code, asset, amount, from, to } = one;
      return { code, asset: assetJson(asset), ...amountJson(amount, asset), from: pointJson(from), to: pointJson(to) };
    }
    case 'TAKEN': {
      const { code, asset, amount, hash, to } = one;
      return { code, asset: assetJson(asset), ...amountJson(amount, asset), transactionHash: hash, payee: to };
    }
    case 'FOREIGN_TRANSACTION':
      return { code: one.code, nonce: one.nonce, transactionHash: one.hash };
    case 'MORE_FOREIGN':
      return { code: one.code, count: one.count };
    case 'UNBACKED_RECEIPT':
      return { code: one.code, request: one.id, transactionHash: one.hash, because: one.because };
    default:
      return one satisfies never;
  }
};

export const accountJson = (
  law: BookLaw,
  { wallet, chain, account, untold, leftOut, opening, closing, over, statement }: AccountStatement,
) => ({
  wallet: wallet.name,
  address: account.address,
  chainId: account.chainId,
  network: chain.name,
  over,
  opening: pointJson(opening),
  closing: pointJson(closing),
  assets: statement.assets.map(lineJson),
  untold: untold.map(assetJson),
  leftOut: leftOut === undefined ? null : { fromBlock: leftOut.from, toBlock: leftOut.to },
  counted: statement.counted,
  unread: statement.unread,
  breaks: statement.breaks.map(breakJson),
  names: namesJson(
    law,
    account.chainId,
    statement.rows.map(({ counterparty }) => counterparty),
  ),
  rows: statement.rows.map((row) => rowJson(row, chain)),
});
