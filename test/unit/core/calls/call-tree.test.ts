import { type Abi, encodeFunctionData, encodePacked, type Hex, parseAbi, zeroAddress } from 'viem';
import { describe, expect, test } from 'vitest';
import { allCalls, type CallNode, callTree } from '#core/calls/call-tree.ts';
import { UNLIMITED } from '#core/calls/moves.ts';
import type { Token } from '#schemas/tokens.ts';
import { requestOf } from '#test/support/law.ts';

/** The functions as their standards and contracts print them, encoded by viem. */
const ABI = parseAbi([
  'function transfer(address to, uint256 value) returns (bool)',
  'function transferFrom(address from, address to, uint256 value) returns (bool)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function increaseAllowance(address spender, uint256 addedValue) returns (bool)',
  'function decreaseAllowance(address spender, uint256 subtractedValue) returns (bool)',
  'function setApprovalForAll(address operator, bool approved)',
  'function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] values, bytes data)',
  'struct Call { address target; bytes callData; }',
  'struct Call3 { address target; bool allowFailure; bytes callData; }',
  'struct Call3Value { address target; bool allowFailure; uint256 value; bytes callData; }',
  'function aggregate(Call[] calls) payable returns (uint256 blockNumber, bytes[] returnData)',
  'function tryAggregate(bool requireSuccess, Call[] calls) payable',
  'function aggregate3(Call3[] calls) payable',
  'function aggregate3Value(Call3Value[] calls) payable',
  'function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures) payable returns (bool success)',
  'function multiSend(bytes transactions) payable',
]);
const PERMIT = parseAbi([
  'function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
]);
const DAI = parseAbi([
  'function permit(address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, uint8 v, bytes32 r, bytes32 s)',
]);
const PIECE = parseAbi(['function safeTransferFrom(address from, address to, uint256 tokenId)']);
const PIECE_WITH = parseAbi(['function safeTransferFrom(address from, address to, uint256 tokenId, bytes data)']);
const MANY = parseAbi(['function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes data)']);
const SELF = parseAbi(['function multicall(bytes[] data) payable']);
const SELF_UNTIL = parseAbi(['function multicall(uint256 deadline, bytes[] data) payable']);

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const NFT = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D';
const BATCH = '0xcA11bde05977b3631167028862bE2a173976CA11';
const SAFE = '0x29fcB43b46531BcA003ddC8FCB67FFE91900C762';
const BOB = '0x3535353535353535353535353535353535353535';
const CAROL = '0x4242424242424242424242424242424242424242';
const MAX = 2n ** 256n - 1n;
const WORD: Hex = `0x${'11'.repeat(32)}`;

const TOKENS: readonly Token[] = [
  { address: USDC, symbol: 'USDC', decimals: 6, standard: 'erc20' },
  { address: NFT, symbol: 'APE', decimals: 0, standard: 'erc721' },
];

const call = (abi: Abi, functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi, functionName, args });
const known = (functionName: string, ...args: readonly unknown[]): Hex => call(ABI, functionName, args);
const tree = (data: string, over: Record<string, string> = {}): CallNode =>
  callTree(requestOf({ to: USDC, value: '0', data, ...over }), TOKENS);
const unitsIn = (node: CallNode) => Object.fromEntries(node.units);
const leaves = (amount: bigint) => ({ leaves: amount, allows: 0n });
const allows = (amount: bigint) => ({ leaves: 0n, allows: amount });

describe('what a call may move or allow', () => {
  test.each([
    ['transfer', known('transfer', BOB, 5n), leaves(5n)],
    ['transferFrom', known('transferFrom', CAROL, BOB, 6n), leaves(6n)],
    ['approve', known('approve', BOB, 7n), allows(7n)],
    ['approve of nothing', known('approve', BOB, 0n), allows(0n)],
    ['approve without end', known('approve', BOB, MAX), allows(UNLIMITED)],
    ['approve of half of all there can be', known('approve', BOB, 2n ** 255n), allows(UNLIMITED)],
    ['approve of one less', known('approve', BOB, 2n ** 255n - 1n), allows(2n ** 255n - 1n)],
    ['increaseAllowance', known('increaseAllowance', BOB, 8n), allows(8n)],
    ['increaseAllowance without end', known('increaseAllowance', BOB, MAX), allows(UNLIMITED)],
    ['decreaseAllowance', known('decreaseAllowance', BOB, 8n), allows(0n)],
    ['permit', call(PERMIT, 'permit', [CAROL, BOB, 9n, MAX, 27, WORD, WORD]), allows(9n)],
    ['permit without end', call(PERMIT, 'permit', [CAROL, BOB, MAX, MAX, 27, WORD, WORD]), allows(UNLIMITED)],
    ['permit of DAI', call(DAI, 'permit', [CAROL, BOB, 0n, 0n, true, 27, WORD, WORD]), allows(UNLIMITED)],
    ['permit of DAI, taken back', call(DAI, 'permit', [CAROL, BOB, 0n, 0n, false, 27, WORD, WORD]), allows(0n)],
    ['setApprovalForAll', known('setApprovalForAll', BOB, true), allows(UNLIMITED)],
    ['setApprovalForAll, taken back', known('setApprovalForAll', BOB, false), allows(0n)],
    ['safeTransferFrom of many', call(MANY, 'safeTransferFrom', [CAROL, BOB, 1n, 10n, '0x']), leaves(10n)],
    ['safeBatchTransferFrom', known('safeBatchTransferFrom', CAROL, BOB, [1n, 2n], [10n, 20n], '0x'), leaves(30n)],
  ])('%s', (_, data, units) => {
    expect(unitsIn(tree(data))).toEqual({ [USDC]: units });
  });

  test.each([
    ['transferFrom', known('transferFrom', CAROL, BOB, 1234n), leaves(1n)],
    ['approve', known('approve', BOB, 1234n), allows(1n)],
    ['approve, taken back', known('approve', zeroAddress, 1234n), allows(0n)],
    ['safeTransferFrom', call(PIECE, 'safeTransferFrom', [CAROL, BOB, 1234n]), leaves(1n)],
    ['safeTransferFrom with data', call(PIECE_WITH, 'safeTransferFrom', [CAROL, BOB, 1234n, '0x00']), leaves(1n)],
  ])('of ERC-721 a piece, not its number: %s', (_, data, units) => {
    expect(unitsIn(tree(data, { to: NFT }))).toEqual({ [NFT]: units });
  });

  test('of a contract that the law does not name too', () => {
    expect(unitsIn(tree(known('transfer', BOB, 5n), { to: CAROL }))).toEqual({ [CAROL]: leaves(5n) });
  });
});

describe('what is no call of a token', () => {
  test.each([
    ['plain', '0x', {}],
    ['unknown', '0xdeadbeef', {}],
    ['unknown', '0xa9059c', {}],
    ['creation', '0x6000', { to: '' }],
  ])('%s: %s', (kind, data, over) => {
    expect(tree(data, { value: '3', ...over })).toMatchObject({ content: { kind }, moves: 3n, within: [] });
  });

  test.each([
    ['ends-early', '0xa9059cbb'],
    ['trailing-bytes', `${known('transfer', BOB, 5n)}00`],
    ['dirty-address', `0xa9059cbb${'0'.repeat(22)}ff${BOB.slice(2)}${'0'.repeat(64)}`],
    ['dirty-bool', known('setApprovalForAll', BOB, true).replace(/1$/, '2')],
  ])('refused as %s', (cause, data) => {
    expect(tree(data).content).toEqual({ kind: 'refused', cause });
  });
});

const places = (node: CallNode) =>
  allCalls(node).map(({ place, to, value, content }) => [
    place,
    to,
    value,
    content.kind === 'refused' ? content.cause : content.kind,
  ]);
const PAY = known('transfer', BOB, 5n);

describe('calls within calls', () => {
  test('aggregate, tryAggregate and aggregate3 give no value', () => {
    const struct = { target: USDC, callData: PAY };
    for (const data of [
      known('aggregate', [struct, struct]),
      known('tryAggregate', false, [struct, struct]),
      known('aggregate3', [
        { ...struct, allowFailure: true },
        { ...struct, allowFailure: false },
      ]),
    ]) {
      const node = tree(data, { to: BATCH, value: '7' });
      expect(places(node)).toEqual([
        ['', BATCH, 7n, 'known'],
        ['1', USDC, 0n, 'known'],
        ['2', USDC, 0n, 'known'],
      ]);
      expect([unitsIn(node), node.moves]).toEqual([{ [USDC]: leaves(10n) }, 7n]);
    }
  });

  test('aggregate3Value gives each its own; together they may move more than the value around them', () => {
    const inner = [3n, 4n].map((value) => ({ target: BOB, allowFailure: true, value, callData: '0x' }));
    const node = tree(known('aggregate3Value', inner), { to: BATCH, value: '5' });
    expect(places(node).slice(1)).toEqual([
      ['1', BOB, 3n, 'plain'],
      ['2', BOB, 4n, 'plain'],
    ]);
    expect(node.moves).toBe(7n);
  });

  test.each([
    ['', call(SELF, 'multicall', [[PAY, PAY]])],
    [' with a deadline', call(SELF_UNTIL, 'multicall', [9n, [PAY, PAY]])],
  ])('multicall%s calls its own contract, and each call sees the whole value', (_, data) => {
    const node = tree(data, { value: '5' });
    expect(places(node)).toEqual([
      ['', USDC, 5n, 'known'],
      ['1', USDC, 5n, 'known'],
      ['2', USDC, 5n, 'known'],
    ]);
    expect([unitsIn(node), node.moves]).toEqual([{ [USDC]: leaves(10n) }, 5n]);
  });

  const exec = (over: { data?: Hex; operation?: number; gasPrice?: bigint; gasToken?: Hex; value?: bigint }): Hex =>
    known(
      'execTransaction',
      USDC,
      over.value ?? 0n,
      over.data ?? PAY,
      over.operation ?? 0,
      0n,
      0n,
      over.gasPrice ?? 0n,
      over.gasToken ?? zeroAddress,
      zeroAddress,
      '0x1234',
    );

  test('execTransaction of a Safe: what the Safe pays counts', () => {
    const node = tree(exec({ value: 9n }), { to: SAFE });
    expect(places(node)).toEqual([
      ['', SAFE, 0n, 'known'],
      ['1', USDC, 9n, 'known'],
    ]);
    expect([unitsIn(node), node.moves]).toEqual([{ [USDC]: leaves(5n) }, 9n]);
  });

  test('a refund of gas, which nothing bounds', () => {
    expect(tree(exec({ gasPrice: 1n }), { to: SAFE }).moves).toBe(UNLIMITED);
    expect(unitsIn(tree(exec({ gasPrice: 1n, gasToken: CAROL }), { to: SAFE }))).toEqual({
      [CAROL]: leaves(UNLIMITED),
      [USDC]: leaves(5n),
    });
  });

  test.each([
    [1, 'delegatecall'],
    [2, 'unknown-operation'],
    [255, 'unknown-operation'],
  ])('operation %i of a Safe is refused', (operation, cause) => {
    expect(places(tree(exec({ operation }), { to: SAFE }))[1]).toEqual(['1', USDC, 0n, cause]);
  });

  const item = (operation: number, to: Hex, value: bigint, data: Hex): string =>
    encodePacked(
      ['uint8', 'address', 'uint256', 'uint256', 'bytes'],
      [operation, to, value, BigInt((data.length - 2) / 2), data],
    ).slice(2);
  const send = (...items: string[]): CallNode => tree(known('multiSend', `0x${items.join('')}`), { to: BATCH });

  test('multiSend', () => {
    const node = send(item(0, USDC, 0n, PAY), item(0, BOB, 6n, '0x'), item(1, CAROL, 1n, '0x'));
    expect(places(node).slice(1)).toEqual([
      ['1', USDC, 0n, 'known'],
      ['2', BOB, 6n, 'plain'],
      ['3', CAROL, 1n, 'delegatecall'],
    ]);
    expect([unitsIn(node), node.moves]).toEqual([{ [USDC]: leaves(5n) }, 7n]);
    expect(places(send())).toHaveLength(1);
  });

  test.each([
    ['ends within a head', item(0, BOB, 6n, '0x').slice(2)],
    ['ends within its data', item(0, USDC, 0n, PAY).slice(0, -2)],
    ['has a byte too many', `${item(0, BOB, 6n, '0x')}00`],
    ['calls the zero address, which some take for the Safe', item(0, zeroAddress, 6n, '0x')],
    ['claims a length beyond all', `00${BOB.slice(2)}${'0'.repeat(64)}${'f'.repeat(64)}`],
  ])('a batch that %s is refused', (_, items) => {
    expect(places(send(items)).at(-1)?.[3]).toBe('broken-batch');
  });

  const deep = (levels: number): Hex => (levels === 0 ? PAY : call(SELF, 'multicall', [[deep(levels - 1)]]));

  test('four levels are read, a fifth is refused', () => {
    expect(places(tree(deep(4))).map(([place, , , kind]) => [place, kind])).toEqual([
      ['', 'known'],
      ['1', 'known'],
      ['1.1', 'known'],
      ['1.1.1', 'known'],
      ['1.1.1.1', 'known'],
    ]);
    expect(places(tree(deep(5))).at(-1)).toEqual(['1.1.1.1', USDC, 0n, 'too-deep']);
  });

  test('64 calls are read, one more is refused, at whatever level it lies', () => {
    const many = (count: number): Hex => call(SELF, 'multicall', [Array.from({ length: count }, () => '0x')]);
    expect(allCalls(tree(many(64)))).toHaveLength(65);
    expect(places(tree(many(65)))).toEqual([['', USDC, 0n, 'too-many-calls']]);
    const halves = call(SELF, 'multicall', [[many(31), many(31)]]);
    expect(allCalls(tree(halves))).toHaveLength(65);
    const more = call(SELF, 'multicall', [[many(31), many(32)]]);
    expect(places(tree(more)).at(-1)).toEqual(['2', USDC, 0n, 'too-many-calls']);
    expect(places(send(...Array.from({ length: 700 }, () => item(0, BOB, 1n, '0x'))))[0]?.[3]).toBe('too-many-calls');
  });

  test('a refused call within does not hide what lies beside it', () => {
    const node = tree(call(SELF, 'multicall', [[`${PAY}00`, PAY]]));
    expect(places(node).map(([, , , kind]) => kind)).toEqual(['known', 'trailing-bytes', 'known']);
  });
});
