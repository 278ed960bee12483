import { describe, expect, test } from 'vitest';
import { parseLaw } from '#schemas/config.ts';
import { thrownBy } from '#test/support/code.ts';
import { DESTINATION, plainLaw, plainWallet, splitOf } from '#test/support/law.ts';

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const OTHER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const WALLET = plainWallet(splitOf(2, 3));
const token = { address: USDC, symbol: 'USDC', decimals: 6 };

const lawWith = (names: unknown, more: readonly object[] = []) =>
  plainLaw([WALLET], {
    chains: [
      { chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true, tokens: [token], names },
      ...more,
    ],
  });
const named = (name: unknown, address: unknown = DESTINATION) => lawWith([{ address, name }]);
const problemOf = (law: unknown): string => thrownBy(() => parseLaw(law)).message;
const AT = 'law.chains.0.names';

test.each([
  'Acme',
  'Acme Supplies GmbH',
  "O'Brien & Sons, Ltd.",
  'rent_2026',
  'A',
  'x'.repeat(48),
  'Oxfam',
  'Depot 0815',
])('a name as people write it: %s', (name) => {
  expect(parseLaw(named(name)).law.chains[0]?.names).toEqual([{ address: DESTINATION, name }]);
});

test('a law without a book is as it was, and a book changes its hash', () => {
  const { names: _, ...chain } = {
    chainId: '31337',
    name: 'anvil',
    finality: { kind: 'finalized' },
    trusted: true,
    names: 1,
  };
  const without = parseLaw(plainLaw([WALLET], { chains: [{ ...chain, tokens: [token] }] }));
  expect(without.law.chains[0]).not.toHaveProperty('names');
  expect(parseLaw(named('Acme')).lawHash).not.toBe(without.lawHash);
  expect(parseLaw(named('Acme')).lawHash).not.toBe(parseLaw(named('Acne')).lawHash);
});

describe('names that could mislead are refused, with the reason', () => {
  test.each<[string, unknown, string]>([
    ['empty', '', 'must be 1 to 48'],
    ['too long', 'x'.repeat(49), 'must be 1 to 48'],
    ['space in front', ' Acme', 'must be 1 to 48'],
    ['space behind', 'Acme ', 'must be 1 to 48'],
    ['two spaces', 'Acme  Ltd', 'must be 1 to 48'],
    ['a line break', 'Acme\nLtd', 'must be 1 to 48'],
    ['an escape', 'Acme\u001b[2K', 'must be 1 to 48'],
    ['a right-to-left mark', 'Acme\u202e', 'must be 1 to 48'],
    ['a Cyrillic letter', '\u0410cme', 'must be 1 to 48'],
    ['an accent', 'Caf\u00e9', 'must be 1 to 48'],
    ['brackets, which stand around what keyturn says', 'Acme (token USDC)', 'must be 1 to 48'],
    ['quotes, which stand around a name', 'Acme\u201d own wallet', 'must be 1 to 48'],
    ['a number', '1000', 'must hold a letter'],
    ['an address', DESTINATION, 'looks like an address or an id'],
    ['the beginning of one', '0x7099..79C8', 'looks like an address or an id'],
    ['the beginning of one behind a word', 'to 0x7099', 'looks like an address or an id'],
    ['one with an O', 'Ox70997970', 'looks like an address or an id'],
    ['digits of one', '70997970C51812dc', 'looks like an address or an id'],
    ['the beginning of an id', '3f2a91bc', 'looks like an address or an id'],
    ['an id in pieces', '3f2a 91bc', 'looks like an address or an id'],
    ['no text', 7, 'Invalid input'],
  ])('%s', (_, name, reason) => {
    expect(problemOf(named(name))).toMatch(new RegExp(`^${AT}\\.0\\.name: .*${reason}`));
  });

  test.each([
    ['a token', 'usdc', 'token USDC'],
    ['a token, with its kind', 'Token U.S.D.C', 'token USDC'],
    ['a wallet', 'H0T', 'wallet hot'],
    ['a wallet, with its kind', 'wallet hot', 'wallet hot'],
    ['a wallet of nobody', 'own wallet vault', 'an own wallet'],
    ['a co-signer', 'A1ice', 'co-signer alice'],
  ])('%s', (_, name, other) => {
    expect(problemOf(named(name))).toBe(`${AT}.0.name: ${name} looks like ${other}`);
  });

  test('two names that can be taken for each other', () => {
    const law = lawWith([
      { address: DESTINATION, name: 'Miller 1' },
      { address: OTHER, name: 'rniller-I' },
    ]);
    expect(problemOf(law)).toBe(`${AT}.1.name: rniller-I looks like Miller 1`);
  });
});

describe('addresses', () => {
  test.each<[string, unknown, string]>([
    ['lower case, where a typing error goes unnoticed', OTHER.toLowerCase(), 'must carry the EIP-55 checksum'],
    ['a wrong checksum', OTHER.replace('C8', 'c8'), 'must carry the EIP-55 checksum'],
    ['too short', '0x7099', 'must be 0x and 40 hex digits'],
    ['a token of the chain', USDC, 'is token USDC already'],
    ['a wallet', WALLET.address, 'is wallet hot already'],
  ])('%s', (_, address, reason) => {
    expect(problemOf(named('Acme', address))).toBe(`${AT}.0.address: ${reason}`);
  });

  test('one that stands twice', () => {
    const law = lawWith([
      { address: OTHER, name: 'Acme' },
      { address: OTHER, name: 'Bolt' },
    ]);
    expect(problemOf(law)).toBe(`${AT}: an address stands twice`);
  });

  test('another field, and too many', () => {
    expect(problemOf(lawWith([{ address: OTHER, name: 'Acme', note: '' }]))).toContain(`${AT}.0`);
    const many = Array.from({ length: 257 }, (_, n) => ({ address: OTHER, name: `Acme ${n}` }));
    expect(problemOf(lawWith(many))).toContain(AT);
  });

  test('each chain has a book of its own', () => {
    const other = {
      chainId: '1',
      name: 'other',
      finality: { kind: 'finalized' },
      names: [{ address: OTHER, name: 'Acme' }],
    };
    const { law } = parseLaw(lawWith([{ address: DESTINATION, name: 'Acme' }], [other]));
    expect(law.chains.map(({ names }) => names?.[0]?.address)).toEqual([DESTINATION, OTHER]);
  });
});
