import { Interface } from 'ethers';
import { expect, test } from 'vitest';
import { plainText } from '#cli/app/output.ts';
import { leavesLines } from '#cli/request/render-leaves.ts';
import { treeOf } from '#core/calls/call-tree.ts';
import type { Token } from '#schemas/tokens.ts';
import { BOB, TOKEN, WALLET_ADDRESS } from '#test/support/cli/people.ts';

const lines = (standard: Token['standard'] | undefined, signature: string, ...values: readonly unknown[]) => {
  const tokens: readonly Token[] =
    standard === undefined
      ? []
      : [{ address: TOKEN, symbol: 'THING', decimals: standard === 'erc20' ? 2 : 0, standard }];
  const contract = new Interface([`function ${signature}`]);
  const data = contract.encodeFunctionData(signature.split('(')[0] ?? '', values);
  return leavesLines(treeOf({ to: TOKEN, value: 0n, data }, tokens), tokens).map(plainText);
};

const OF_ONE = 'safeTransferFrom(address,address,uint256)';
const OF_MANY = 'safeTransferFrom(address,address,uint256,uint256,bytes)';

test('of pieces it says how many leave, and never takes their number for an id', () => {
  expect(lines('erc721', OF_ONE, WALLET_ADDRESS, BOB, 77n)).toEqual(['1 piece of THING']);
  expect(lines('erc1155', OF_MANY, WALLET_ADDRESS, BOB, 77n, 3n, '0x')).toEqual(['3 pieces of THING']);
  expect(lines('erc721', 'approve(address,uint256)', BOB, 77n)).toEqual(['others may take later: 1 piece of THING']);
});

test('an amount is told in the decimals of the law, and in smallest units of what it does not name', () => {
  expect(lines('erc20', 'transfer(address,uint256)', BOB, 1234n)).toEqual(['12.34 THING']);
  expect(lines(undefined, 'transfer(address,uint256)', BOB, 1234n)).toEqual([`1234 smallest units of ${TOKEN}`]);
  expect(lines('erc20', 'approve(address,uint256)', BOB, 2n ** 256n - 1n)).toEqual([
    'others may take later: ANY AMOUNT of THING',
  ]);
});
