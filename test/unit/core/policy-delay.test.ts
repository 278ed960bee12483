import { Interface, MaxUint256 } from 'ethers';
import { expect, test } from 'vitest';
import { delayOf, weighDelays } from '#core/policy-delay.ts';
import { lawWith } from '#test/support/given.ts';
import { DESTINATION, requestOf } from '#test/support/law.ts';

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const OTHER = '0x6B175474E89094C44Da98b954EedeAC495271d0F';
const CALLS = new Interface([
  'function transfer(address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'function multicall(bytes[] data)',
]);
const call = (name: string, ...args: readonly unknown[]) => CALLS.encodeFunctionData(name, args);
const chain = {
  ...{ chainId: '31337', name: 'anvil', finality: { kind: 'confirmations', count: 0 }, trusted: true },
  tokens: [{ address: USDC, symbol: 'USDC', decimals: 6 }],
};
const LAW = lawWith(
  {
    policy: {
      rules: [{ name: 'any', effect: 'allow', destinations: ['*'], opaque: true, tokens: 'any' }],
      delays: [
        { name: 'ether', seconds: 60, aboveWei: '1000' },
        { name: 'more', seconds: 120, aboveWei: '2000' },
        { name: 'dollars', seconds: 300, chainId: '31337', token: 'USDC', aboveUnits: '5000' },
        { name: 'longest', seconds: 900, aboveWei: '1000000000' },
      ],
    },
  },
  { chains: [chain] },
);
const [WALLET] = LAW.wallets;
const delay = (fields: Readonly<Record<string, string>>) => {
  if (WALLET === undefined) throw new Error('no wallet');
  return delayOf(requestOf({ to: DESTINATION, value: '0', ...fields }), WALLET, LAW) / 1000;
};
const usdc = (data: string) => ({ to: USDC, data, gasLimit: '90000' });
const pay = (units: bigint) => call('transfer', DESTINATION, units);

test.each<[string, Readonly<Record<string, string>>, number]>([
  ['nothing', {}, 0],
  ['the amount itself', { value: '1000' }, 0],
  ['one wei above', { value: '1001' }, 60],
  ['above two: the longer', { value: '2001' }, 120],
  ['tokens at the amount', usdc(pay(5000n)), 0],
  ['one unit above', usdc(pay(5001n)), 300],
  ['an approval counts', usdc(call('approve', DESTINATION, 5001n)), 300],
  ['one without end too', usdc(call('approve', DESTINATION, MaxUint256)), 300],
  ['two calls within one count together', usdc(call('multicall', [pay(3000n), pay(3000n)])), 300],
  ['a token that the law does not name has the longest', { ...usdc(pay(1n)), to: OTHER }, 900],
  ['a call that nobody can decode has the longest', { data: '0xdeadbeef', gasLimit: '90000' }, 900],
])('%s', (_, fields, seconds) => {
  expect(delay(fields)).toBe(seconds);
});

test('each delay is weighed: what is counted, above what, and whether it applies', () => {
  if (WALLET === undefined) throw new Error('no wallet');
  const weighed = (fields: Readonly<Record<string, string>>) =>
    weighDelays(requestOf({ to: DESTINATION, value: '0', ...fields }), WALLET, LAW).map(
      ({ delay: { name }, amount, says }) => `${name} ${amount} ${says}`,
    );
  expect(weighed({ value: '1500' })).toEqual([
    'ether 1500 above',
    'more 1500 not above',
    'dollars 0 not above',
    'longest 1500 not above',
  ]);
  expect(weighed(usdc(pay(5001n)))).toEqual([
    'ether 0 not above',
    'more 0 not above',
    'dollars 5001 above',
    'longest 0 not above',
  ]);
  expect(weighed({ value: '1500', data: '0xdeadbeef', gasLimit: '90000' })).toEqual([
    'ether 1500 above',
    'more 1500 unvalued',
    'dollars 0 unvalued',
    'longest 1500 unvalued',
  ]);
});

test('a policy without delays has none', () => {
  const plain = lawWith();
  const [wallet] = plain.wallets;
  expect(wallet === undefined ? -1 : delayOf(requestOf({}), wallet, plain)).toBe(0);
});
