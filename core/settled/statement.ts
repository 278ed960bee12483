import { type AssetLine, type Balances, balanced, type Decrease } from './balances.ts';
import { type Account, type Asset, inOrder, type OwnTransaction, type Row, rowsOf, type WalletLog } from './rows.ts';

/** A receipt that neither register nor chain back as it stands. Nothing is booked by it. */
export interface UnbackedReceipt {
  readonly id: string;
  readonly hash: string;
  readonly because: string;
}

/** Transactions that the wallet's key signed: the count at the opening and at the closing block. */
export interface Counts {
  readonly opening: bigint;
  readonly closing: bigint;
}

/** All that was read of one account, between two final blocks. */
export interface Books {
  readonly account: Account;
  /** With a receipt that is backed, or found by their nonce. */
  readonly transactions: readonly OwnTransaction[];
  readonly logs: readonly WalletLog[];
  readonly balances: readonly Balances[];
  /** Undefined where too few nodes have the state. */
  readonly counts: Counts | undefined;
  readonly unbacked: readonly UnbackedReceipt[];
}

/**
 * Where books do not close. `FOREIGN_TRANSACTION`: the wallet's key signed what no backed receipt tells; `hash` is "" where it was not found.
 * `TAKEN`: somebody else's transaction took it, as an allowance lets them. `MORE_FOREIGN`: that many more nonces, not named one by one.
 */
export type Break =
  | ({ readonly code: 'UNEXPLAINED_DECREASE' } & Decrease)
  | { readonly code: 'FOREIGN_TRANSACTION'; readonly nonce: bigint; readonly hash: string }
  | { readonly code: 'MORE_FOREIGN'; readonly count: bigint }
  | {
      readonly code: 'TAKEN';
      readonly asset: Asset;
      readonly amount: bigint;
      readonly hash: string;
      readonly to: string;
    }
  | ({ readonly code: 'UNBACKED_RECEIPT' } & UnbackedReceipt);

export interface Statement {
  readonly rows: readonly Row[];
  readonly assets: readonly AssetLine[];
  readonly breaks: readonly Break[];
  /** Whether every transaction of the wallet could be counted. */
  readonly counted: boolean;
  /** Transactions with a log that has the name of a transfer and not its form. */
  readonly unread: readonly string[];
}

/** So many foreign nonces are named. A key that somebody else uses can have thousands. */
export const MOST_NAMED = 32;

/** Nonces that the chain counts between the two blocks and none of these transactions used. `more`: how many are not named. */
export const foreignNonces = (
  counts: Counts,
  known: readonly Pick<OwnTransaction, 'nonce'>[],
): { readonly named: readonly bigint[]; readonly more: bigint } => {
  const used = new Set(known.map(({ nonce }) => nonce).filter((n) => n >= counts.opening && n < counts.closing));
  const all = counts.closing - counts.opening - BigInt(used.size);
  const named: bigint[] = [];
  for (let nonce = counts.opening; nonce < counts.closing && named.length < MOST_NAMED; nonce++)
    if (!used.has(nonce)) named.push(nonce);
  return { named, more: all - BigInt(named.length) };
};

const foreignBreaks = ({ transactions, counts, unbacked }: Books): readonly Break[] => {
  const booked = transactions.filter(({ purpose }) => purpose !== undefined);
  const foreign = transactions.filter(({ purpose }) => purpose === undefined);
  const doubted = new Set(unbacked.map(({ hash }) => hash));
  const { named, more } = counts === undefined ? { named: [], more: 0n } : foreignNonces(counts, booked);
  const nonces = [...new Set([...named, ...foreign.map(({ nonce }) => nonce)])];
  const found = nonces
    .map((nonce) => ({ nonce, hash: foreign.find((one) => one.nonce === nonce)?.hash ?? '' }))
    // The break of its receipt names it already.
    .filter(({ hash }) => !doubted.has(hash));
  return [
    ...found.map(({ nonce, hash }): Break => ({ code: 'FOREIGN_TRANSACTION', nonce, hash })),
    ...(more > 0n ? [{ code: 'MORE_FOREIGN', count: more } as const] : []),
  ];
};

/** Of what the law names: any contract can log any transfer, so what an unknown one says is no break. */
const takenBreaks = (rows: readonly Row[]): readonly Break[] =>
  rows
    .filter(({ origin, direction, asset }) => origin === 'outside' && direction === 'out' && asset.symbol !== '')
    .map(({ asset, amount, hash, counterparty }) => ({ code: 'TAKEN', asset, amount, hash, to: counterparty }));

/**
 * The statement of one account: opening + rows = closing, for each asset whose balances are known, but for breaks, which are named. It asks
 * nobody: whoever reads the same blocks makes the same statement.
 */
export const statementOf = (books: Books): Statement => {
  const { account, transactions, logs, balances } = books;
  const { rows, unread } = rowsOf(account, transactions, logs);
  const each = balances.map((one) => balanced(account, one, rows));
  return {
    rows: inOrder([...rows, ...each.flatMap(({ computed }) => computed)]),
    assets: each.map(({ line }) => line),
    breaks: [
      ...books.unbacked.map((one): Break => ({ code: 'UNBACKED_RECEIPT', ...one })),
      ...foreignBreaks(books),
      ...takenBreaks(rows),
      ...each.flatMap(({ decreases }) => decreases.map((one): Break => ({ code: 'UNEXPLAINED_DECREASE', ...one }))),
    ],
    counted: books.counts !== undefined,
    unread,
  };
};
