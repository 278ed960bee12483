import { describe, expect, test } from 'vitest';
import { parseLaw } from '#schemas/config.ts';
import { thrownBy } from '#test/support/code.ts';
import { DESTINATION, plainLaw, plainWallet, splitOf } from '#test/support/law.ts';

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const TOKEN = { address: USDC, symbol: 'USDC', decimals: 6 };
const split = splitOf(2, 3);
type Plain = Record<string, unknown>;

const lawWith = (rule: Plain, policy: Plain = {}, tokens: readonly Plain[] = [TOKEN]) =>
  plainLaw(
    [
      plainWallet(split, {
        policy: { rules: [{ name: 'any', effect: 'allow', destinations: ['*'], ...rule }], ...policy },
      }),
    ],
    {
      chains: [
        { chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true, tokens },
        { chainId: '1', name: 'other', finality: { kind: 'finalized' }, tokens: [{ ...TOKEN, symbol: 'DAI' }] },
      ],
    },
  );
const problemsOf = (value: unknown): readonly string[] => thrownBy(() => parseLaw(value)).message.split('\n');
const rule = 'law.wallets.0.policy.rules.0';
const cap = { chainId: '31337', token: 'USDC', maxUnits: '5' };
const TRANSFER = 'transfer(address to, uint256 amount)';
const PAY = 'pay((address to, uint8 share)[] payments, bool now, bytes4 kind, int8 tip, string memo, bytes raw)';
const limited = (...limits: readonly Plain[]) => ({ calls: [{ function: PAY, limits }] });

test('a law with all of it', () => {
  const calls = [
    {
      function: TRANSFER,
      limits: [
        { argument: 'to', in: [DESTINATION] },
        { argument: 'amount', atMost: '5' },
      ],
    },
    {
      function: PAY,
      limits: [
        { argument: 'payments[].to', in: [DESTINATION] },
        { argument: 'payments[].share', in: ['255'] },
        { argument: 'now', in: ['true', 'false'] },
        { argument: 'kind', in: ['0xa9059cbb'] },
        { argument: 'tip', in: ['-128', '0'] },
        { argument: 'memo', in: ['any text'] },
        { argument: 'raw', in: ['0x', '0x00'] },
      ],
    },
  ];
  const windows = [
    { name: 'ether', seconds: 60, maxWei: '1' },
    { name: 'usdc', seconds: 60, ...cap },
  ];
  const pinNonceAboveTokens = [{ chainId: '31337', token: 'USDC', units: '5' }];
  const { law } = parseLaw(lawWith({ calls, tokens: [cap] }, { windows, pinNonceAboveTokens }));
  expect(law.chains[0]?.tokens).toEqual([{ ...TOKEN, standard: 'erc20' }]);
  expect(law.wallets[0]?.policy.rules[0]?.calls?.map((one) => one.function.signature)).toEqual([
    'transfer(address,uint256)',
    'pay((address,uint8)[],bool,bytes4,int8,string,bytes)',
  ]);
});

describe('tokens of a chain', () => {
  const at = 'law.chains.0.tokens';
  test.each<[string, readonly Plain[], string]>([
    ['a lower-case address', [{ ...TOKEN, address: USDC.toLowerCase() }], `${at}.0.address: must carry the EIP-55`],
    ['a symbol with a space', [{ ...TOKEN, symbol: 'US DC' }], `${at}.0.symbol: must be 1 to 16 of`],
    ['a symbol in other letters', [{ ...TOKEN, symbol: 'USDС' }], `${at}.0.symbol: must be 1 to 16 of`],
    ['a fraction of a decimal', [{ ...TOKEN, decimals: 6.5 }], `${at}.0.decimals: `],
    ['too many decimals', [{ ...TOKEN, decimals: 78 }], `${at}.0.decimals: `],
    ['pieces with decimals', [{ ...TOKEN, standard: 'erc721' }], `${at}.0.decimals: must be 0 for pieces`],
    ['an address twice', [TOKEN, { ...TOKEN, symbol: 'OTHER' }], `${at}: an address stands twice`],
    [
      'a symbol twice, in another case',
      [TOKEN, { ...TOKEN, address: DESTINATION, symbol: 'usdc' }],
      `${at}: a symbol stands twice`,
    ],
  ])('%s', (_, tokens, problem) => {
    expect(problemsOf(lawWith({}, {}, tokens))).toContainEqual(expect.stringContaining(problem));
  });
});

describe('a rule', () => {
  test.each<[string, Plain, string]>([
    [
      'an unknown token',
      { tokens: [{ ...cap, token: 'DAI' }] },
      `${rule}.tokens.0.token: chain 31337 of this wallet names no token DAI`,
    ],
    [
      'a token of a chain where the wallet does not sign',
      { tokens: [{ ...cap, chainId: '1', token: 'DAI' }] },
      `${rule}.tokens.0.token: chain 1 of this wallet`,
    ],
    ['a token twice', { tokens: [cap, cap] }, `${rule}.tokens: a token stands twice`],
    ['a cap that is no amount', { tokens: [{ ...cap, maxUnits: '1.5' }] }, `${rule}.tokens`],
    [
      'selectors and calls',
      { selectors: ['0x'], calls: [{ function: TRANSFER }] },
      `${rule}.calls: a rule takes selectors or calls`,
    ],
    ['calls and opaque', { opaque: true, calls: [{ function: TRANSFER }] }, `${rule}.opaque: `],
    ['an unknown selector', { selectors: ['0x', '0x12345678'] }, `${rule}.selectors.1: no known function`],
    ['calls of init code', { destinations: ['create'], calls: [{ function: TRANSFER }] }, `${rule}.calls: init code`],
    ['a deny rule with tokens', { effect: 'deny', tokens: [cap] }, `${rule}.effect: a deny rule takes`],
    ['a deny rule with opaque', { effect: 'deny', opaque: true }, `${rule}.effect: a deny rule takes`],
    [
      'a deny rule with an amount',
      { effect: 'deny', calls: [{ function: TRANSFER, limits: [{ argument: 'amount', atMost: '5' }] }] },
      `${rule}.effect: a deny rule takes`,
    ],
    ['a function that is none', { calls: [{ function: 'transfer' }] }, `${rule}.calls.0.function: must be a function`],
    [
      'another spelling',
      { calls: [{ function: 'f(uint a)' }] },
      `${rule}.calls.0.function: must be written f(uint256 a)`,
    ],
    [
      // keccak256 of many_msg_babbage(bytes1) begins as that of transfer(address,uint256).
      'a function with the selector of a known one',
      { calls: [{ function: 'many_msg_babbage(bytes1 a)' }] },
      `${rule}.calls.0.function: has the selector of transfer(address,uint256)`,
    ],
    ['no such argument', limited({ argument: 'nobody', atMost: '1' }), `${rule}.calls.0.limits.0.argument: pay(`],
    [
      'no such member',
      limited({ argument: 'payments[].nobody', atMost: '1' }),
      `${rule}.calls.0.limits.0.argument: pay(`,
    ],
    ['an array that is none', limited({ argument: 'now[]', in: ['true'] }), `${rule}.calls.0.limits.0.argument: pay(`],
    [
      'a member of an array',
      limited({ argument: 'payments.to', in: [DESTINATION] }),
      `${rule}.calls.0.limits.0.argument: pay(`,
    ],
    [
      'a struct',
      limited({ argument: 'payments[]', in: ['1'] }),
      `${rule}.calls.0.limits.0.argument: is an array or a struct`,
    ],
    [
      'an array',
      limited({ argument: 'payments', in: ['1'] }),
      `${rule}.calls.0.limits.0.argument: is an array or a struct`,
    ],
    [
      'an amount of no number',
      limited({ argument: 'kind', atMost: '1' }),
      `${rule}.calls.0.limits.0.atMost: is for numbers`,
    ],
    ['neither in nor atMost', limited({ argument: 'tip' }), `${rule}.calls.0.limits.0: must have either`],
    ['both', limited({ argument: 'tip', in: ['1'], atMost: '1' }), `${rule}.calls.0.limits.0: must have either`],
    [
      'a lower-case address',
      limited({ argument: 'payments[].to', in: [`0x${'ab'.repeat(20)}`] }),
      `${rule}.calls.0.limits.0.in.0: must carry`,
    ],
    [
      'a number that does not fit',
      limited({ argument: 'payments[].share', in: ['256'] }),
      `${rule}.calls.0.limits.0.in.0: must fit uint8`,
    ],
    [
      'a signed number that does not fit',
      limited({ argument: 'tip', in: ['128'] }),
      `${rule}.calls.0.limits.0.in.0: must be a decimal`,
    ],
    [
      'a truth value of another kind',
      limited({ argument: 'now', in: ['1'] }),
      `${rule}.calls.0.limits.0.in.0: must be "true"`,
    ],
    [
      'bytes of another size',
      limited({ argument: 'kind', in: ['0xa9059c'] }),
      `${rule}.calls.0.limits.0.in.0: must hold 4 bytes`,
    ],
    ['bytes in capitals', limited({ argument: 'raw', in: ['0xAB'] }), `${rule}.calls.0.limits.0.in.0: must be 0x`],
  ])('with %s', (_, over, problem) => {
    expect(problemsOf(lawWith(over))).toContainEqual(expect.stringContaining(problem));
  });

  test('a function that nothing limits is read too', () => {
    expect(
      parseLaw(lawWith({ calls: [{ function: 'pause()' }] })).law.wallets[0]?.policy.rules[0]?.calls,
    ).toMatchObject([{ limits: [] }]);
  });
});

describe('windows and pinned nonces', () => {
  const windows = (over: Plain) => ({ windows: [{ name: 'day', seconds: 86_400, ...over }] });
  test.each<[string, Plain, string]>([
    ['a window of nothing', windows({}), 'policy.windows.0.maxWei: a window has either maxWei'],
    ['a window of both', windows({ maxWei: '1', ...cap }), 'policy.windows.0.maxWei: a window has either maxWei'],
    ['a window without a token', windows({ chainId: '31337', maxUnits: '1' }), 'policy.windows.0.maxWei: a window has'],
    [
      'a window without an amount',
      windows({ chainId: '31337', token: 'USDC' }),
      'policy.windows.0.maxWei: a window has',
    ],
    ['a window of an unknown token', windows({ ...cap, token: 'DAI' }), 'policy.windows.0.token: chain 31337 of this'],
    [
      'a pinned nonce of an unknown token',
      { pinNonceAboveTokens: [{ chainId: '31337', token: 'DAI', units: '1' }] },
      'policy.pinNonceAboveTokens.0.token: chain 31337 of this',
    ],
  ])('%s', (_, policy, problem) => {
    expect(problemsOf(lawWith({}, policy))).toContainEqual(expect.stringContaining(`law.wallets.0.${problem}`));
  });
});
