import { describe, expect, test } from 'vitest';
import { parseConfig, parseLaw, parseOperations } from '#schemas/config.ts';
import { expectRefusal } from '#test/support/code.ts';
import { plainLaw, plainOperations, plainWallet, splitOf } from '#test/support/law.ts';

/** A url that stands twice would agree with itself about outcomes. */
const operations = (...urls: string[]) => plainOperations({ rpc: [{ chainId: '31337', urls }] });

describe('a url that stands twice in one chain is refused, and not shown', () => {
  test.each([
    [['http://a.example', 'http://a.example', 'http://b.example']],
    [['https://a.example', 'https://A.example:443/']],
    [['https://a.example/key', 'https://a.example/key#2']],
    [['https://a.example/key', ' https://a.example/key']],
    [['secret:projects/p/secrets/s', 'secret:projects/p/secrets/s']],
  ])('%j', (urls) => {
    expectRefusal(
      () => parseOperations(operations(...urls)),
      'CONFIG',
      undefined,
      /^operations.rpc.0.urls: a url stands twice$/,
    );
  });

  test('so two of three urls are never one', () => {
    const chains = [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' } }];
    const law = plainLaw([plainWallet(splitOf(2, 3))], { chains });
    const read = (...urls: string[]) => parseConfig({ law, operations: operations(...urls) });
    expectRefusal(() => read('http://a', 'http://a', 'http://b'), 'CONFIG', undefined, /a url stands twice/);
    expect(read('http://a', 'http://b').operations.rpc[0]?.urls).toHaveLength(2);
  });
});

test('urls that differ in a path, a query or a port are different', () => {
  const urls = ['https://a.example/1', 'https://a.example/2', 'https://a.example/2?key=3', 'https://a.example:8545/2'];
  expect(parseOperations(operations(...urls)).rpc[0]?.urls).toEqual(urls);
});

describe('a block explorer is a place to which a path is added', () => {
  const lawWith = (explorer: string) =>
    parseLaw(
      plainLaw([plainWallet(splitOf(2, 3))], {
        chains: [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, explorer }],
      }),
    ).law;
  test.each(['https://etherscan.io', 'https://explorer.example/mainnet', 'https://a.example:8443/x'])('%s', (url) => {
    expect(lawWith(url).chains[0]?.explorer).toBe(url);
  });
  test.each([
    'https://etherscan.io/',
    'https://a.example/x/',
    'https://a.example/?network=TestNet',
    'https://a.example/#/tx',
    'http://a.example',
    'javascript:alert(1)',
    'https://user:pass@a.example',
    'https://A.example',
    'https://a.example/../x',
    'etherscan.io',
    '',
  ])('not %j', (url) => {
    expectRefusal(() => lawWith(url), 'CONFIG', undefined, /explorer: must be https/);
  });
});
