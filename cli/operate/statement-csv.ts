import { type Book, type BookLaw, bookOf, labelOf } from '#cli/addresses/book.ts';
import { decimalText } from '#cli/app/units.ts';
import type { Asset, Row } from '#core/settled/rows.ts';
import type { ChainLaw } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';
import { csvCell } from './csv-cell.ts';
import type { AccountStatement } from './statement-read.ts';

/** What a row is written from. */
interface Written {
  readonly row: Row;
  readonly of: AccountStatement;
  readonly book: Book;
}

/** Without decimals of the law nobody vouches for an amount: base units stand alone then. */
export const amountText = (amount: bigint, { decimals }: Asset): string =>
  decimals === undefined ? '' : decimalText(amount, decimals);

/** A symbol of the law, or the contract. */
export const assetText = ({ symbol, address }: Asset): string => (symbol === '' ? address : symbol);

const pad = (n: number): string => n.toString().padStart(2, '0');
const dateOf = ({ row: { block } }: Written): Date => new Date(block.time);

const ofPurpose =
  (name: 'id' | 'reference' | 'requester' | 'memo' | 'functionName' | 'methodId') =>
  ({ row: { transaction } }: Written): string =>
    transaction?.purpose?.[name] ?? '';

/** Page of its transaction; "" where there is none, or the law names no explorer. */
export const pageOf = ({ hash }: Pick<Row, 'hash'>, { explorer }: Pick<ChainLaw, 'explorer'>): string =>
  hash === '' || explorer === undefined ? '' : `${explorer}/tx/${hash}`;

/**
 * The first 17 are those of a subledger upload (TRES). keyturn knows no prices, so two are empty. Names and links come from the reader's own law.
 */
const COLUMNS: Readonly<Record<string, (written: Written) => string>> = {
  Year: (written) => `${dateOf(written).getUTCFullYear()}`,
  Month: (written) => pad(dateOf(written).getUTCMonth() + 1),
  Day: (written) => pad(dateOf(written).getUTCDate()),
  Time: ({ row: { block } }) => timeText(block.time).slice(11, 19),
  'Organizational Wallet': ({ of: { account } }) => account.address,
  'Participating Wallet': ({ row: { counterparty } }) => counterparty,
  Network: ({ of: { chain } }) => chain.name,
  Direction: ({ row: { direction } }) => direction,
  'Financial Action': ({ row: { kind } }) => kind,
  'Asset Identifier': ({ row: { asset } }) => assetText(asset),
  Amount: ({ row: { amount, asset } }) => amountText(amount, asset),
  'Fiat Value': () => '',
  'Fiat Currency': () => '',
  'Transaction Hash': ({ row: { hash } }) => hash,
  'Transfer ID': ({ row: { id } }) => id,
  'Function Name': ofPurpose('functionName'),
  'Method ID': ofPurpose('methodId'),
  'Base Units': ({ row: { amount } }) => `${amount}`,
  Decimals: ({ row: { asset } }) => asset.decimals?.toString() ?? '',
  'Token Contract': ({ row: { asset } }) => asset.address,
  'Token ID': ({ row: { tokenId } }) => tokenId,
  Origin: ({ row: { origin } }) => origin,
  Wallet: ({ of: { wallet } }) => wallet.name,
  'Chain ID': ({ of: { account } }) => account.chainId,
  Block: ({ row: { block } }) => `${block.number}`,
  'Block Hash': ({ row: { block } }) => block.hash,
  Since: ({ row: { since } }) => (since === undefined ? '' : timeText(since.time)),
  Nonce: ({ row: { transaction } }) => transaction?.nonce.toString() ?? '',
  Request: ofPurpose('id'),
  Reference: ofPurpose('reference'),
  Requester: ofPurpose('requester'),
  Memo: ofPurpose('memo'),
  'Approved By': ({ row: { transaction } }) => transaction?.purpose?.approvedBy.join(' ') ?? '',
  Names: ({ row: { counterparty }, book }) => labelOf(book, counterparty) ?? '',
  Explorer: ({ row, of: { chain } }) => pageOf(row, chain),
};

export const STATEMENT_COLUMNS: readonly string[] = Object.keys(COLUMNS);

const line = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\n`;

export const statementHeader = (): string => line(STATEMENT_COLUMNS);

/** One line for each row of these accounts, after the header. */
export const statementRows = (law: BookLaw, accounts: readonly AccountStatement[]): readonly string[] =>
  accounts.flatMap((of) => {
    const book = bookOf(law, of.account.chainId);
    return of.statement.rows.map((row) => line(Object.values(COLUMNS).map((cell) => cell({ row, of, book }))));
  });
