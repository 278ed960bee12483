import { expect, test } from 'vitest';
import { agreementOf } from '#adapters/chain/google-chains.ts';
import { parseLaw } from '#schemas/config.ts';
import { plainLaw, plainWallet, splitOf } from '#test/support/law.ts';

test.each<[string, object, string, number]>([
  ['two urls must agree', {}, '31337', 2],
  ['also where the law says so', { trusted: false }, '31337', 2],
  ['one decides where the law calls the chain trusted', { trusted: true }, '31337', 1],
  ['nobody trusts a chain that the law does not name', { trusted: true }, '1', 2],
])('%s', (_what, over, chainId, need) => {
  const chain = { chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, ...over };
  expect(agreementOf(parseLaw(plainLaw([plainWallet(splitOf(2, 2))], { chains: [chain] })).law, chainId)).toBe(need);
});
