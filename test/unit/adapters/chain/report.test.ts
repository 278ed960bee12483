import { describe, expect, test } from 'vitest';
import { quorumChain, type RpcNode } from '#adapters/chain/chain.ts';
import type { DataFeeQuestion, NodeReport } from '#core/facts/node-report.ts';
import { dataFeeAt } from '#core/facts/node-report.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** What one round of questions to all urls of a chain gives. No time passes here. */
const ADDRESS = `0x${'2'.repeat(40)}`;
const ORACLE = '0x420000000000000000000000000000000000000F';
const BLOCK = { number: '0x5', hash: `0x${'1'.repeat(64)}`, gasLimit: '0x1c9c380', baseFeePerGas: '0x7' };

type Say = (method: string, params: readonly unknown[]) => unknown;
interface Scripted extends RpcNode {
  readonly asked: { readonly method: string; readonly params: readonly unknown[] }[];
}

const HONEST: Readonly<Record<string, unknown>> = {
  eth_getTransactionCount: '0x3',
  eth_getBlockByNumber: BLOCK,
  eth_getBalance: '0x64',
  eth_maxPriorityFeePerGas: '0x2',
};
const honest: Say = (method) => HONEST[method];

const nodeThat = (say: Say): Scripted => {
  const asked: Scripted['asked'] = [];
  return {
    asked,
    ask: async (method, params, schema) => {
      asked.push({ method, params });
      const said = await say(method, params);
      if (said instanceof Error) throw said;
      const parsed = schema.safeParse(said);
      if (!parsed.success) throw new KeyturnError('UNAVAILABLE', 'an answer of another form');
      return parsed.data;
    },
  };
};

const reportsOf = async (nodes: readonly Scripted[], need = 1, dataFee?: DataFeeQuestion): Promise<NodeReport[]> => {
  const told: NodeReport[] = [];
  await quorumChain('10', async () => nodes, need).report(ADDRESS, dataFee, (report) => told.push(report));
  return told;
};

const REFUSED = new KeyturnError('RPC_REFUSED', 'no such method', { field: 'refused' });
const LOST = new KeyturnError('UNAVAILABLE', 'lost');

describe('a report', () => {
  test('holds count, balance, the newest block and the suggested tip', async () => {
    expect(await reportsOf([nodeThat(honest)])).toEqual([
      {
        count: 3n,
        balance: 100n,
        block: { number: 5n, gasLimit: 30_000_000n, baseFeePerGas: 7n },
        tip: 2n,
        dataFees: undefined,
      },
    ]);
  });

  test('asks each url four times, and for the count first', async () => {
    const nodes = [nodeThat(honest), nodeThat(honest)];
    await reportsOf(nodes, 2);
    for (const { asked } of nodes) {
      expect(asked.map(({ method }) => method).toSorted()).toEqual(Object.keys(HONEST).toSorted());
      expect(asked[0]?.method).toBe('eth_getTransactionCount');
    }
  });

  test.each(['eth_maxPriorityFeePerGas'])('does without %s', async (method) => {
    const [report] = await reportsOf([nodeThat((asked) => (asked === method ? REFUSED : HONEST[asked]))]);
    expect(report).toMatchObject({ balance: 100n, tip: undefined });
  });

  test.each(['gasLimit', 'baseFeePerGas'])('does without %s of a block', async (field) => {
    const block = { ...BLOCK, [field]: undefined };
    const [report] = await reportsOf([nodeThat((asked) => (asked === 'eth_getBlockByNumber' ? block : HONEST[asked]))]);
    expect(report?.block).toMatchObject({ number: 5n, [field]: undefined });
  });

  test.each(['eth_getTransactionCount', 'eth_getBalance', 'eth_getBlockByNumber'])(
    'is none without %s: that url has no say, and the others do',
    async (method) => {
      const dumb = nodeThat((asked) => (asked === method ? REFUSED : HONEST[asked]));
      expect(await reportsOf([dumb, nodeThat(honest)], 2)).toHaveLength(1);
      await expect(reportsOf([dumb])).rejects.toMatchObject({ code: 'RPC_REFUSED' });
    },
  );

  test('is asked for again where an answer was lost', async () => {
    let lost = 2;
    const flaky = nodeThat((asked) => (asked === 'eth_getBalance' && lost-- > 0 ? LOST : HONEST[asked]));
    expect(await reportsOf([flaky])).toHaveLength(1);
  });

  test('is told as it comes, before one that hangs', async () => {
    const told: NodeReport[] = [];
    const hanging = nodeThat(() => new Promise(() => {}));
    const chain = quorumChain('10', async () => [hanging, nodeThat(honest)], 2);
    const first = new Promise<void>((resolve) => {
      void chain.report(ADDRESS, undefined, (report) => {
        told.push(report);
        resolve();
      });
    });
    await first;
    expect(told).toHaveLength(1);
  });
});

describe('the fee for data on another chain', () => {
  /** What the oracle of the OP stack does (specs.optimism.io/protocol/fjord/predeploys.html), with prices of our own. */
  const upperBound = (unsigned: bigint): bigint => {
    const size = unsigned + 68n;
    const estimated = -42_585_600n + 836_500n * (size + size / 255n + 16n);
    const scaled = 5_227n * 10_000_000_000n * 16n + 1_014_213n * 3_000_000_000n;
    return ((estimated < 100_000_000n ? 100_000_000n : estimated) * scaled) / 10n ** 12n;
  };
  const word = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;
  const calls: { readonly to: string; readonly data: string }[] = [];
  const onOptimism: Say = (method, [call]) => {
    if (method !== 'eth_call') return HONEST[method];
    const { to, data } = call as { to: string; data: string };
    calls.push({ to, data });
    return word(upperBound(BigInt(`0x${data.slice(10)}`)));
  };

  test('is asked of the oracle by length alone: nothing of a transaction is told', async () => {
    const [report] = await reportsOf([nodeThat(onOptimism)], 1, { oracle: ORACLE, bytes: 1_000 });
    expect(calls).toEqual([
      { to: ORACLE, data: `0xf1c7a58b${'0'.repeat(64)}` },
      { to: ORACLE, data: `0xf1c7a58b${'3e8'.padStart(64, '0')}` },
    ]);
    expect(report?.dataFees).toEqual({ none: upperBound(0n), longest: upperBound(1_000n), bytes: 1_000 });
  });

  test('of any length up to the longest is never told too low, and for the longest is exact', () => {
    const fees = { none: upperBound(0n), longest: upperBound(1_000n), bytes: 1_000 };
    for (let size = 0; size <= 1_000; size++)
      expect(dataFeeAt(fees, size)).toBeGreaterThanOrEqual(upperBound(BigInt(size)));
    expect(dataFeeAt(fees, 1_000)).toBe(upperBound(1_000n));
    expect(dataFeeAt({ none: 9n, longest: 4n, bytes: 0 }, 0)).toBe(9n);
  });

  test.each([
    ['the contract is not there', '0x'],
    ['the call reverts', REFUSED],
  ])('is unknown where %s, and the rest is reported', async (_why, said) => {
    const node = nodeThat((method) => (method === 'eth_call' ? said : HONEST[method]));
    const [report] = await reportsOf([node], 1, { oracle: ORACLE, bytes: 1_000 });
    expect(report).toMatchObject({ balance: 100n, dataFees: undefined });
  });
});
