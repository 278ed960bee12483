import { arbitrum, base, baseSepolia, mainnet, optimism, optimismSepolia, polygon, unichain, zora } from 'viem/chains';
import { describe, expect, test } from 'vitest';
import { parseLaw } from '#schemas/config.ts';
import { gasRulesOf } from '#schemas/gas-rules.ts';
import { thrownBy } from '#test/support/code.ts';
import { DESTINATION, plainLaw, plainWallet, splitOf } from '#test/support/law.ts';

const plain = { chainId: '31337', name: 'one', finality: { kind: 'finalized' }, trusted: true };
const split = splitOf(2, 3);
const lawOf = (over: object) => plainLaw([plainWallet(split)], { chains: [{ ...plain, ...over }] });
const ruled = (over: object = {}) => {
  const [chain] = parseLaw(lawOf(over)).law.chains;
  if (chain === undefined) throw new Error('no chain');
  return gasRulesOf(chain);
};
const rulesOf = (chainId: number | bigint) =>
  gasRulesOf({ chainId: `${chainId}`, name: 'one', finality: { kind: 'finalized' }, trusted: false, tokens: [] });

describe('gas rules of a chain that the law says nothing of', () => {
  test.each([
    ['Ethereum', mainnet.id, 16_777_216n, 1n],
    ['Arbitrum One', arbitrum.id, 32_000_000n, 0n],
    ['Polygon', polygon.id, 32_000_000n, 25_000_000_000n],
    ['a chain that nobody knows', 987_654_321, 16_777_216n, 0n],
  ])('%s', (_, id, maxTransactionGas, leastTip) => {
    expect(rulesOf(id)).toEqual({
      chainId: `${id}`,
      maxTransactionGas,
      leastTip,
      transactionTypes: ['0', '1', '2'],
      forks: [
        { name: 'osaka', at: undefined },
        { name: 'amsterdam', at: undefined },
      ],
      dataFee: undefined,
    });
  });

  // The oracle of each as viem knows it.
  test.each([optimism, base, unichain, zora, optimismSepolia, baseSepolia])(
    '$name pays a data fee',
    ({ id, contracts }) => {
      expect(rulesOf(id).dataFee).toEqual({ oracle: contracts.gasPriceOracle.address, max: 10n ** 15n });
    },
  );

  test.each([1337, 31_337])('a local node, chain %i, follows no fork by itself', (id) => {
    expect(rulesOf(id).forks).toEqual([{ name: 'osaka', at: undefined }]);
  });
});

describe('gas rules of the law', () => {
  test('stand in place of the defaults, each by itself', () => {
    expect(
      ruled({
        maxTransactionGas: '30000000',
        leastTipWei: '7',
        transactionTypes: ['0'],
        forks: [{ name: 'osaka' }, { name: 'amsterdam', date: '2027-03-01T12:00:00Z' }],
        dataFee: { oracle: DESTINATION, maxWei: '5' },
      }),
    ).toEqual({
      chainId: '31337',
      maxTransactionGas: 30_000_000n,
      leastTip: 7n,
      transactionTypes: ['0'],
      forks: [
        { name: 'osaka', at: undefined },
        { name: 'amsterdam', at: Date.UTC(2027, 2, 1, 12) },
      ],
      dataFee: { oracle: DESTINATION, max: 5n },
    });
    expect(ruled({ leastTipWei: '7' })).toEqual({ ...ruled(), leastTip: 7n });
  });

  test.each<[string, object, string]>([
    [
      'a cap below a transfer',
      { maxTransactionGas: '20999' },
      'law.chains.0.maxTransactionGas: must be at least 21000',
    ],
    ['a cap that is no number', { maxTransactionGas: '2^24' }, 'law.chains.0.maxTransactionGas: must be a decimal'],
    ['a number instead of text', { leastTipWei: 1 }, 'law.chains.0.leastTipWei'],
    ['no type', { transactionTypes: [] }, 'law.chains.0.transactionTypes'],
    ['a type twice', { transactionTypes: ['2', '2'] }, 'law.chains.0.transactionTypes: a type stands twice'],
    ['a type that nobody signs', { transactionTypes: ['4'] }, 'law.chains.0.transactionTypes.0'],
    ['no fork', { forks: [] }, 'law.chains.0.forks'],
    ['a fork of no schedule', { forks: [{ name: 'bogota' }] }, 'law.chains.0.forks.0.name'],
    [
      'a first fork with a date',
      { forks: [{ name: 'osaka', date: '2027-01-01T00:00:00Z' }] },
      'law.chains.0.forks.0.date: the first fork is in force already',
    ],
    [
      'forks in another order',
      { forks: [{ name: 'amsterdam' }, { name: 'osaka' }] },
      'law.chains.0.forks.1.name: osaka must not stand after amsterdam',
    ],
    [
      'a fork twice',
      { forks: [{ name: 'osaka' }, { name: 'osaka' }] },
      'law.chains.0.forks.1.name: osaka must not stand after osaka',
    ],
    [
      'a date that is none',
      { forks: [{ name: 'osaka' }, { name: 'amsterdam', date: '2027-02-30T00:00:00Z' }] },
      'law.chains.0.forks.1.date: must be a real instant',
    ],
    ['an oracle that is no address', { dataFee: { oracle: '0x1', maxWei: '1' } }, 'law.chains.0.dataFee.oracle'],
    ['a data fee without a bound', { dataFee: { oracle: DESTINATION } }, 'law.chains.0.dataFee.maxWei'],
    ['a field of another name', { gasCap: '1' }, 'law.chains.0: Unrecognized key'],
  ])('%s is refused', (_, over, message) => {
    expect(thrownBy(() => parseLaw(lawOf(over))).message).toContain(message);
  });
});
