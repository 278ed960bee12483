import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { callerOn } from '#adapters/calls/deadline.ts';
import { ChainNode } from '#adapters/chain/node.ts';
import { type NodeRun, simulations } from '#adapters/chain/simulate.ts';
import type { Clock } from '#core/ports.ts';
import { BOB, requestOf, WALLET_ADDRESS } from '#test/support/cli/people.ts';

/** Answers as the tests of the execution API print them (ethereum/execution-apis, tests/eth_simulateV1), cut down to what is read. */
const HASH = `0x${'96'.repeat(32)}`;
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const FROM = `0x${'0'.repeat(24)}c000000000000000000000000000000000000000`;
const TO = `0x${'0'.repeat(24)}c100000000000000000000000000000000000000`;
const TRACED = {
  address: '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
  topics: [TRANSFER, FROM, TO],
  data: `0x${'3e8'.padStart(64, '0')}`,
  blockNumber: '0x2e',
  logIndex: '0x0',
  removed: false,
};
const blockOf = (call: object) => [{ hash: HASH, number: '0x2e', gasUsed: '0xdad2', calls: [call] }];
/** ethSimulate-eth-send-should-produce-more-logs-on-forward.io */
const FORWARD = blockOf({
  returnData: '0x',
  logs: [TRACED, { ...TRACED, logIndex: '0x1' }],
  gasUsed: '0xdad2',
  maxUsedGas: '0xdad2',
  status: '0x1',
});
/** ethSimulate-eth-send-should-not-produce-logs-on-revert.io: Error("Always reverting contract") */
const REASON =
  '0x08c379a000000000000000000000000000000000000000000000000000000000000000200000000000000000000000000000000000000000000000000000000000000019416c7761797320726576657274696e6720636f6e747261637400000000000000';
const REVERTED = blockOf({
  returnData: '0x',
  logs: [],
  gasUsed: '0x5355',
  status: '0x0',
  error: { message: 'execution reverted: Always reverting contract', code: -32000, data: REASON },
});
/** anvil 1.7.1, measured: no data in the error. */
const REVERTED_ON_ANVIL = blockOf({
  returnData: REASON,
  logs: [],
  gasUsed: '0x5232',
  status: '0x0',
  error: { code: -3200, message: 'execution failed' },
});
/** ethSimulate-simple-no-funds.io */
const POOR = {
  code: -38014,
  message: 'err: insufficient funds for gas * price + value: address 0xC0 have 0 want 1000',
};

type Said = { readonly result: unknown } | { readonly error: object } | 'nothing' | 'junk';
interface Asked {
  readonly method: string;
  readonly params: readonly unknown[];
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A node that says these things in turn to eth_simulateV1. */
const scripted = async (...said: readonly Said[]) => {
  const asked: Asked[] = [];
  let turn = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
      if (method === 'eth_chainId') return response.end(JSON.stringify({ jsonrpc: '2.0', id, result: '0x7a69' }));
      asked.push({ method, params });
      const answer = said[Math.min(turn++, said.length - 1)] ?? 'nothing';
      if (answer === 'nothing') return undefined;
      if (answer === 'junk') return response.end('<html>');
      return response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url, asked };
};

const nodeAt = (url: string, place = 1, chainId = '31337'): ChainNode => {
  const node = new ChainNode({ chainId, place, url }, callerOn());
  ends.push(() => node.close());
  return node;
};

const askOne = async (...said: readonly Said[]) => {
  const { url, asked } = await scripted(...said);
  const [run] = await simulations([nodeAt(url)], requestOf(), WALLET_ADDRESS);
  return { run, asked };
};

describe('what a node is asked', () => {
  test('the fields of the request as they would be signed, with all ether traced and no validation', async () => {
    const { asked } = await askOne({ result: FORWARD });
    expect(asked).toEqual([
      {
        method: 'eth_simulateV1',
        params: [
          {
            blockStateCalls: [
              {
                calls: [
                  {
                    type: '0x2',
                    chainId: '0x7a69',
                    from: WALLET_ADDRESS,
                    to: BOB,
                    value: '0x6f05b59d3b20000',
                    input: '0x',
                    gas: '0x5208',
                    maxFeePerGas: '0x9502f9000',
                    maxPriorityFeePerGas: '0x3b9aca00',
                  },
                ],
              },
            ],
            traceTransfers: true,
            validation: false,
          },
          'latest',
        ],
      },
    ]);
  });

  test('one price, an access list and a nonce where the request has them, and no destination for a creation', async () => {
    const { url, asked } = await scripted({ result: FORWARD });
    const request = requestOf({
      type: '1',
      to: '',
      data: '0x6001',
      nonce: '9',
      maxPriorityFeePerGas: '',
      accessList: `[{"address":"${BOB}","storageKeys":[]}]`,
    });
    await simulations([nodeAt(url)], request, WALLET_ADDRESS);
    const [{ params } = { params: [] }] = asked;
    const [{ blockStateCalls }] = params as [{ blockStateCalls: [{ calls: [object] }] }];
    expect(blockStateCalls[0].calls[0]).toEqual({
      type: '0x1',
      chainId: '0x7a69',
      from: WALLET_ADDRESS,
      nonce: '0x9',
      value: '0x6f05b59d3b20000',
      input: '0x6001',
      gas: '0x5208',
      gasPrice: '0x9502f9000',
      accessList: [{ address: BOB, storageKeys: [] }],
    });
  });

  test('a wallet that is not funded yet is asked for again, with just what the request costs, and that is said', async () => {
    const { run, asked } = await askOne({ error: POOR }, { result: FORWARD });
    expect(run).toMatchObject({ kind: 'ran', run: { success: true, funded: false } });
    // 0.5 ETH and 21000 gas at 40 gwei: 500840000000000000 wei.
    expect(JSON.stringify(asked[1]?.params)).toContain(
      `"stateOverrides":{"${WALLET_ADDRESS}":{"balance":"0x6f35753914e8000"}}`,
    );
  });
});

describe('what a node says', () => {
  test('logs, gas and the end of a run', async () => {
    const { run } = await askOne({ result: FORWARD });
    const log = { address: '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE', topics: TRACED.topics, data: TRACED.data };
    expect(run).toEqual({
      place: 1,
      kind: 'ran',
      run: {
        success: true,
        revertData: undefined,
        gasUsed: 0xdad2n,
        logs: [
          { ...log, index: 0n },
          { ...log, index: 1n },
        ],
        funded: true,
      },
    });
  });

  test.each([
    ['in the error, as geth', REVERTED],
    ['in the return data alone, as anvil', REVERTED_ON_ANVIL],
  ])('a failure gives its reason %s', async (_, result) => {
    const { run } = await askOne({ result });
    expect(run).toMatchObject({ kind: 'ran', run: { success: false, revertData: REASON, logs: [] } });
  });

  test('what a run that failed logged did not happen', async () => {
    const { run } = await askOne({
      result: blockOf({ status: '0x0', gasUsed: '0x1', returnData: '0x', logs: [TRACED] }),
    });
    expect(run).toMatchObject({ run: { success: false, revertData: '0x', logs: [] } });
  });

  const many = Array.from({ length: 1_001 }, () => TRACED);
  const refused = (why: string): NodeRun => ({ place: 1, kind: 'untold', why }) as NodeRun;
  test.each<[string, Said, string]>([
    // ethSimulate-simple-no-funds.io of a node before the method, and ganache 7.9.2.
    [
      'the words of geth for a method that it lacks',
      { error: { code: -32601, message: 'the method eth_simulateV1 does not exist/is not available' } },
      'no-method',
    ],
    [
      'ganache, which calls it a parse error',
      { error: { code: -32700, message: 'The method eth_simulateV1 does not exist/is not available' } },
      'no-method',
    ],
    ['hardhat', { error: { code: -32004, message: 'Method eth_simulateV1 is not supported' } }, 'no-method'],
    ['the code alone', { error: { code: -32601, message: 'no' } }, 'no-method'],
    ['a refusal in other words', { error: { code: -32602, message: 'missing keys: ["to"]' } }, 'refused'],
    ['too little gas', { error: { code: -38013, message: 'err' } }, 'refused'],
    ['a wallet that stays poor whatever is said', { error: POOR }, 'refused'],
    ['a rate limit', { error: { code: -32005, message: 'limit exceeded' } }, 'refused'],
    ['a page of HTML', 'junk', 'unreachable'],
    ['null', { result: null }, 'unreadable'],
    ['no blocks', { result: [] }, 'unreadable'],
    ['two blocks', { result: [...FORWARD, ...FORWARD] }, 'unreadable'],
    ['two calls', { result: [{ hash: HASH, calls: [FORWARD[0]?.calls[0], FORWARD[0]?.calls[0]] }] }, 'unreadable'],
    ['a status of 2', { result: blockOf({ status: '0x2', gasUsed: '0x1' }) }, 'unreadable'],
    [
      'more logs than a transaction has',
      { result: blockOf({ status: '0x1', gasUsed: '0x1', logs: many }) },
      'unreadable',
    ],
    [
      'a log without end',
      { result: blockOf({ status: '0x1', gasUsed: '0x1', logs: [{ ...TRACED, data: `0x${'00'.repeat(32_768)}` }] }) },
      'unreadable',
    ],
    [
      'five topics',
      { result: blockOf({ status: '0x1', gasUsed: '0x1', logs: [{ ...TRACED, topics: Array(5).fill(TRANSFER) }] }) },
      'unreadable',
    ],
  ])('threat 101: %s tells nothing', async (_, said, why) => {
    expect((await askOne(said)).run).toEqual(refused(why));
  });

  test('a node of another chain tells nothing', async () => {
    const { url } = await scripted({ result: FORWARD });
    expect(await simulations([nodeAt(url, 1, '5')], requestOf({ chainId: '5' }), WALLET_ADDRESS)).toEqual([
      refused('another-chain'),
    ]);
  });

  test('threat 101: one that hangs keeps nobody longer than its time, and the other is heard', async () => {
    const [slow, quick] = [await scripted('nothing'), await scripted({ result: FORWARD })];
    let expire: () => void = () => {};
    let waiting = 0;
    // Time passes when the quick one was heard.
    const clock: Clock = {
      now: () => 0,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          waiting++;
          if (waiting === 1) expire = resolve;
          signal?.addEventListener('abort', () => {
            resolve();
            expire();
          });
        }),
    };
    const runs = await simulations([nodeAt(slow.url, 1), nodeAt(quick.url, 2)], requestOf(), WALLET_ADDRESS, clock);
    expect(runs.map((run) => (run.kind === 'ran' ? run.place : run.why))).toEqual(['late', 2]);
  });

  test('at most four are asked', async () => {
    const nodes = await Promise.all(Array.from({ length: 5 }, () => scripted({ result: FORWARD })));
    const runs = await simulations(
      nodes.map(({ url }, n) => nodeAt(url, n + 1)),
      requestOf(),
      WALLET_ADDRESS,
    );
    expect([runs.length, nodes.map(({ asked }) => asked.length)]).toEqual([4, [1, 1, 1, 1, 0]]);
  });
});
