import type { TransactionLog } from '#core/ports.ts';
import type { Standard } from '#schemas/assets.ts';
import type { Token } from '#schemas/tokens.ts';
import { type Movement, movementsIn } from './transfers.ts';
import { wrappedIn } from './wrapping.ts';

/** A final block. `time`: ms. */
export interface BlockPoint {
  readonly number: bigint;
  readonly hash: string;
  readonly time: number;
}

/** What a receipt says of its transaction, where register and chain back it. */
export interface Purpose {
  readonly id: string;
  readonly reference: string;
  readonly requester: string;
  readonly memo: string;
  readonly approvedBy: readonly string[];
  /** Of the approved call; "" where it is not known. */
  readonly functionName: string;
  /** Its selector; "" where there is no call. */
  readonly methodId: string;
}

/** A transaction that the wallet's key signed, in a final block. Amounts in wei. */
export interface OwnTransaction {
  readonly hash: string;
  readonly nonce: bigint;
  readonly block: BlockPoint;
  readonly success: boolean;
  /** Of a creation: the contract that was made. */
  readonly to: string;
  readonly value: bigint;
  readonly fee: bigint;
  /** Undefined where no receipt that is backed tells of it. */
  readonly purpose: Purpose | undefined;
}

/** A log that names the wallet as payer, payee or owner. */
export interface WalletLog extends TransactionLog {
  readonly transactionHash: string;
  readonly block: BlockPoint;
}

/** `symbol` "" and `decimals` undefined: the law names no such token. "ETH" is the coin of any chain. */
export interface Asset {
  readonly standard: Standard;
  /** The token's contract; "" for the coin. */
  readonly address: string;
  readonly symbol: string;
  readonly decimals: number | undefined;
}

export const COIN: Asset = { standard: 'native', address: '', symbol: 'ETH', decimals: 18 };

/**
 * `request`: of a transaction that was asked for and approved. `foreign`: of another one that the wallet's key signed. `outside`: somebody else's.
 * `computed`: no log and no transaction tells of it.
 */
export type Origin = 'request' | 'foreign' | 'outside' | 'computed';

/** One line of a subledger. The amount is in base units and never negative; `direction` says the rest. */
export interface Row {
  /** Of this row in all statements, whenever they are made. */
  readonly id: string;
  readonly kind: 'transfer' | 'fee' | 'computed';
  readonly direction: 'in' | 'out' | 'self';
  readonly origin: Origin;
  readonly block: BlockPoint;
  readonly asset: Asset;
  /** Decimal; "" where the asset has none. */
  readonly tokenId: string;
  readonly amount: bigint;
  /** The other side; "" where there is none. */
  readonly counterparty: string;
  /** "" where it is computed. */
  readonly hash: string;
  readonly transaction: OwnTransaction | undefined;
  /** Of a computed one: the block behind which it begins. */
  readonly since: BlockPoint | undefined;
}

/** Whose rows: addresses in EIP-55, and the tokens that the law names on that chain. */
export interface Account {
  readonly chainId: string;
  readonly address: string;
  readonly tokens: readonly Token[];
}

export const assetOf = ({ symbol, decimals, standard, address }: Token): Asset => ({
  standard,
  address,
  symbol,
  decimals,
});

/** A log of another standard than the law says of its contract is not taken for the law's token. */
const assetIn = ({ standard, address }: Movement, tokens: readonly Token[]): Asset => {
  if (standard === 'native') return COIN;
  const token = tokens.find((one) => one.address === address && one.standard === standard);
  return token === undefined ? { standard, address, symbol: '', decimals: undefined } : assetOf(token);
};

export const rowId = ({ chainId, address }: Account, ...rest: readonly string[]): string =>
  [chainId, address, ...rest].join('/');

/** All of one transaction. */
interface Happened {
  readonly hash: string;
  readonly block: BlockPoint;
  readonly origin: Origin;
  readonly transaction: OwnTransaction | undefined;
}

const directionOf = ({ from, to }: Movement, wallet: string): Row['direction'] => {
  if (from === to) return 'self';
  return from === wallet ? 'out' : 'in';
};

/** A batch of ERC-1155 tells several movements in one log. */
const placesOf = (movements: readonly Movement[]): readonly string[] => {
  const seen = new Map<string, number>();
  return movements.map(({ index }) => {
    const place = index === undefined ? 'value' : `log/${index}`;
    const n = seen.get(place) ?? 0;
    seen.set(place, n + 1);
    return n === 0 ? place : `${place}/${n}`;
  });
};

const transferRows = (account: Account, movements: readonly Movement[], happened: Happened): readonly Row[] => {
  const places = placesOf(movements);
  return movements.flatMap((moved, n): Row[] => {
    const { address: wallet, tokens } = account;
    if (moved.from !== wallet && moved.to !== wallet) return [];
    // Many tokens let anybody "transfer" nothing in anybody's name. It is how look-alike addresses come into a list.
    if (moved.amount === 0n && happened.origin === 'outside') return [];
    const direction = directionOf(moved, wallet);
    return [
      {
        ...happened,
        id: rowId(account, happened.hash, places[n] ?? ''),
        kind: 'transfer',
        direction,
        asset: assetIn(moved, tokens),
        tokenId: moved.tokenId,
        amount: moved.amount,
        counterparty: direction === 'out' ? moved.to : moved.from,
        since: undefined,
      },
    ];
  });
};

const feeRow = (account: Account, { fee }: OwnTransaction, happened: Happened): Row => ({
  ...happened,
  ...{ id: rowId(account, happened.hash, 'fee'), kind: 'fee', direction: 'out' },
  ...{ asset: COIN, tokenId: '', amount: fee, counterparty: '', since: undefined },
});

/** `unread`: transactions with a log that has the name of a transfer and not its form. */
export interface Rows {
  readonly rows: readonly Row[];
  readonly unread: readonly string[];
}

/**
 * A row for each transfer and one for each fee, in the order of the chain. A transaction that was reverted moved nothing and paid its fee. Ether of
 * the transaction itself is told once, also where a log tells it (EIP-7708). `logs`: of successful transactions, each once.
 */
export const rowsOf = (account: Account, transactions: readonly OwnTransaction[], logs: readonly WalletLog[]): Rows => {
  const byHash = Map.groupBy(logs, ({ transactionHash }) => transactionHash);
  const signed = new Set(transactions.map(({ hash }) => hash));
  const unread: string[] = [];
  const moved = (hash: string, to: string, wei: bigint): readonly Movement[] => {
    const own = byHash.get(hash) ?? [];
    const found = movementsIn(own, { from: account.address, to, wei });
    if (found.unread) unread.push(hash);
    return [...found.movements, ...wrappedIn(own, found.movements, account.tokens)];
  };
  const ours = transactions.flatMap((transaction): Row[] => {
    const { hash, block, success, to, value, purpose } = transaction;
    const origin: Origin = purpose === undefined ? 'foreign' : 'request';
    const happened = { hash, block, origin, transaction };
    const movements = moved(hash, to, success ? value : 0n);
    return [...transferRows(account, movements, happened), feeRow(account, transaction, happened)];
  });
  const others = [...byHash].flatMap(([hash, [first]]): readonly Row[] => {
    if (first === undefined || signed.has(hash)) return [];
    const happened = { hash, block: first.block, origin: 'outside', transaction: undefined } as const;
    return transferRows(account, moved(hash, account.address, 0n), happened);
  });
  return { rows: inOrder([...ours, ...others]), unread };
};

/** Rows of one transaction stay in the order in which they are given. A computed row is the last of its block. */
export const inOrder = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => {
    if (a.block.number !== b.block.number) return a.block.number < b.block.number ? -1 : 1;
    const computed = Number(a.kind === 'computed') - Number(b.kind === 'computed');
    if (computed !== 0 || a.hash === b.hash) return computed;
    return a.hash < b.hash ? -1 : 1;
  });
