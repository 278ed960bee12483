import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import { callTree } from '#core/calls/call-tree.ts';
import { deviationsOf } from '#core/settled/deviations.ts';
import type { Movement } from '#core/settled/transfers.ts';
import { assetsOf } from '#core/transaction/assets.ts';
import type { Token } from '#schemas/tokens.ts';
import { requestOf } from '#test/support/law.ts';

const ABI = new Interface([
  'function transfer(address to, uint256 amount)',
  'function transferFrom(address from, address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'function safeTransferFrom(address from, address to, uint256 id)',
  'function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data)',
  'function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] amounts, bytes data)',
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls)',
]);
const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const NFT = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D';
const BATCH = '0xcA11bde05977b3631167028862bE2a173976CA11';
const WALLET = '0x3535353535353535353535353535353535353535';
const BOB = '0x4242424242424242424242424242424242424242';
const CAROL = '0x5151515151515151515151515151515151515151';
const TOKENS: readonly Token[] = [{ address: USDC, symbol: 'USDC', decimals: 6, standard: 'erc20' }];
const call = (signature: string, ...values: readonly unknown[]) => ABI.encodeFunctionData(signature, values);
const transfer = (to: string, amount: bigint) => call('transfer', to, amount);
const SAFE_ONE = 'safeTransferFrom(address,address,uint256)';
const SAFE_MANY = 'safeTransferFrom(address,address,uint256,uint256,bytes)';

const moved = (to: string, amount: bigint, over: Partial<Movement> = {}): Movement => ({
  ...{ standard: 'erc20', address: USDC, tokenId: '', from: WALLET, to, amount, index: 0n },
  ...over,
});

const deviations = (data: string, movements: readonly Movement[], to = USDC) => {
  const request = requestOf({ to, value: '0', data });
  const { chainId } = request;
  const judged = assetsOf(request, { chainId, tokens: TOKENS });
  return deviationsOf({ movements, unread: false }, { wallet: WALLET, tree: callTree(request, TOKENS), ...judged }).map(
    ({ code, asset, expected, actual }) => [code, asset.standard, asset.tokenId, expected, actual],
  );
};

describe('one transfer of a token', () => {
  test('that moved what was approved is no deviation', () => {
    expect(deviations(transfer(BOB, 7n), [moved(BOB, 7n)])).toEqual([]);
  });
  test('that moved nothing: the token returned false', () => {
    expect(deviations(transfer(BOB, 7n), [])).toEqual([['NOT_MOVED', 'erc20', '', 7n, 0n]]);
  });
  test('of which the token kept a part', () => {
    const kept = [moved(BOB, 6n), moved(CAROL, 1n)];
    expect(deviations(transfer(BOB, 7n), kept)).toEqual([['OTHER_AMOUNT', 'erc20', '', 7n, 6n]]);
  });
  test('that went to somebody else, and to nobody who was approved', () => {
    expect(deviations(transfer(BOB, 7n), [moved(CAROL, 7n)])).toEqual([['NOT_MOVED', 'erc20', '', 7n, 0n]]);
  });
  test('that took more than was approved says both', () => {
    expect(deviations(transfer(BOB, 7n), [moved(BOB, 9n)])).toEqual([
      ['OTHER_AMOUNT', 'erc20', '', 7n, 9n],
      ['MORE_LEFT', 'erc20', '', 7n, 9n],
    ]);
  });
  test('beside which something else left', () => {
    const other = moved(CAROL, 1n, { address: NFT, standard: 'erc721', tokenId: '4' });
    expect(deviations(transfer(BOB, 7n), [moved(BOB, 7n), other])).toEqual([['MORE_LEFT', 'erc721', '', 0n, 1n]]);
  });
  test('what others move, and what comes in, is nobody’s surprise', () => {
    const others = [moved(BOB, 7n), moved(WALLET, 3n, { from: CAROL }), moved(CAROL, 8n, { from: BOB })];
    expect(deviations(transfer(BOB, 7n), others)).toEqual([]);
  });
  test('of nothing is nothing', () => {
    expect(deviations(transfer(BOB, 0n), [])).toEqual([]);
  });
});

describe('transferFrom means an amount or a piece: the token tells which', () => {
  const data = call('transferFrom', WALLET, BOB, 12n);
  const piece = { address: NFT, standard: 'erc721', tokenId: '12' } as const;
  test('an amount', () => {
    expect(deviations(data, [moved(BOB, 12n)])).toEqual([]);
    expect(deviations(data, [moved(BOB, 11n)])).toEqual([['OTHER_AMOUNT', 'erc20', '', 12n, 11n]]);
  });
  test('a piece', () => {
    expect(deviations(data, [moved(BOB, 1n, piece)], NFT)).toEqual([]);
    expect(deviations(data, [moved(BOB, 1n, { ...piece, tokenId: '13' })], NFT)).toEqual([
      ['NOT_MOVED', 'erc721', '12', 1n, 0n],
    ]);
  });
});

describe('pieces and tokens of many', () => {
  test('a piece that did not come', () => {
    const data = call(SAFE_ONE, WALLET, BOB, 5n);
    const piece = moved(BOB, 1n, { address: NFT, standard: 'erc721', tokenId: '5' });
    expect(deviations(data, [piece], NFT)).toEqual([]);
    expect(deviations(data, [], NFT)).toEqual([['NOT_MOVED', 'erc721', '5', 1n, 0n]]);
  });
  test('each id of ERC-1155 by itself', () => {
    const many = (tokenId: string, amount: bigint) =>
      moved(BOB, amount, { address: NFT, standard: 'erc1155', tokenId });
    const data = call('safeBatchTransferFrom', WALLET, BOB, [1n, 2n], [10n, 20n], '0x');
    expect(deviations(data, [many('1', 10n), many('2', 20n)], NFT)).toEqual([]);
    expect(deviations(data, [many('1', 20n), many('2', 10n)], NFT)).toEqual([
      ['OTHER_AMOUNT', 'erc1155', '1', 10n, 20n],
      ['OTHER_AMOUNT', 'erc1155', '2', 20n, 10n],
    ]);
    expect(deviations(call(SAFE_MANY, WALLET, BOB, 1n, 10n, '0x'), [many('1', 10n)], NFT)).toEqual([]);
  });
});

describe('calls within a call', () => {
  const within = (...calls: readonly string[]) =>
    call(
      'aggregate3',
      calls.map((data) => [USDC, true, data]),
    );
  test('two payments to one payee are one sum', () => {
    const data = within(transfer(BOB, 3n), transfer(BOB, 4n));
    expect(deviations(data, [moved(BOB, 3n), moved(BOB, 4n)], BATCH)).toEqual([]);
    expect(deviations(data, [moved(BOB, 3n)], BATCH)).toEqual([['OTHER_AMOUNT', 'erc20', '', 7n, 3n]]);
  });
  test('one that was allowed to fail is named', () => {
    const data = within(transfer(BOB, 3n), transfer(CAROL, 4n));
    expect(deviations(data, [moved(CAROL, 4n)], BATCH)).toEqual([['NOT_MOVED', 'erc20', '', 3n, 0n]]);
  });
  test('what was allowed in it may leave in it', () => {
    const data = within(call('approve', CAROL, 9n));
    expect(deviations(data, [moved(CAROL, 9n)], BATCH)).toEqual([]);
    expect(deviations(data, [moved(CAROL, 10n)], BATCH)).toEqual([['MORE_LEFT', 'erc20', '', 9n, 10n]]);
  });
});

describe('in one bundle the number of each call is read by its own kind', () => {
  const bundle = (...calls: readonly (readonly [target: string, data: string])[]) =>
    call(
      'aggregate3',
      calls.map(([target, data]) => [target, true, data]),
    );
  const from = (id: bigint) => call('transferFrom', WALLET, BOB, id);
  const safe = (id: bigint) => call(SAFE_ONE, WALLET, BOB, id);
  const piece = (id: bigint) => moved(BOB, 1n, { address: NFT, standard: 'erc721', tokenId: id.toString() });
  const orders = <T>(a: T, b: T): readonly (readonly [T, T])[] => [
    [a, b],
    [b, a],
  ];

  test('an amount of ERC-20 beside a piece of ERC-721 with the same number', () => {
    for (const calls of orders([USDC, from(12n)] as const, [NFT, from(12n)] as const)) {
      expect(deviations(bundle(...calls), [moved(BOB, 12n), piece(12n)], BATCH)).toEqual([]);
      expect(deviations(bundle(...calls), [moved(BOB, 1n), piece(12n)], BATCH)).toEqual([
        ['OTHER_AMOUNT', 'erc20', '', 12n, 1n],
      ]);
    }
  });
  test('pieces of one token by both functions, in either order', () => {
    for (const calls of orders([NFT, from(12n)] as const, [NFT, safe(13n)] as const)) {
      expect(deviations(bundle(...calls), [piece(12n), piece(13n)], BATCH)).toEqual([]);
      expect(deviations(bundle(...calls), [piece(13n)], BATCH)).toEqual([['NOT_MOVED', 'erc721', '12', 1n, 0n]]);
      expect(deviations(bundle(...calls), [piece(12n)], BATCH)).toEqual([['NOT_MOVED', 'erc721', '13', 1n, 0n]]);
    }
  });
  test('a piece beside an amount of the same token, in either order', () => {
    const amount = moved(BOB, 7n, { address: NFT });
    for (const calls of orders([NFT, from(12n)] as const, [NFT, transfer(BOB, 7n)] as const)) {
      expect(deviations(bundle(...calls), [piece(12n), amount], BATCH)).toEqual([]);
      expect(deviations(bundle(...calls), [piece(12n)], BATCH)).toEqual([['NOT_MOVED', 'erc20', '', 7n, 0n]]);
    }
  });
});

test('a call that was not decoded says nothing of what may leave', () => {
  expect(deviations('0x12345678', [moved(CAROL, 9n)], BATCH)).toEqual([]);
});
