import { type Abi, encodeFunctionData, type Hex, parseAbi, zeroAddress } from 'viem';
import { describe, expect, test } from 'vitest';
import { judgePolicy } from '#core/policy.ts';
import { parseLaw } from '#schemas/config.ts';
import { plainLaw, plainWallet, requestOf, splitOf } from '#test/support/law.ts';

/** Calls are encoded by viem, from the functions as their contracts print them. */
const ABI = parseAbi([
  'function transfer(address to, uint256 value) returns (bool)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function increaseAllowance(address spender, uint256 addedValue) returns (bool)',
  'function setApprovalForAll(address operator, bool approved)',
  'struct Call3Value { address target; bool allowFailure; uint256 value; bytes callData; }',
  'function aggregate3Value(Call3Value[] calls) payable',
  'function multicall(bytes[] data) payable',
  'function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures) payable returns (bool success)',
  'struct Payment { address to; uint256 amount; }',
  'function pay(Payment[] payments, int64 tip)',
]);
const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const NFT = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D';
const BATCH = '0xcA11bde05977b3631167028862bE2a173976CA11';
const PAYROLL = '0x29fcB43b46531BcA003ddC8FCB67FFE91900C762';
const BOB = '0x3535353535353535353535353535353535353535';
const CAROL = '0x4242424242424242424242424242424242424242';
const MALLORY = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const MAX = 2n ** 256n - 1n;

const call = (functionName: string, ...args: readonly unknown[]): Hex => {
  const abi: Abi = ABI;
  return encodeFunctionData({ abi, functionName, args });
};

type Plain = Record<string, unknown>;
const TOKENS = [
  { address: USDC, symbol: 'USDC', decimals: 6 },
  { address: NFT, symbol: 'APE', decimals: 0, standard: 'erc721' },
];
const CHAIN = { chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true, tokens: TOKENS };
const upTo = (maxUnits: number | string, token = 'USDC') => ({ chainId: '31337', token, maxUnits: String(maxUnits) });
const allow = (name: string, over: Plain = {}): Plain => ({ name, effect: 'allow', destinations: ['*'], ...over });
const denial = (name: string, over: Plain = {}): Plain => ({ name, effect: 'deny', destinations: ['*'], ...over });

const judge = (rules: readonly Plain[], over: Plain, policy: Plain = {}) => {
  const { law } = parseLaw(
    plainLaw([plainWallet(splitOf(2, 3), { policy: { rules, ...policy } })], { chains: [CHAIN] }),
  );
  const [wallet] = law.wallets;
  if (wallet === undefined) throw new Error('no wallet');
  return judgePolicy(requestOf({ to: USDC, value: '0', ...over }), wallet, law);
};
const pay = (amount: bigint, to = BOB) => ({ data: call('transfer', to, amount) });

describe('a cap of a token', () => {
  const capped = [allow('usdc', { destinations: [USDC], tokens: [upTo(5_000_000)] })];

  test.each([
    ['all of it', pay(5_000_000n), true],
    ['one unit more', pay(5_000_001n), false],
    ['all that there can be', pay(MAX), false],
    ['an approval within it', { data: call('approve', BOB, 5_000_000n) }, true],
    ['an approval beyond it', { data: call('approve', BOB, 5_000_001n) }, false],
    ['an approval that is taken back', { data: call('approve', BOB, 0n) }, true],
    ['an increase beyond it', { data: call('increaseAllowance', BOB, 5_000_001n) }, false],
    ['an approval for all', { data: call('setApprovalForAll', BOB, true) }, false],
    ['a plain transfer of nothing to the token', { data: '0x' }, true],
  ])('%s', (_, over, allowed) => {
    expect(judge(capped, over).kind).toBe(allowed ? 'allowed' : 'denied');
  });

  test('the reason names the token, in units and in its decimals', () => {
    expect(judge(capped, pay(5_000_001n))).toEqual({
      kind: 'denied',
      code: 'POLICY_DENIED',
      field: 'data',
      rule: 'usdc',
      reason: 'it moves or allows 5000001 units (5.000001 USDC); the cap of rule usdc is 5000000 units (5 USDC)',
    });
  });

  test('an approval without end exceeds even the highest cap that can be written', () => {
    const most = [allow('all', { tokens: [upTo(MAX.toString())] })];
    expect(judge(most, pay(MAX)).kind).toBe('allowed');
    expect(judge(most, { data: call('approve', BOB, MAX) })).toMatchObject({
      reason: expect.stringContaining('it moves or allows any amount of USDC'),
    });
  });

  test('a rule that says nothing of tokens moves none; "any" moves all, of contracts that have no name too', () => {
    expect(judge([allow('ether')], pay(1n))).toMatchObject({
      kind: 'denied',
      reason: 'it moves or allows 1 units (0.000001 USDC), and rule ether admits none',
    });
    expect(judge([allow('ether')], { ...pay(0n), to: CAROL })).toMatchObject({
      reason: `it moves or allows tokens of ${CAROL}, which rule ether does not name`,
    });
    expect(judge([allow('usdc', { tokens: [upTo(9)] })], { ...pay(1n), to: CAROL }).kind).toBe('denied');
    for (const to of [USDC, CAROL])
      expect(judge([allow('free', { tokens: 'any' })], { ...pay(MAX), to }).kind).toBe('allowed');
  });

  test('a cap of another token, or of another chain, is none', () => {
    expect(judge([allow('ape', { tokens: [upTo(9, 'APE')] })], pay(1n)).kind).toBe('denied');
    const piece = { to: NFT, data: call('approve', BOB, 4242n) };
    expect(judge([allow('ape', { tokens: [upTo(1, 'APE')] })], piece).kind).toBe('allowed');
    expect(judge([allow('ape', { tokens: [upTo(0, 'APE')] })], piece)).toMatchObject({
      reason: 'it moves or allows 1 of APE; the cap of rule ape is 0 of APE',
    });
  });

  test('tiers: the small rule first, the large one with more approvals', () => {
    const tiers = [allow('small', { tokens: [upTo(100)] }), allow('large', { tokens: [upTo(1000)], approvals: 3 })];
    expect(judge(tiers, pay(100n))).toEqual({ kind: 'allowed', rule: 'small', approvals: 2 });
    expect(judge(tiers, pay(101n))).toEqual({ kind: 'allowed', rule: 'large', approvals: 3 });
    expect(judge(tiers, pay(1001n)).kind).toBe('denied');
  });
});

describe('limits of arguments', () => {
  const TRANSFER = 'transfer(address to, uint256 amount)';
  const toBob = allow('bob', {
    destinations: [USDC],
    tokens: [upTo(1000)],
    calls: [
      {
        function: TRANSFER,
        limits: [
          { argument: 'to', in: [BOB, CAROL] },
          { argument: 'amount', atMost: '50' },
        ],
      },
    ],
  });

  test.each([
    ['within both', pay(50n), 'allowed', ''],
    ['the other payee', pay(1n, CAROL), 'allowed', ''],
    ['another payee', pay(1n, MALLORY), 'denied', 'argument to is none of those of rule bob'],
    ['one more', pay(51n), 'denied', 'argument amount exceeds the limit of 50 of rule bob'],
    ['another call', { data: call('approve', BOB, 1n) }, 'denied', 'the call is none of those that rule bob admits'],
    ['no call', { data: '0x' }, 'denied', 'the call is none of those that rule bob admits'],
  ])('%s', (_, over, kind, reason) => {
    const verdict = judge([toBob], over);
    expect([verdict.kind, verdict.kind === 'denied' ? verdict.reason : '']).toEqual([kind, reason]);
  });

  const PAY = 'pay((address to, uint256 amount)[] payments, int64 tip)';
  const payroll = allow('payroll', {
    destinations: [PAYROLL],
    calls: [
      {
        function: PAY,
        limits: [
          { argument: 'payments[].to', in: [BOB, CAROL] },
          { argument: 'payments[].amount', atMost: '10' },
          { argument: 'tip', atMost: '5' },
        ],
      },
    ],
  });
  const batch = (...payments: (readonly [string, bigint])[]) => ({
    to: PAYROLL,
    data: call(
      'pay',
      payments.map(([to, amount]) => ({ to, amount })),
      0n,
    ),
  });

  test('of a function that nobody knows but the law: each element of an array of structs', () => {
    expect(judge([payroll], batch([BOB, 10n], [CAROL, 1n])).kind).toBe('allowed');
    expect(judge([payroll], batch()).kind).toBe('allowed');
    expect(judge([payroll], batch([BOB, 1n], [MALLORY, 1n]))).toMatchObject({ kind: 'denied', rule: 'payroll' });
    expect(judge([payroll], batch([BOB, 11n])).kind).toBe('denied');
  });

  test('a number with a sign counts without it', () => {
    const tip = (amount: bigint) => ({ to: PAYROLL, data: call('pay', [], amount) });
    expect([-6n, -5n, 5n, 6n].map((amount) => judge([payroll], tip(amount)).kind)).toEqual([
      'denied',
      'allowed',
      'allowed',
      'denied',
    ]);
  });

  test('a deny rule denies where one element is listed', () => {
    const never = denial('never', {
      calls: [{ function: PAY, limits: [{ argument: 'payments[].to', in: [MALLORY] }] }],
    });
    const open = allow('open', { opaque: true });
    expect(judge([open, never], batch([BOB, 1n])).kind).toBe('allowed');
    expect(judge([open, never], batch([BOB, 1n], [MALLORY, 1n]))).toMatchObject({ rule: 'never' });
    const all = denial('all', { calls: [{ function: PAY }] });
    expect(judge([open, all], batch())).toMatchObject({ rule: 'all' });
  });

  test.each([
    ['trailing bytes', (data: string) => `${data}00`],
    [
      'a dirty address',
      (data: string) => data.replace('0'.repeat(24) + BOB.slice(2), `${'0'.repeat(23)}1${BOB.slice(2)}`),
    ],
    ['an offset that leaves a gap', (data: string) => data.replace(`${'0'.repeat(62)}40`, `${'0'.repeat(62)}60`)],
    ['no arguments', (data: string) => data.slice(0, 10)],
  ])('with %s it matches every deny rule and no allow rule', (_, spoil) => {
    const over = batch([BOB, 1n]);
    const spoilt = { ...over, data: spoil(over.data) };
    expect(spoilt.data).not.toBe(over.data);
    const open = allow('open', { opaque: true, tokens: 'any' });
    const never = denial('never', {
      calls: [{ function: PAY, limits: [{ argument: 'payments[].to', in: [MALLORY] }] }],
    });
    expect(judge([open, payroll], spoilt)).toMatchObject({ kind: 'denied', rule: 'default', field: 'data' });
    expect(judge([open, never], spoilt)).toMatchObject({ kind: 'denied', rule: 'never' });
  });
});

describe('what is not canonical', () => {
  const open = allow('open', { opaque: true, tokens: 'any' });
  test.each([
    ['trailing bytes', `${pay(1n).data}00`, 'the call has bytes behind its arguments'],
    [
      'a dirty address',
      pay(1n).data.replace('0'.repeat(24), `${'0'.repeat(23)}1`),
      'the call has an address with more than 20 bytes',
    ],
    ['too few', pay(1n).data.slice(0, -2), 'the call ends before its arguments do'],
  ])('no rule allows: %s', (_, data, reason) => {
    expect(judge([open], { data })).toEqual({
      kind: 'denied',
      code: 'POLICY_DENIED',
      field: 'data',
      rule: 'default',
      reason: `no rule allows it: ${reason}`,
    });
    expect(judge([open, denial('never', { selectors: ['0x'] })], { data })).toMatchObject({ rule: 'never' });
  });

  test('what cannot be decoded needs a rule that says opaque', () => {
    for (const data of ['0xdeadbeef', '0xa9', '0xdeadbeef00']) {
      expect(judge([allow('any')], { data })).toMatchObject({
        kind: 'denied',
        field: 'data',
        reason: 'the call cannot be decoded, and rule any does not admit opaque calls',
      });
      expect(judge([open], { data }).kind).toBe('allowed');
    }
  });

  test('a token call is no opaque one: its cap counts under opaque too', () => {
    expect(judge([allow('opaque', { opaque: true })], pay(1n)).kind).toBe('denied');
  });
});

describe('calls within calls', () => {
  const inner = (target: string, value: bigint, callData: string) => ({ target, allowFailure: false, value, callData });
  const many = (...calls: ReturnType<typeof inner>[]) => ({
    to: BATCH,
    value: calls.reduce((sum, { value }) => sum + value, 0n).toString(),
    data: call('aggregate3Value', calls),
  });
  const batch = allow('batch', { destinations: [BATCH], maxValueWei: '10', tokens: [upTo(100)] });
  const bob = allow('bob', { destinations: [BOB], maxValueWei: '3' });
  const usdc = allow('usdc', { destinations: [USDC], tokens: [upTo(60)], approvals: 3 });

  test('each by itself, with its own value; together they are what the outer call moves', () => {
    expect(judge([batch, bob], many(inner(BOB, 3n, '0x'), inner(BOB, 3n, '0x')))).toEqual({
      kind: 'allowed',
      rule: 'batch',
      approvals: 2,
    });
    expect(judge([batch, bob], many(inner(BOB, 4n, '0x')))).toMatchObject({
      rule: 'bob',
      field: 'data',
      reason: expect.stringMatching(/^call 1 in data: value 4 wei/),
    });
    expect(judge([batch, bob], many(...Array(4).fill(inner(BOB, 3n, '0x'))))).toMatchObject({
      rule: 'batch',
      field: 'value',
    });
  });

  test('the most approvals that any of them asks for', () => {
    expect(judge([batch, bob, usdc], many(inner(BOB, 1n, '0x'), inner(USDC, 0n, pay(60n).data)))).toEqual({
      kind: 'allowed',
      rule: 'batch',
      approvals: 3,
    });
  });

  test('tokens add up, so that many small calls are no way round the cap of the outer one', () => {
    const payments = (count: number) => many(...Array(count).fill(inner(USDC, 0n, pay(50n).data)));
    expect(judge([batch, usdc], payments(2)).kind).toBe('allowed');
    expect(judge([batch, usdc], payments(3))).toMatchObject({ rule: 'batch', field: 'data' });
  });

  test('one that no rule allows, one that a rule denies, one that is not canonical', () => {
    const rules = [batch, bob, usdc, denial('mallory', { destinations: [MALLORY] })];
    expect(judge(rules, many(inner(BOB, 1n, '0x'), inner(CAROL, 1n, '0x')))).toMatchObject({
      rule: 'default',
      field: 'data',
      reason: `call 2 in data: no rule of wallet hot allows destination ${CAROL}`,
    });
    expect(judge(rules, many(inner(MALLORY, 0n, '0x')))).toMatchObject({ rule: 'mallory' });
    expect(judge(rules, many(inner(USDC, 0n, `${pay(1n).data}00`)))).toMatchObject({
      reason: 'call 1 in data: no rule allows it: the call has bytes behind its arguments',
    });
  });

  test('a delegatecall, whatever the rules say', () => {
    const exec = (operation: number) => ({
      to: CAROL,
      data: call('execTransaction', BOB, 0n, '0x', operation, 0n, 0n, 0n, zeroAddress, zeroAddress, '0x'),
    });
    const open = allow('open', { opaque: true, tokens: 'any' });
    expect(judge([open], exec(0)).kind).toBe('allowed');
    expect(judge([open], exec(1))).toMatchObject({
      kind: 'denied',
      reason:
        'call 1 in data: no rule allows it: the call is a delegatecall: foreign code would act as the contract itself',
    });
  });

  test('65 calls, whatever the rules say', () => {
    const open = allow('open', { opaque: true, tokens: 'any' });
    const some = (count: number) => ({ data: call('multicall', Array(count).fill('0x')) });
    expect(judge([open], some(64)).kind).toBe('allowed');
    expect(judge([open], some(65))).toMatchObject({ reason: 'no rule allows it: the call is one of more than 64' });
  });
});

describe('windows and pinned nonces of tokens', () => {
  const rules = [allow('any', { tokens: [upTo(MAX.toString())], opaque: true })];
  const window = { name: 'a-day', seconds: 86_400, ...upTo(1000) };

  test('more than a whole window admits is refused at once', () => {
    expect(judge(rules, pay(1000n), { windows: [window] }).kind).toBe('allowed');
    expect(judge(rules, pay(1001n), { windows: [window] })).toEqual({
      kind: 'denied',
      code: 'POLICY_DENIED',
      field: 'data',
      rule: 'a-day',
      reason: '1001 units (0.001001 USDC) exceeds all that window a-day admits, 1000 units (0.001 USDC)',
    });
    expect(judge(rules, { data: '0x', value: '5000' }, { windows: [window] }).kind).toBe('allowed');
  });

  test('above what is pinned a nonce must be named', () => {
    const pinned = { pinNonceAboveTokens: [{ chainId: '31337', token: 'USDC', units: '10' }] };
    expect(judge(rules, pay(10n), pinned).kind).toBe('allowed');
    expect(judge(rules, pay(11n), pinned)).toEqual({
      kind: 'denied',
      code: 'NONCE_REQUIRED',
      field: 'nonce',
      rule: 'pinNonceAboveTokens',
      reason: 'must be given for a value above 10 units (0.00001 USDC); this one is 11 units (0.000011 USDC)',
    });
    expect(judge(rules, { ...pay(11n), nonce: '4' }, pinned).kind).toBe('allowed');
    expect(judge(rules, { data: '0x', value: '5000' }, pinned).kind).toBe('allowed');
  });
});
