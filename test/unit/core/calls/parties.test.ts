import { Interface, MaxUint256, solidityPacked, ZeroAddress } from 'ethers';
import { expect, test } from 'vitest';
import { callTree } from '#core/calls/call-tree.ts';
import { addressesIn, partiesOf } from '#core/calls/parties.ts';
import { abiFunction } from '#schemas/abi.ts';
import { requestOf } from '#test/support/law.ts';

const [A, B, C, D] = ['1', '2', '3', '4'].map((digit) => `0x${digit.repeat(40)}`) as [string, string, string, string];
const CALLS = new Interface([
  'function transfer(address,uint256)',
  'function transferFrom(address,address,uint256)',
  'function approve(address,uint256)',
  'function increaseAllowance(address,uint256)',
  'function decreaseAllowance(address,uint256)',
  'function setApprovalForAll(address,bool)',
  'function permit(address,address,uint256,uint256,uint8,bytes32,bytes32)',
  'function permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)',
  'function safeTransferFrom(address,address,uint256)',
  'function safeTransferFrom(address,address,uint256,bytes)',
  'function safeTransferFrom(address,address,uint256,uint256,bytes)',
  'function safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)',
  'function multicall(bytes[])',
  'function aggregate3Value((address,bool,uint256,bytes)[])',
  'function multiSend(bytes)',
  'function execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)',
]);
const call = (name: string, ...args: unknown[]): string => CALLS.encodeFunctionData(name, args);
const HASH = `0x${'0'.repeat(64)}`;
const PERMIT = 'permit(address,address,uint256,uint256,uint8,bytes32,bytes32)';
const DAI_PERMIT = 'permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)';
const packed = (...calls: readonly (readonly [to: string, value: bigint])[]): string =>
  `0x${calls
    .map(([to, value]) =>
      solidityPacked(['uint8', 'address', 'uint256', 'uint256', 'bytes'], [0, to, value, 0, '0x']).slice(2),
    )
    .join('')}`;

const parties = (to: string, data: string, value = '0') =>
  partiesOf(callTree(requestOf({ to, data, value }), []), [], () => false).map(
    ({ address, roles }) => `${address} ${roles.join('+')}`,
  );
const named = `${A} named`;

test.each<[string, string[], string[]]>([
  ['ether', [B, '0x', '1'], [`${B} payee`]],
  ['no ether', [B, '0x'], [`${B} named`]],
  ['a call that nobody decodes', [A, '0x12345678'], [`${A} target`]],
  ['the same with ether', [A, '0x12345678', '1'], [`${A} payee`]],
  ['what is not canonical', [A, `${call('transfer', B, 1n)}00`], [`${A} target`]],
  ['a creation', ['', '0x6001'], []],
  ['transfer', [A, call('transfer', B, 1n)], [named, `${B} payee`]],
  ['a transfer of nothing', [A, call('transfer', B, 0n)], [named, `${B} named`]],
  ['a transfer to nobody', [A, call('transfer', ZeroAddress, 1n)], [named]],
  ['a transfer to the token', [A, call('transfer', A, 1n)], [`${A} payee+named`]],
  ['transferFrom', [A, call('transferFrom', B, C, 1n)], [named, `${C} payee`, `${B} named`]],
  ['approve', [A, call('approve', B, MaxUint256)], [named, `${B} spender`]],
  ['approve nothing', [A, call('approve', B, 0n)], [named, `${B} named`]],
  ['increaseAllowance', [A, call('increaseAllowance', B, 1n)], [named, `${B} spender`]],
  ['decreaseAllowance', [A, call('decreaseAllowance', B, 1n)], [named, `${B} named`]],
  ['permit', [A, call(PERMIT, B, C, 1n, 2n, 27, HASH, HASH)], [named, `${C} spender`, `${B} named`]],
  ['permit of DAI', [A, call(DAI_PERMIT, B, C, 1n, 2n, true, 27, HASH, HASH)], [named, `${C} spender`, `${B} named`]],
  [
    'the same taken back',
    [A, call(DAI_PERMIT, B, C, 1n, 2n, false, 27, HASH, HASH)],
    [named, `${C} named`, `${B} named`],
  ],
  ['power over all', [A, call('setApprovalForAll', B, true)], [named, `${B} spender`]],
  ['power taken back', [A, call('setApprovalForAll', B, false)], [named, `${B} named`]],
  ['a piece', [A, call('safeTransferFrom(address,address,uint256)', B, C, 0n)], [named, `${C} payee`, `${B} named`]],
  [
    'a piece with data',
    [A, call('safeTransferFrom(address,address,uint256,bytes)', B, C, 0n, '0x')],
    [named, `${C} payee`, `${B} named`],
  ],
  [
    'pieces, none of them',
    [A, call('safeTransferFrom(address,address,uint256,uint256,bytes)', B, C, 7n, 0n, '0x')],
    [named, `${C} named`, `${B} named`],
  ],
  [
    'many pieces',
    [A, call('safeBatchTransferFrom', B, C, [1n, 2n], [0n, 3n], '0x')],
    [named, `${C} payee`, `${B} named`],
  ],
  ['none of many', [A, call('safeBatchTransferFrom', B, C, [1n], [0n], '0x')], [named, `${C} named`, `${B} named`]],
  [
    'calls within calls',
    [A, call('multicall', [call('transfer', B, 1n), call('multicall', [call('approve', C, 1n)])])],
    [named, `${B} payee`, `${C} spender`],
  ],
  [
    'ether within calls',
    [
      A,
      call('aggregate3Value', [
        [B, false, 1n, '0x'],
        [C, false, 0n, '0x12345678'],
      ]),
      '1',
    ],
    [`${A} payee`, `${B} payee`, `${C} target`],
  ],
  ['a batch of a Safe', [A, call('multiSend', packed([B, 1n], [C, 0n]))], [named, `${B} payee`, `${C} named`]],
  [
    'a Safe that pays its gas back',
    [A, call('execTransaction', B, 1n, '0x', 0, 0n, 0n, 1n, C, D, '0x')],
    [named, `${D} payee`, `${C} named`, `${B} payee`],
  ],
  [
    'a Safe that does not',
    [A, call('execTransaction', B, 0n, '0x', 0, 0n, 0n, 0n, ZeroAddress, ZeroAddress, '0x')],
    [named, `${B} named`],
  ],
])('%s', (_, [to = '', data = '', value = '0'], expected) => {
  expect(parties(to, data, value)).toEqual(expected);
});

test('every address within a value, in arrays and tuples too', () => {
  const { inputs } = abiFunction('pay((address to, uint8 share)[] payments, address[2] both, bytes raw)');
  const values = [
    [
      [A, 1n],
      [B, 2n],
    ],
    [C, D],
    '0x',
  ];
  expect(inputs.flatMap(({ type }, n) => addressesIn(type, values[n]))).toEqual([A, B, C, D]);
});

test('of pieces, number 0 is one', () => {
  const found = (data: string) =>
    partiesOf(callTree(requestOf({ to: A, data }), []), [], (contract) => contract === A).flatMap(
      ({ address, roles }) => (address === C ? roles : []),
    );
  expect(found(call('transferFrom', B, C, 0n))).toEqual(['payee']);
  expect(found(call('approve', C, 0n))).toEqual(['spender']);
  expect(found(call('transfer', C, 0n))).toEqual(['named']);
});

test('what a rule explains is an argument, and weighs less than a payment', () => {
  const tree = callTree(requestOf({ to: A, data: '0x12345678', value: '1' }), []);
  expect(partiesOf(tree, [B, A], () => false)).toEqual([
    { address: A, roles: ['payee', 'argument'] },
    { address: B, roles: ['argument'] },
  ]);
});
