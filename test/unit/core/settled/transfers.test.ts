import { Interface, id } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { TransactionLog } from '#core/ports.ts';
import { movementsIn, type OwnValue } from '#core/settled/transfers.ts';

/** The events as their standards print them, encoded by ethers. */
const COIN = new Interface(['event Transfer(address indexed from, address indexed to, uint256 value)']);
const ART = new Interface(['event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)']);
const MANY = new Interface([
  'event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)',
  'event TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values)',
]);
const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const NFT = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D';
/** https://eips.ethereum.org/EIPS/eip-7708, SYSTEM_ADDRESS */
const SYSTEM = '0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE';
const WALLET = '0x3535353535353535353535353535353535353535';
const BOB = '0x4242424242424242424242424242424242424242';
const CAROL = '0x5151515151515151515151515151515151515151';

const logOf = (
  abi: Interface,
  name: string,
  values: readonly unknown[],
  address: string,
  index = 0n,
): TransactionLog => {
  const { topics, data } = abi.encodeEventLog(name, values);
  return { address, topics, data, index };
};
const coin = (from: string, to: string, amount: bigint, index = 0n, by = USDC) =>
  logOf(COIN, 'Transfer', [from, to, amount], by, index);
const NOTHING: OwnValue = { from: WALLET, to: BOB, wei: 0n };
const PAID: OwnValue = { from: WALLET, to: BOB, wei: 5n };
const moved = (logs: readonly TransactionLog[], own = NOTHING) => movementsIn(logs, own).movements;

describe('what logs say moved', () => {
  test('ERC-20: the amount stands in the data', () => {
    expect(movementsIn([coin(WALLET, BOB, 7n, 3n)], NOTHING)).toEqual({
      unread: false,
      movements: [{ standard: 'erc20', address: USDC, tokenId: '', from: WALLET, to: BOB, amount: 7n, index: 3n }],
    });
  });

  test('ERC-721: the same first topic, and the piece is a fourth one', () => {
    expect(moved([logOf(ART, 'Transfer', [WALLET, BOB, 2n ** 200n], NFT)])).toEqual([
      { standard: 'erc721', address: NFT, tokenId: `${2n ** 200n}`, from: WALLET, to: BOB, amount: 1n, index: 0n },
    ]);
  });

  test('ERC-1155: one or many, and the operator is nobody who got anything', () => {
    const [one, ...both] = moved([
      logOf(MANY, 'TransferSingle', [CAROL, WALLET, BOB, 9n, 4n], NFT),
      logOf(MANY, 'TransferBatch', [CAROL, WALLET, BOB, [1n, 2n], [10n, 20n]], NFT, 1n),
    ]);
    expect(one).toEqual({
      ...{ standard: 'erc1155', address: NFT, tokenId: '9', from: WALLET, to: BOB, amount: 4n, index: 0n },
    });
    expect(both.map(({ tokenId, amount }) => [tokenId, amount])).toEqual([
      ['1', 10n],
      ['2', 20n],
    ]);
  });

  test('other events say nothing', () => {
    const approval = new Interface(['event Approval(address indexed owner, address indexed spender, uint256 value)']);
    expect(movementsIn([logOf(approval, 'Approval', [WALLET, BOB, 7n], USDC)], NOTHING)).toEqual({
      movements: [],
      unread: false,
    });
    expect(movementsIn([{ address: USDC, topics: [], data: '0x', index: 0n }], NOTHING).unread).toBe(false);
  });

  const word = (hex: string) => `0x${hex.padStart(64, '0')}`;
  const [TRANSFER = ''] = coin(WALLET, BOB, 1n).topics;
  const TOPICS = [TRANSFER, word(WALLET.slice(2)), word(BOB.slice(2))];
  test.each<[string, Partial<TransactionLog>]>([
    ['no address indexed, as CryptoKitties', { topics: [TRANSFER], data: `0x${'00'.repeat(96)}` }],
    ['no data', { topics: TOPICS, data: '0x' }],
    ['a word too much', { topics: TOPICS, data: `0x${'00'.repeat(64)}` }],
    ['half a word', { topics: TOPICS, data: '0x00' }],
    ['a word that is no address', { topics: [TRANSFER, `0x${'11'.repeat(32)}`, word('22')], data: word('1') }],
    ['a piece, and data too', { topics: [...TOPICS, word('7')], data: word('1') }],
    ['lists of two lengths', logOf(MANY, 'TransferBatch', [CAROL, WALLET, BOB, [1n, 2n], [10n]], NFT)],
    ['lists that are none', { ...logOf(MANY, 'TransferBatch', [CAROL, WALLET, BOB, [], []], NFT), data: '0x11' }],
    ['the coin as a piece', { address: SYSTEM, topics: [...TOPICS, word('7')], data: '0x' }],
  ])('what has the name of a transfer and not its form is not guessed: %s', (_, log) => {
    const [first, second] = [coin(WALLET, BOB, 1n), coin(BOB, WALLET, 2n)];
    const { movements, unread } = movementsIn([first, { ...first, ...log }, second], NOTHING);
    expect(unread).toBe(true);
    expect(movements.map(({ amount }) => amount)).toEqual([1n, 2n]);
  });
});

describe('ether', () => {
  test('has no log before EIP-7708: the value of the request is put in front', () => {
    expect(
      moved([coin(BOB, WALLET, 7n)], PAID).map(({ standard, amount, index }) => [standard, amount, index]),
    ).toEqual([
      ['native', 5n, undefined],
      ['erc20', 7n, 0n],
    ]);
    expect(moved([], PAID)).toEqual([
      { standard: 'native', address: '', tokenId: '', from: WALLET, to: BOB, amount: 5n, index: undefined },
    ]);
  });

  test('is never counted twice where the chain logs it', () => {
    const logs = [coin(WALLET, BOB, 5n, 0n, SYSTEM), coin(BOB, WALLET, 2n, 1n, SYSTEM)];
    expect(moved(logs, PAID)).toEqual([
      { standard: 'native', address: '', tokenId: '', from: WALLET, to: BOB, amount: 5n, index: 0n },
      { standard: 'native', address: '', tokenId: '', from: BOB, to: WALLET, amount: 2n, index: 1n },
    ]);
  });

  test('that comes back is told only by a log', () => {
    expect(moved([coin(BOB, WALLET, 2n, 1n, SYSTEM)]).map(({ amount }) => amount)).toEqual([2n]);
  });

  test('to oneself does not move, and EIP-7708 has no log for it', () => {
    expect(moved([], { from: WALLET, to: WALLET, wei: 5n })).toEqual([]);
  });

  test('nothing but the chain logs in its name: a token may not', () => {
    expect(moved([coin(WALLET, BOB, 5n)], PAID).map(({ standard }) => standard)).toEqual(['native', 'erc20']);
  });

  test('burnt ether is no transfer', () => {
    const burn = { address: SYSTEM, topics: [id('Burn(address,uint256)'), word(WALLET)], data: word('05'), index: 0n };
    expect(movementsIn([burn], NOTHING)).toEqual({ movements: [], unread: false });
  });
});

const word = (hex: string) => `0x${hex.replace('0x', '').toLowerCase().padStart(64, '0')}`;
