import { describe, expect, test } from 'vitest';
import type { RpcNode } from '#adapters/chain/chain.ts';
import { pastChain } from '#adapters/chain/past.ts';
import type { PastLog } from '#adapters/chain/past-logs.ts';
import { KeyturnError } from '#schemas/codes.ts';

const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

/** A node that tells `count` logs of each block that is asked for first, and refuses the first so many questions. */
const nodeOf = (count: number, refused = 0) => {
  const asked: bigint[] = [];
  const node = {
    ask: async (
      method: string,
      [filter]: readonly [{ fromBlock: string; toBlock: string; topics: (string[] | null)[] }],
    ) => {
      if (method !== 'eth_getLogs') return 1n;
      const [from, to] = [BigInt(filter.fromBlock), BigInt(filter.toBlock)];
      asked.push(to - from + 1n);
      if (asked.length <= refused) throw new KeyturnError('RPC_REFUSED', 'too wide', { field: 'refused' });
      const topics = filter.topics.map((one) => one?.[0] ?? `0x${'0'.repeat(64)}`);
      return Array.from({ length: count }, (_, n): PastLog & { gone: boolean } => ({
        ...{ address: OWNER, topics, data: '0x', index: BigInt(n), gone: false },
        ...{ transactionHash: '', blockNumber: from, blockHash: '' },
      }));
    },
  };
  return { node: node as unknown as RpcNode, asked };
};

describe('logs of an account', () => {
  test.each([
    ['of one range', 150_000, 1n, 'CHAIN_UNREACHABLE'],
    ['of all ranges together', 34_000, 50_000n, 'CHAIN_UNREACHABLE'],
    ['of all spans together', 5000, 250_000n, 'TOO_LARGE'],
  ])('too many %s: said in words, and no fault of ours', async (_, count, last, code) => {
    const { node } = nodeOf(count);
    await expect(pastChain([node], 1).transfers(OWNER, 1n, last)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('more than 100000 logs'),
    });
  });

  test('are never asked for in more than 10000 blocks at once, also after smaller ranges', async () => {
    const { node, asked } = nodeOf(0, 1);
    const past = pastChain([node], 1);
    await past.transfers(OWNER, 1n, 7777n);
    await past.transfers(OWNER, 1n, 500_000n);
    expect(asked.slice(0, 2)).toEqual([7777n, 3889n]);
    expect(asked.reduce((most, width) => (width > most ? width : most))).toBe(10_000n);
  });
});
