import { Interface, ZeroAddress } from 'ethers';
import { describe, expect, test } from 'vitest';
import { assetsOf, type BalanceAt } from '#core/settled/balances.ts';
import { assetOf, COIN, type Row } from '#core/settled/rows.ts';
import { type Books, foreignNonces, MOST_NAMED, statementOf } from '#core/settled/statement.ts';
import {
  BOB,
  blockAt,
  booksWith,
  hashAt,
  logAt,
  STRANGE,
  SYSTEM,
  transactionAt,
  USDC,
  WALLET,
} from '#test/support/books.ts';

const told = ({ kind, direction, origin, asset, amount }: Row) =>
  `${kind} ${direction} ${origin} ${amount} ${asset.symbol || asset.address}`;
const rowsOf = (over: Partial<Books>) => statementOf(booksWith(over)).rows.map(told);
const coin = (...amounts: (readonly [bigint, bigint | undefined])[]) => ({
  asset: COIN,
  at: amounts.map(([block, amount]): BalanceAt => ({ block: blockAt(block), amount })),
});

describe('rows', () => {
  test('principal and gas are two rows, and a reverted transaction has a fee alone', () => {
    const transactions = [transactionAt(1, { value: 5n }), transactionAt(2, { value: 7n, success: false, fee: 30n })];
    expect(rowsOf({ transactions })).toEqual([
      'transfer out request 5 ETH',
      'fee out request 21 ETH',
      'fee out request 30 ETH',
    ]);
  });

  test('a token of the law goes by its symbol, any other by its contract', () => {
    const logs = [
      logAt(1, { from: WALLET, to: BOB, amount: 9n }),
      logAt(2, { from: BOB, to: WALLET, amount: 4n }),
      logAt(3, { from: BOB, to: WALLET, amount: 8n, by: STRANGE }),
    ];
    expect(rowsOf({ transactions: [transactionAt(1)], logs })).toEqual([
      'transfer out request 9 USDC',
      'fee out request 21 ETH',
      'transfer in outside 4 USDC',
      `transfer in outside 8 ${STRANGE}`,
    ]);
  });

  test('a log that is a piece is not the law’s token of that address', () => {
    const log = logAt(2, { from: BOB, to: WALLET, amount: 4n });
    const piece = { ...log, topics: [...log.topics, `0x${'0'.repeat(63)}4`], data: '0x' };
    expect(rowsOf({ logs: [piece] })).toEqual([`transfer in outside 1 ${USDC.address}`]);
  });

  test('ether of a transaction is told once where the chain logs it (EIP-7708), and where it comes back too', () => {
    const logs = [
      logAt(1, { from: WALLET, to: BOB, amount: 5n, by: SYSTEM }, 0n),
      logAt(1, { from: BOB, to: WALLET, amount: 2n, by: SYSTEM }, 1n),
      logAt(2, { from: BOB, to: WALLET, amount: 3n, by: SYSTEM }),
    ];
    expect(rowsOf({ transactions: [transactionAt(1, { value: 5n })], logs })).toEqual([
      'transfer out request 5 ETH',
      'transfer in request 2 ETH',
      'fee out request 21 ETH',
      'transfer in outside 3 ETH',
    ]);
  });

  test('threat 97: nothing, moved in the wallet’s name by anybody, is no row', () => {
    const logs = [logAt(2, { from: WALLET, to: BOB, amount: 0n })];
    expect(rowsOf({ logs })).toEqual([]);
    expect(rowsOf({ logs, transactions: [transactionAt(2)] })).toHaveLength(2);
  });

  test('what the wallet pays to itself changes nothing', () => {
    const logs = [logAt(1, { from: WALLET, to: WALLET, amount: 9n })];
    expect(rowsOf({ logs, transactions: [transactionAt(1)] })).toContain('transfer self request 9 USDC');
  });

  test('ether that a token of the law wraps and gives back is told by its own events, and once (WETH9)', () => {
    const WETH = new Interface([
      'event Deposit(address indexed dst, uint256 wad)',
      'event Withdrawal(address indexed src, uint256 wad)',
    ]);
    const event = (n: number, name: string, amount: bigint, by = USDC.address) => {
      const { topics, data } = WETH.encodeEventLog(name, [WALLET, amount]);
      return { ...logAt(n, { from: WALLET, to: BOB, amount: 0n, by }, 5n), topics, data };
    };
    const logs = [
      event(1, 'Deposit', 5n),
      event(2, 'Withdrawal', 3n),
      // Some log a transfer too.
      event(3, 'Withdrawal', 2n),
      logAt(3, { from: WALLET, to: ZeroAddress, amount: 2n }),
      event(4, 'Deposit', 9n, STRANGE),
    ];
    const transactions = [1, 2, 3, 4].map((n) => transactionAt(n, n === 1 ? { value: 5n, to: USDC.address } : {}));
    expect(rowsOf({ transactions, logs }).filter((row) => !row.startsWith('fee'))).toEqual([
      'transfer out request 5 ETH',
      'transfer in request 5 USDC',
      'transfer out request 3 USDC',
      'transfer out request 2 USDC',
    ]);
  });

  test('every id is of one row, also in a transaction with two logs', () => {
    const logs = [0n, 1n].map((index) => logAt(1, { from: WALLET, to: BOB, amount: 1n }, index));
    const { rows } = statementOf(booksWith({ logs, transactions: [transactionAt(1, { value: 1n })] }));
    expect(rows.map(({ id }) => id)).toEqual(
      ['value', 'log/0', 'log/1', 'fee'].map((part) => `1/${WALLET}/${hashAt(1)}/${part}`),
    );
  });

  test('a log that names a transfer and is none is said', () => {
    const log = { ...logAt(4, { from: BOB, to: WALLET, amount: 1n }), data: '0x' };
    expect(statementOf(booksWith({ logs: [log] }))).toMatchObject({ rows: [], unread: [hashAt(4)] });
  });
});

describe('balances', () => {
  test('ether that came is one computed row of each span', () => {
    const { rows, assets, breaks } = statementOf(
      booksWith({
        transactions: [transactionAt(1, { value: 5n })],
        balances: [coin([0n, 100n], [10n, 84n], [20n, 84n], [30n, 90n])],
      }),
    );
    // 100 - 5 - 21 = 74, so 10 came; nothing in the second; 6 in the third.
    expect(rows.filter(({ kind }) => kind === 'computed')).toMatchObject([
      { amount: 10n, direction: 'in', origin: 'computed', block: blockAt(10n), since: blockAt(0n) },
      { amount: 6n, block: blockAt(30n), since: blockAt(20n) },
    ]);
    expect(assets).toMatchObject([
      { opening: 100n, left: 5n, fees: 21n, came: 0n, computed: 16n, closing: 90n, unexplained: 0n },
    ]);
    expect(breaks).toEqual([]);
  });

  test('what left and nothing explains is a break, with its span', () => {
    const { breaks, assets } = statementOf(
      booksWith({ transactions: [transactionAt(1, { value: 5n })], balances: [coin([0n, 100n], [10n, 73n])] }),
    );
    expect(breaks).toEqual([
      { code: 'UNEXPLAINED_DECREASE', asset: COIN, amount: 1n, from: blockAt(0n), to: blockAt(10n) },
    ]);
    expect(assets).toMatchObject([{ unexplained: 1n }]);
  });

  test('a day that cannot be checked is one span with the next; without an opening the rest is checked', () => {
    const { rows, assets } = statementOf(
      booksWith({ balances: [coin([0n, undefined], [10n, 3n], [20n, undefined], [30n, 8n])] }),
    );
    expect(rows).toMatchObject([{ amount: 5n, since: blockAt(10n), block: blockAt(30n) }]);
    expect(assets).toMatchObject([{ opening: undefined, closing: 8n, uncheckedBetween: 1 }]);
  });

  test('a token that grows by itself is computed, and one that shrinks is a break', () => {
    const at = (closing: bigint) => ({
      asset: assetOf(USDC),
      at: [
        { block: blockAt(0n), amount: 10n },
        { block: blockAt(9n), amount: closing },
      ],
    });
    expect(statementOf(booksWith({ balances: [at(11n)] })).rows.map(told)).toEqual(['computed in computed 1 USDC']);
    expect(statementOf(booksWith({ balances: [at(9n)] })).breaks).toMatchObject([
      { code: 'UNEXPLAINED_DECREASE', amount: 1n, asset: { symbol: 'USDC' } },
    ]);
  });

  test('a balance is asked of each token but those that have one for each piece', () => {
    const many = { ...USDC, standard: 'erc1155', decimals: 0, symbol: 'ART' } as const;
    const { told: asked, untold } = assetsOf({ chainId: '1', address: WALLET, tokens: [USDC, many] });
    expect([asked.map(({ symbol }) => symbol), untold.map(({ symbol }) => symbol)]).toEqual([['ETH', 'USDC'], ['ART']]);
  });
});

describe('breaks', () => {
  test('a nonce that no backed receipt used is a foreign transaction, found or not', () => {
    const books = booksWith({
      transactions: [transactionAt(3), transactionAt(5, { purpose: undefined, value: 2n })],
      counts: { opening: 3n, closing: 7n },
    });
    const { breaks, rows, counted } = statementOf(books);
    expect(breaks).toEqual([
      { code: 'FOREIGN_TRANSACTION', nonce: 4n, hash: '' },
      { code: 'FOREIGN_TRANSACTION', nonce: 5n, hash: hashAt(5) },
      { code: 'FOREIGN_TRANSACTION', nonce: 6n, hash: '' },
    ]);
    expect(rows.map(told)).toContain('transfer out foreign 2 ETH');
    expect(counted).toBe(true);
    expect(statementOf(booksWith()).counted).toBe(false);
  });

  test('a receipt that is not backed is a break, and its transaction is not named twice', () => {
    const unbacked = [{ id: 'b'.repeat(64), hash: hashAt(3), because: 'no seal' }];
    const foreign = transactionAt(3, { purpose: undefined });
    const { breaks, rows } = statementOf(
      booksWith({ transactions: [foreign], unbacked, counts: { opening: 3n, closing: 4n } }),
    );
    expect(breaks).toEqual([{ code: 'UNBACKED_RECEIPT', ...unbacked[0] }]);
    expect(rows.map(told)).toEqual(['fee out foreign 21 ETH']);
  });

  test('threat 97: what others took is a break for what the law names, and not for what any contract can log', () => {
    const logs = [
      logAt(2, { from: WALLET, to: BOB, amount: 4n }),
      logAt(3, { from: WALLET, to: BOB, amount: 8n, by: STRANGE }),
    ];
    expect(statementOf(booksWith({ logs })).breaks).toEqual([
      { code: 'TAKEN', asset: assetOf(USDC), amount: 4n, hash: hashAt(2), to: BOB },
    ]);
  });

  test('thousands of foreign nonces are counted, and some are named', () => {
    expect(foreignNonces({ opening: 1n, closing: 10_001n }, [{ nonce: 2n }, { nonce: 0n }])).toMatchObject({
      named: [1n, ...Array.from({ length: MOST_NAMED - 1 }, (_, n) => BigInt(n + 3))],
      more: 9_999n - BigInt(MOST_NAMED),
    });
    const { breaks } = statementOf(booksWith({ counts: { opening: 0n, closing: 40n } }));
    expect(breaks.at(-1)).toEqual({ code: 'MORE_FOREIGN', count: 8n });
  });
});
