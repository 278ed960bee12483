import { Interface, ZeroAddress } from 'ethers';
import { describe, expect, test } from 'vitest';
import { statementOf } from '#core/settled/statement.ts';
import { booksWith, logAt, transactionAt, USDC, WALLET } from '#test/support/books.ts';

const WETH = new Interface([
  'event Deposit(address indexed dst, uint256 wad)',
  'event Withdrawal(address indexed src, uint256 wad)',
]);
const TOKEN = USDC.address;

const wrap = (name: 'Deposit' | 'Withdrawal', amount: bigint, index: bigint) => {
  const { topics, data } = WETH.encodeEventLog(name, [WALLET, amount]);
  return { ...logAt(1, { from: WALLET, to: TOKEN, amount: 0n }, index), topics, data };
};
const transfer = (from: string, to: string, amount: bigint, index: bigint) => logAt(1, { from, to, amount }, index);

/** Rows of the token, of one transaction of the wallet with these logs. */
const rowsOf = (logs: readonly ReturnType<typeof logAt>[]) =>
  statementOf(booksWith({ transactions: [transactionAt(1)], logs }))
    .rows.filter(({ asset }) => asset.address === TOKEN)
    .map(({ id, direction, amount }) => `${id.split('/').slice(3).join('/')} ${direction} ${amount}`);

describe('a wrap event and a transfer', () => {
  test('to or from the token itself are two movements, also of one amount', () => {
    const logs = [
      transfer(WALLET, TOKEN, 3n, 1n),
      wrap('Withdrawal', 3n, 2n),
      transfer(TOKEN, WALLET, 6n, 3n),
      wrap('Deposit', 6n, 4n),
    ];
    expect(rowsOf(logs)).toEqual(['log/1 out 3', 'log/3 in 6', 'log/2 out 3', 'log/4 in 6']);
  });

  test.each([
    ['Deposit', ZeroAddress, WALLET, 'in'],
    ['Withdrawal', WALLET, ZeroAddress, 'out'],
  ] as const)('a transfer tells one %s of as much, the first, and no other', (name, from, to, way) => {
    const events = [wrap(name, 2n, 1n), wrap(name, 2n, 2n)];
    const one = transfer(from, to, 2n, 3n);
    expect(rowsOf(events)).toEqual([`log/1 ${way} 2`, `log/2 ${way} 2`]);
    expect(rowsOf([...events, one])).toEqual([`log/3 ${way} 2`, `log/2 ${way} 2`]);
    expect(rowsOf([...events, one, transfer(from, to, 2n, 4n)])).toEqual([`log/3 ${way} 2`, `log/4 ${way} 2`]);
    expect(rowsOf([wrap(name, 2n, 1n), transfer(from, to, 5n, 2n)])).toEqual([`log/2 ${way} 5`, `log/1 ${way} 2`]);
  });
});
