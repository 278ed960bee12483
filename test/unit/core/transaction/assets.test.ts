import { encodeFunctionData, parseAbi } from 'viem';
import { expect, test } from 'vitest';
import { assetsOf } from '#core/transaction/assets.ts';
import { assetAmount, MAX_ASSETS } from '#schemas/assets.ts';
import { requestOf } from '#test/support/law.ts';

const ABI = parseAbi([
  'function transfer(address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'function setApprovalForAll(address operator, bool approved)',
  'function decreaseAllowance(address spender, uint256 amount)',
  'function multicall(bytes[] data)',
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls)',
]);
const USDC = '0x3535353535353535353535353535353535353535';
const ART = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const BATCH = '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf';
const CHAIN = {
  chainId: '31337',
  tokens: [
    { address: USDC, symbol: 'USDC', decimals: 6, standard: 'erc20' as const },
    { address: ART, symbol: 'ART', decimals: 0, standard: 'erc721' as const },
  ],
};
const ANY = `${2n ** 256n - 1n}`;

/** 1 ETH, 100,000 gas at most 30 wei each: 1,000,000,000,003,000,000 wei can leave. */
const asked = (to: string, data: string, value = '0') =>
  requestOf({ to, data, value, gasLimit: '100000', maxFeePerGas: '30', maxPriorityFeePerGas: '1' });
const coin = (leaves: string) => ({
  ...{ chainId: '31337', standard: 'native', address: '', tokenId: '' },
  ...{ leaves, allows: '0' },
});
const token = (standard: string, address: string, leaves: string, allows: string) => ({
  ...{ chainId: '31337', standard, address, tokenId: '' },
  ...{ leaves, allows },
});

test.each([
  ['a payment: the coin alone', asked(USDC, '0x', '1000000000000000000'), 'yes', [coin('1000000000003000000')]],
  [
    'a transfer of a token',
    asked(USDC, encodeFunctionData({ abi: ABI, functionName: 'transfer', args: [ART, 250n] })),
    'yes',
    [coin('3000000'), token('erc20', USDC, '250', '0')],
  ],
  [
    'an approval in full, and one without end as any amount',
    asked(USDC, encodeFunctionData({ abi: ABI, functionName: 'approve', args: [ART, 2n ** 255n] })),
    'yes',
    [coin('3000000'), token('erc20', USDC, '0', ANY)],
  ],
  [
    'all pieces of a collection',
    asked(ART, encodeFunctionData({ abi: ABI, functionName: 'setApprovalForAll', args: [USDC, true] })),
    'yes',
    [coin('3000000'), token('erc721', ART, '0', ANY)],
  ],
  [
    'what takes rights back names no token',
    asked(USDC, encodeFunctionData({ abi: ABI, functionName: 'decreaseAllowance', args: [ART, 5n] })),
    'yes',
    [coin('3000000')],
  ],
  [
    'a contract that the law does not name counts as erc20',
    asked(BATCH, encodeFunctionData({ abi: ABI, functionName: 'transfer', args: [ART, 7n] })),
    'yes',
    [coin('3000000'), token('erc20', BATCH, '7', '0')],
  ],
  [
    'calls within a call, by address',
    asked(
      BATCH,
      encodeFunctionData({
        abi: ABI,
        functionName: 'aggregate3',
        args: [
          [
            {
              target: ART,
              allowFailure: false,
              callData: encodeFunctionData({ abi: ABI, functionName: 'approve', args: [USDC, 3n] }),
            },
            {
              target: USDC,
              allowFailure: false,
              callData: encodeFunctionData({ abi: ABI, functionName: 'transfer', args: [ART, 4n] }),
            },
            {
              target: USDC,
              allowFailure: false,
              callData: encodeFunctionData({ abi: ABI, functionName: 'transfer', args: [ART, 5n] }),
            },
          ],
        ],
      }),
    ),
    'yes',
    [coin('3000000'), token('erc20', USDC, '9', '0'), token('erc721', ART, '0', '1')],
  ],
  ['a call that nobody can decode may move more', asked(BATCH, '0x12345678'), 'no', [coin('3000000')]],
  [
    'and so may one within a call',
    asked(BATCH, encodeFunctionData({ abi: ABI, functionName: 'multicall', args: [['0x12345678']] })),
    'no',
    [coin('3000000')],
  ],
  ['a creation may do anything', asked('', '0x6000'), 'no', [coin('3000000')]],
])('%s', (_, request, tokensJudged, assets) => {
  const found = assetsOf(request, CHAIN);
  expect(found).toEqual({ tokensJudged, assets });
  for (const asset of found.assets) expect(assetAmount.parse(asset)).toEqual(asset);
});

test('as many tokens as calls fit in one request are listed, and a seal can hold them', () => {
  const calls = Array.from({ length: 64 }, (_, n) => ({
    target: `0x${(n + 1).toString(16).padStart(40, '0')}` as const,
    allowFailure: false,
    callData: encodeFunctionData({ abi: ABI, functionName: 'transfer', args: [ART, 1n] }),
  }));
  const data = encodeFunctionData({ abi: ABI, functionName: 'aggregate3', args: [calls] });
  const { tokensJudged, assets } = assetsOf(asked(BATCH, data), CHAIN);
  expect([tokensJudged, assets.length]).toEqual(['yes', 65]);
  expect(assets.length).toBeLessThanOrEqual(MAX_ASSETS);
});
