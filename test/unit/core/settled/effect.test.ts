import { Interface } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { TransactionLog } from '#core/ports.ts';
import { allowancesIn } from '#core/settled/allowances.ts';
import { effectOf } from '#core/settled/effect.ts';

/** The events as their standards print them, encoded by ethers. */
const COIN = new Interface([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Approval(address indexed owner, address indexed spender, uint256 value)',
]);
const ART = new Interface([
  'event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)',
  'event ApprovalForAll(address indexed owner, address indexed operator, bool approved)',
]);
const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const NFT = '0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D';
/** https://eips.ethereum.org/EIPS/eip-7708, and what traceTransfers of eth_simulateV1 names. */
const SYSTEM = '0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE';
const TRACER = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';
const WALLET = '0x3535353535353535353535353535353535353535';
const BOB = '0x4242424242424242424242424242424242424242';
const CAROL = '0x5151515151515151515151515151515151515151';
const ZERO = `0x${'0'.repeat(40)}`;

const logOf = (abi: Interface, name: string, values: readonly unknown[], address: string): TransactionLog => {
  const { topics, data } = abi.encodeEventLog(name, values);
  return { address, topics, data, index: 0n };
};
const ether = (from: string, to: string, wei: bigint, by = TRACER) => logOf(COIN, 'Transfer', [from, to, wei], by);
const ran = (...logs: readonly TransactionLog[]) => ({ success: true, revertData: undefined, logs });
const PAID = { from: WALLET, to: BOB, wei: 5n };
const native = (from: string, to: string, amount: bigint) =>
  expect.objectContaining({ standard: 'native', address: '', from, to, amount });

describe('ether in a simulation', () => {
  test('is told by its trace, also where a contract sends it on', () => {
    const { movements, etherTraced } = effectOf(ran(ether(WALLET, BOB, 5n), ether(BOB, CAROL, 3n)), PAID);
    expect([movements, etherTraced]).toEqual([[native(WALLET, BOB, 5n), native(BOB, CAROL, 3n)], true]);
  });

  test('counts once on a chain that logs it by itself', () => {
    const both = ran(ether(WALLET, BOB, 5n), ether(WALLET, BOB, 5n, SYSTEM));
    expect(effectOf(both, PAID).movements).toEqual([native(WALLET, BOB, 5n)]);
  });

  test('of a node that does not trace it is the request’s own, and the rest is said not to be known', () => {
    const { movements, etherTraced } = effectOf(ran(), PAID);
    expect([movements, etherTraced]).toEqual([[native(WALLET, BOB, 5n)], false]);
  });

  test('that is not there needs no trace', () => {
    expect(effectOf(ran(), { ...PAID, wei: 0n })).toMatchObject({ movements: [], etherTraced: true });
  });

  test('of a failure does not move', () => {
    const failed = { success: false, revertData: '0x', logs: [ether(WALLET, BOB, 5n)] };
    expect(effectOf(failed, PAID)).toEqual({
      success: false,
      revertData: '0x',
      movements: [],
      unread: false,
      allowances: [],
      etherTraced: true,
    });
  });
});

describe('allowances', () => {
  const erc20 = (owner: string, amount: bigint, spender = BOB) =>
    logOf(COIN, 'Approval', [owner, spender, amount], USDC);

  test.each([
    ['ERC-20', erc20(WALLET, 7n), { standard: 'erc20', address: USDC, tokenId: '', spender: BOB, amount: 7n }],
    [
      'one piece',
      logOf(ART, 'Approval', [WALLET, BOB, 9n], NFT),
      { standard: 'erc721', address: NFT, tokenId: '9', spender: BOB, amount: 1n },
    ],
    [
      'one piece that nobody may take any more',
      logOf(ART, 'Approval', [WALLET, ZERO, 9n], NFT),
      { standard: 'erc721', address: NFT, tokenId: '9', spender: ZERO, amount: 0n },
    ],
    [
      'every piece',
      logOf(ART, 'ApprovalForAll', [WALLET, BOB, true], NFT),
      { standard: 'erc721', address: NFT, tokenId: '', spender: BOB, amount: 2n ** 256n - 1n },
    ],
    [
      'no piece any more',
      logOf(ART, 'ApprovalForAll', [WALLET, BOB, false], NFT),
      { standard: 'erc721', address: NFT, tokenId: '', spender: BOB, amount: 0n },
    ],
  ])('of %s', (_, log, expected) => {
    expect(allowancesIn([log], WALLET)).toEqual([expected]);
  });

  test('the last word counts, and that of another owner does not', () => {
    const logs = [erc20(WALLET, 7n), erc20(WALLET, 0n), erc20(CAROL, 9n), erc20(WALLET, 4n, CAROL)];
    expect(allowancesIn(logs, WALLET).map(({ spender, amount }) => [spender, amount])).toEqual([
      [BOB, 0n],
      [CAROL, 4n],
    ]);
  });

  test('what has the name and not the form is none', () => {
    const [good] = [erc20(WALLET, 7n)];
    const odd: readonly TransactionLog[] = [
      { ...good, data: '0x' },
      { ...good, topics: good.topics.slice(0, 2) },
      { ...good, topics: [good.topics[0] ?? '', `0x${'f'.repeat(64)}`, good.topics[2] ?? ''] },
      { ...good, topics: [...good.topics, `0x${'1'.repeat(64)}`] },
    ];
    expect(allowancesIn(odd, WALLET)).toEqual([]);
  });
});
