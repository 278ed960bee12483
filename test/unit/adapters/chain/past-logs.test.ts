import { describe, expect, test } from 'vitest';
import type { RpcNode } from '#adapters/chain/chain.ts';
import { pastChain } from '#adapters/chain/past.ts';
import type { PastLog } from '#adapters/chain/past-logs.ts';
import { KeyturnError } from '#schemas/codes.ts';

const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

const TOKEN = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const STRANGE = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';
type Filter = { address?: string[]; fromBlock: string; toBlock: string; topics: (string[] | null)[] };

/** How many logs stand in the first block of each range that is asked for. */
interface Counts {
  readonly token?: number;
  readonly strange?: (from: bigint) => number;
  /** The first so many questions are refused. */
  readonly refused?: number;
}

const nodeOf = ({ token = 0, strange = () => 0, refused = 0 }: Counts) => {
  const asked: { width: bigint; of: string }[] = [];
  const node = {
    ask: async (method: string, [filter]: readonly [Filter]) => {
      if (method !== 'eth_getLogs') return 1n;
      const [from, to] = [BigInt(filter.fromBlock), BigInt(filter.toBlock)];
      asked.push({ width: to - from + 1n, of: filter.address === undefined ? 'all' : 'law' });
      if (asked.length <= refused) throw new KeyturnError('RPC_REFUSED', 'too wide', { field: 'refused' });
      const topics = filter.topics.map((one) => one?.[0] ?? `0x${'0'.repeat(64)}`);
      const logs = (address: string, count: number, first: number) =>
        Array.from({ length: count }, (_, n): PastLog & { gone: boolean } => ({
          ...{ address, topics, data: '0x', index: BigInt(first + n), gone: false },
          ...{ transactionHash: '', blockNumber: from, blockHash: '' },
        }));
      const asks = (address: string) => filter.address?.includes(address) !== false;
      return [
        ...(asks(TOKEN) ? logs(TOKEN, token, 0) : []),
        ...(asks(STRANGE) ? logs(STRANGE, strange(from), token) : []),
      ];
    },
  };
  return { node: node as unknown as RpcNode, asked };
};
const read = async (counts: readonly Counts[], last: bigint, need: number) => {
  const nodes = counts.map((one) => nodeOf(one).node);
  const { logs, leftOut } = await pastChain(nodes, need).transfers(OWNER, 1n, last, [TOKEN]);
  const of = (wanted: string) => logs.filter(({ address }) => address === wanted).length;
  return { token: of(TOKEN), strange: of(STRANGE), leftOut };
};

describe('logs of an account', () => {
  test.each([
    ['of one range', 101_000, 1n, 2],
    ['of all ranges together', 34_000, 10_001n, 1],
    ['of all spans together', 34_000, 50_001n, 1],
  ])('too many of the law’s tokens %s: said in words, and no fault of ours', async (_, token, last, need) => {
    const nodes = [nodeOf({ token }).node, nodeOf({ token }).node];
    await expect(pastChain(nodes, need).transfers(OWNER, 1n, last, [TOKEN])).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('more than 100000 logs'),
    });
  });

  test.each([1, 2])(
    'a stranger’s are left out where they are too many, and the law’s are read (%i agree)',
    async (need) => {
      const late = { token: 1, strange: (from: bigint) => (from > 50_000n ? 101_000 : 1) };
      // Ten ranges of 10000 blocks; the questions name one log alike, and it counts once.
      expect(await read([late, late], 100_000n, need)).toEqual({
        ...{ token: 10, strange: 5 },
        leftOut: { from: 50_001n, to: 100_000n },
      });
      const always = { token: 1, strange: () => 101_000 };
      expect(await read([always, always], 1n, need)).toEqual({ token: 1, strange: 0, leftOut: { from: 1n, to: 1n } });
      const few = { token: 1, strange: () => 2 };
      expect(await read([few, few], 1n, need)).toEqual({ token: 1, strange: 2, leftOut: undefined });
    },
  );

  test('of the law’s tokens are asked for first, and by their address', async () => {
    const { node, asked } = nodeOf({});
    await pastChain([node], 1).transfers(OWNER, 1n, 60_000n, [TOKEN]);
    const first = asked.findIndex(({ of }) => of === 'all');
    expect(first).toBe(asked.length / 2);
    expect(asked.slice(first).every(({ of }) => of === 'all')).toBe(true);
  });

  test('are never asked for in more than 10000 blocks at once, also after smaller ranges', async () => {
    const { node, asked } = nodeOf({ refused: 1 });
    const past = pastChain([node], 1);
    await past.transfers(OWNER, 1n, 7777n, []);
    await past.transfers(OWNER, 1n, 500_000n, []);
    const widths = asked.map(({ width }) => width);
    expect(widths.slice(0, 2)).toEqual([7777n, 3889n]);
    expect(widths.reduce((most, width) => (width > most ? width : most))).toBe(10_000n);
  });
});
