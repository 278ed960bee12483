import { Interface, MaxUint256, ZeroAddress } from 'ethers';
import { describe, expect, test } from 'vitest';
import { callLines, endlessIn } from '#cli/request/call-words.ts';
import { actionLines } from '#cli/request/render-action.ts';
import { callTree } from '#core/calls/call-tree.ts';
import type { Token } from '#schemas/tokens.ts';
import { BOB, configOf, requestOf } from '#test/support/cli/people.ts';

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const APES = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D';
const OTHER = '0x6B175474E89094C44Da98b954EedeAC495271d0F';
const BATCH = '0xcA11bde05977b3631167028862bE2a173976CA11';
const SAFE = '0x29fcB43b46531BcA003ddC8FCB67FFE91900C762';
const CAROL = '0x5151515151515151515151515151515151515151';
const TOKENS: readonly Token[] = [
  { address: USDC, symbol: 'USDC', decimals: 6, standard: 'erc20' },
  { address: APES, symbol: 'APE', decimals: 0, standard: 'erc721' },
];
const ABI = new Interface([
  'function transfer(address to, uint256 amount)',
  'function transferFrom(address from, address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'function increaseAllowance(address spender, uint256 amount)',
  'function decreaseAllowance(address spender, uint256 amount)',
  'function setApprovalForAll(address operator, bool approved)',
  'function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] amounts, bytes data)',
  'function aggregate3Value((address target, bool allowFailure, uint256 value, bytes callData)[] calls)',
  'function multicall(bytes[] data)',
  'function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)',
]);
const PERMIT = new Interface(['function permit(address,address,uint256,uint256,uint8,bytes32,bytes32)']);
const DAI = new Interface(['function permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)']);
const PIECE = new Interface(['function safeTransferFrom(address,address,uint256)']);
const MANY = new Interface(['function safeTransferFrom(address,address,uint256,uint256,bytes)']);
const call = (name: string, ...values: readonly unknown[]) => ABI.encodeFunctionData(name, values);
const WORD = `0x${'11'.repeat(32)}`;

const treeOf = (to: string, data: string, value = '0') => callTree(requestOf({ to, data, value }), TOKENS);
const lines = (to: string, data: string, value = '0') => callLines(treeOf(to, data, value), TOKENS);
const only = (to: string, data: string) => lines(to, data)[0];

describe('one call says who gets what, or may take what', () => {
  const permit = (amount: bigint, deadline: bigint) =>
    PERMIT.encodeFunctionData('permit', [CAROL, BOB, amount, deadline, 27, WORD, WORD]);
  test.each([
    [USDC, call('transfer', BOB, 2_500_000n), `PAY 2.5 USDC to ${BOB}`],
    [OTHER, call('transfer', BOB, 7n), `PAY 7 smallest units of token ${OTHER} to ${BOB}`],
    [USDC, call('transferFrom', CAROL, BOB, 1n), `MOVE 0.000001 USDC from ${CAROL} to ${BOB}`],
    [APES, call('transferFrom', CAROL, BOB, 7n), `MOVE piece 7 of APE from ${CAROL} to ${BOB}`],
    [USDC, call('approve', BOB, 5_000_000n), `LET ${BOB} SPEND 5 USDC`],
    [USDC, call('approve', BOB, MaxUint256), `LET ${BOB} SPEND ANY AMOUNT of USDC`],
    [USDC, call('approve', BOB, 2n ** 255n), `LET ${BOB} SPEND ANY AMOUNT of USDC`],
    [USDC, call('increaseAllowance', BOB, 5_000_000n), `LET ${BOB} SPEND 5 USDC more`],
    [USDC, call('decreaseAllowance', BOB, 5_000_000n), `LET ${BOB} SPEND 5 USDC less`],
    [APES, call('setApprovalForAll', BOB, true), `GIVE ${BOB} POWER OVER every APE, now and later`],
    [APES, call('setApprovalForAll', BOB, false), `TAKE from ${BOB} the power over every APE`],
    [
      USDC,
      permit(5_000_000n, 1_772_366_400n),
      `LET ${BOB} SPEND 5 USDC of ${CAROL} until 2026-03-01T12:00:00Z, by a signature of ${CAROL}`,
    ],
    [
      USDC,
      permit(MaxUint256, MaxUint256),
      `LET ${BOB} SPEND ANY AMOUNT of USDC of ${CAROL} without an end in time, by a signature of ${CAROL}`,
    ],
    [
      OTHER,
      DAI.encodeFunctionData('permit', [CAROL, BOB, 0n, 0n, true, 27, WORD, WORD]),
      `LET ${BOB} SPEND ANY AMOUNT of token ${OTHER} of ${CAROL}, by a signature of ${CAROL}`,
    ],
    [
      OTHER,
      DAI.encodeFunctionData('permit', [CAROL, BOB, 0n, 0n, false, 27, WORD, WORD]),
      `TAKE from ${BOB} what it may spend of token ${OTHER} of ${CAROL}`,
    ],
    [
      APES,
      PIECE.encodeFunctionData('safeTransferFrom', [CAROL, BOB, 7n]),
      `MOVE piece 7 of APE from ${CAROL} to ${BOB}`,
    ],
    [
      OTHER,
      MANY.encodeFunctionData('safeTransferFrom', [CAROL, BOB, 7n, 3n, '0x']),
      `MOVE 3 of piece 7 of token ${OTHER} from ${CAROL} to ${BOB}`,
    ],
    [
      OTHER,
      call('safeBatchTransferFrom', CAROL, BOB, [1n, 2n], [3n, 4n], '0x'),
      `MOVE 3 of piece 1 of token ${OTHER} and 4 of piece 2 of token ${OTHER} from ${CAROL} to ${BOB}`,
    ],
  ])('to %s: %s', (to, data, words) => {
    expect(only(to, data)).toBe(words);
  });
});

describe('calls within a call', () => {
  const bundle = call('aggregate3Value', [
    [USDC, false, 0n, call('transfer', BOB, 2_500_000n)],
    [CAROL, true, 10n ** 17n, '0x'],
    [OTHER, false, 0n, '0x12345678'],
    [USDC, false, 0n, `${call('transfer', BOB, 1n)}00`],
    [BATCH, false, 0n, call('multicall', [call('approve', BOB, MaxUint256)])],
  ]);
  test('are each told, by their place', () => {
    expect(lines(BATCH, bundle, '100000000000000000')).toEqual([
      `the calls below, by ${BATCH}`,
      `1. PAY 2.5 USDC to ${BOB}`,
      `2. SEND 0.1 ETH to ${CAROL}`,
      `3. CALL ${OTHER}: selector 0x12345678 is not one that keyturn can explain`,
      `4. CALL ${USDC}, which has bytes behind its arguments: no rule allows it`,
      `5. the calls below, by ${BATCH}`,
      `5.1. LET ${BOB} SPEND ANY AMOUNT of token ${BATCH}`,
    ]);
  });

  test('of a Safe name it, and what it pays back for gas', () => {
    const exec = (gasPrice: bigint) =>
      call('execTransaction', USDC, 0n, call('transfer', BOB, 1_000_000n), 0, 0n, 0n, gasPrice, ZeroAddress, BOB, '0x');
    expect(lines(SAFE, exec(0n))).toEqual([`as Safe ${SAFE}, the call below`, `1. PAY 1 USDC to ${BOB}`]);
    expect(only(SAFE, exec(1n))).toBe(`as Safe ${SAFE}, the call below, AND PAY BACK ITS GAS`);
  });

  test('an approval without end is found wherever it stands', () => {
    expect(endlessIn(treeOf(BATCH, bundle), TOKENS)).toEqual([{ spender: BOB, token: `token ${BATCH}` }]);
    const permit = PERMIT.encodeFunctionData('permit', [CAROL, BOB, MaxUint256, 0n, 27, WORD, WORD]);
    expect(endlessIn(treeOf(USDC, permit), TOKENS)).toEqual([{ spender: BOB, token: 'USDC' }]);
    expect(endlessIn(treeOf(USDC, call('approve', BOB, 5n)), TOKENS)).toEqual([]);
  });

  test('stand in what a co-signer is asked', () => {
    const { law } = configOf();
    const asked = actionLines(requestOf({ to: BATCH, value: '0', data: bundle }), law).map((line) =>
      typeof line === 'string' ? line : 'text' in line ? line.text : '',
    );
    expect(asked.slice(0, 3)).toEqual([
      `CALL ${BATCH}, sending no ETH`,
      `the calls below, by ${BATCH}`,
      `1. PAY 2500000 smallest units of token ${USDC} to ${BOB}`,
    ]);
  });
});
