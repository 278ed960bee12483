import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import { type RequestOptions, run } from '#cli/commands/request.ts';
import { parseRequest } from '#schemas/request.ts';
import { BOB, lawJson, stageOf, TOKEN } from '#test/support/cli/people.ts';

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const tokens = [
  { address: USDC, symbol: 'USDC', decimals: 6 },
  { address: TOKEN, symbol: 'PASS', decimals: 0, standard: 'erc721' },
];
const [anvil] = lawJson().chains as object[];
const rules = [
  {
    name: 'any',
    effect: 'allow',
    destinations: ['*'],
    maxValueWei: '10000000000000000000',
    tokens: [{ chainId: '31337', token: 'USDC', maxUnits: '100000000' }],
  },
];
const [treasury] = lawJson().wallets as object[];
const law = { chains: [{ ...anvil, tokens }], wallets: [{ ...treasury, policy: { rules } }] };

const printed = async (options: RequestOptions) => {
  const stage = stageOf({ me: 'dapp', law, estimate: 60_000n });
  expect(await run(stage.session, { ...options, print: true })).toBe(0);
  return parseRequest(JSON.parse(stage.stdout.text).request);
};

test('--token and --amount make the call that pays it', async () => {
  const request = await printed({ to: BOB, token: 'USDC', amount: '12.5' });
  expect(request).toMatchObject({ to: USDC, value: '0' });
  const erc20 = new Interface(['function transfer(address to, uint256 amount) returns (bool)']);
  expect([...erc20.decodeFunctionData('transfer', request.data)]).toEqual([BOB, 12_500_000n]);
});

test('it is told in words', async () => {
  const stage = stageOf({ me: 'dapp', law, estimate: 60_000n });
  expect(await run(stage.session, { to: BOB, token: 'USDC', amount: '12.5', wait: false })).toBe(0);
  expect(stage.stdout.text).toContain(`PAY 12.5 USDC to ${BOB}`);
});

describe('what cannot be paid so is refused', () => {
  test.each<[string, RequestOptions, string, string]>([
    ['more digits than it has', { token: 'USDC', amount: '0.0000001' }, '--amount', 'has more than the 6 digits'],
    ['no amount', { token: 'USDC' }, 'token', 'say how much with --amount'],
    ['no token', { amount: '1' }, 'amount', 'For ether give --value'],
    [
      'another spelling',
      { token: 'usdc', amount: '1' },
      'token',
      'the law knows no usdc on chain 31337, only USDC, PASS',
    ],
    ['pieces', { token: 'PASS', amount: '1' }, 'token', 'PASS is erc721'],
    ['a value beside it', { token: 'USDC', amount: '1', value: '1' }, 'token', 'Leave out --data and --value'],
    ['data beside it', { token: 'USDC', amount: '1', data: '0x' }, 'token', 'Leave out --data and --value'],
    ['the token itself', { to: USDC, token: 'USDC', amount: '1' }, 'to', 'is the contract of USDC itself'],
    ['an address without checksum', { to: BOB.toLowerCase(), token: 'USDC', amount: '1' }, 'to', 'has no checksum'],
    ['a creation', { to: '', token: 'USDC', amount: '1' }, 'to', 'must be 0x and 40 hex digits'],
  ])('%s', async (_, options, field, words) => {
    await expect(printed({ to: BOB, ...options })).rejects.toMatchObject({
      code: 'USAGE',
      field,
      message: expect.stringContaining(words),
    });
  });

  test('a law without tokens', async () => {
    const stage = stageOf({ me: 'dapp' });
    await expect(run(stage.session, { to: BOB, token: 'USDC', amount: '1' })).rejects.toThrow(
      'the law names no token of chain 31337. Give --data instead',
    );
  });
});
