import { getCreateAddress, Interface, id, Transaction, Wallet, zeroPadValue } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastBlockBefore } from '#adapters/chain/block-at.ts';
import { ChainNode } from '#adapters/chain/node.ts';
import { type PastChain, pastChain } from '#adapters/chain/past.ts';
import type { BlockHead } from '#core/ports.ts';
import type { EthereumNode } from '#local/cloud/processes/ethereum-node.ts';
import { rpc } from '#test/e2e/support/rpc.ts';
import { isHere, KEY, MAKES, type Make, startMake } from '#test/support/nodes/makes.ts';
import { type Answer, type Say, startQuirkyNode } from '#test/support/nodes/quirky.ts';
import { TOKEN_CODE } from '#test/support/nodes/tokens.ts';
import { EAGER_PACE, eagerly, failureOf } from './adapter-kit.ts';

/** What books read of the past, on each node that keyturn is tested on. Expected values come from the node itself, one block after another. */
const wallet = new Wallet(KEY);
const GWEI = 1_000_000_000n;
const TOKENS = 1_000_000n;
const COIN = new Interface(['function transfer(address to, uint256 amount) returns (bool)']);
const payee = (n: number): string => `0x${n.toString().padStart(40, '7')}`;
const TOKEN = getCreateAddress({ from: wallet.address, nonce: 0 });

/** Gives the creator all tokens, and leaves the code of the test's token. */
const creation = (): string => {
  const code = TOKEN_CODE.slice(2);
  const [supply, size] = [TOKENS.toString(16).padStart(6, '0'), (code.length / 2).toString(16).padStart(4, '0')];
  return `0x62${supply}335561${size}80601260003960${'00'}f3${code}`;
};

const heads: Make[] = [];
for (const make of MAKES) if (await isHere(make)) heads.push(make);

const closing: (() => unknown)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

const pastOf = (urls: readonly string[], need = 1): PastChain => {
  const nodes = urls.map((url, n) => new ChainNode({ chainId: '31337', place: n + 1, url, timeoutMs: 3000 }, eagerly));
  closing.push(() => nodes.map((node) => node.close()));
  return pastChain(nodes, need, EAGER_PACE);
};

/** The token is the law's, and the wrapper is not. */
const logsOf = async (past: PastChain, owner: string, from: bigint, to: bigint) =>
  (await past.transfers(owner, from, to, [TOKEN])).logs;

const quantity = z.string().transform(BigInt);
const height = (url: string) => rpc(url, 'eth_blockNumber', [], quantity);

/** Sends at each nonce: a creation, then tokens and ether in turns. */
const live = async (url: string): Promise<void> => {
  const send = async (over: object) => {
    const transaction = Transaction.from({
      type: 2,
      chainId: 31337,
      gasLimit: 400_000,
      maxFeePerGas: 10n * GWEI,
      maxPriorityFeePerGas: GWEI,
      ...over,
    });
    transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
    const before = await height(url);
    await rpc(url, 'eth_sendRawTransaction', [transaction.serialized], z.string());
    for (let n = 0; n < 500 && (await height(url)) === before; n++) await new Promise(setImmediate);
  };
  await send({ nonce: 0, data: creation() });
  await send({ nonce: 1, to: TOKEN, data: COIN.encodeFunctionData('transfer', [payee(1), 10n]) });
  await send({ nonce: 2, to: payee(2), value: 5n });
  await send({ nonce: 3, to: TOKEN, data: COIN.encodeFunctionData('transfer', [wallet.address, 7n]) });
  await send({ nonce: 4, to: TOKEN, data: COIN.encodeFunctionData('transfer', [payee(3), 20n]) });
  // Logs as WETH9 does: LOG2 of 12, by a creation.
  const who = zeroPadValue(wallet.address, 32).slice(2);
  await send({ nonce: 5, data: `0x600c6000527f${who}7f${id('Withdrawal(address,uint256)').slice(2)}60206000a200` });
};
const WRAPPER = getCreateAddress({ from: wallet.address, nonce: 5 });

describe.each(heads)('on %s', (make) => {
  let node: EthereumNode;
  beforeAll(async () => {
    node = await startMake(make, 0);
    closing.push(() => node.stop());
    await live(node.url);
  }, 60_000);

  it('tells balances, tokens and counts of each block as the node does', async () => {
    const past = pastOf([node.url]);
    const last = await height(node.url);
    const tokens: (bigint | undefined)[] = [];
    for (let at = 0n; at <= last; at++) {
      const when = `0x${at.toString(16)}`;
      expect(await past.balance(wallet.address, at)).toBe(
        await rpc(node.url, 'eth_getBalance', [wallet.address, when], quantity),
      );
      expect(await past.count(wallet.address, at)).toBe(
        await rpc(node.url, 'eth_getTransactionCount', [wallet.address, when], quantity),
      );
      tokens.push(await past.tokenBalance(TOKEN, wallet.address, at));
    }
    // None before there was a contract; then what each transfer left.
    expect([...new Set(tokens)]).toEqual([0n, TOKENS, TOKENS - 10n, TOKENS - 30n]);
    expect(await past.tokenBalance(payee(9), wallet.address, last)).toBe(0n);
  });

  it('finds each transfer of the wallet once, also one to itself, and its transaction', async () => {
    const past = pastOf([node.url]);
    const last = await height(node.url);
    const found = await logsOf(past, wallet.address, 0n, last);
    expect(found.map(({ address, data }) => [address, BigInt(data)])).toEqual([
      [TOKEN, 10n],
      [TOKEN, 7n],
      [TOKEN, 20n],
      [WRAPPER, 12n],
    ]);
    const [first] = found;
    const block = await past.block(first?.blockNumber ?? 0n);
    expect(block?.hash).toBe(first?.blockHash);
    expect(await past.transaction(first?.transactionHash ?? '')).toEqual({
      ...{ hash: first?.transactionHash, from: wallet.address, to: TOKEN, nonce: 1n, value: 0n },
      methodId: '0xa9059cbb',
    });
    expect(await logsOf(past, wallet.address, first?.blockNumber ?? 0n, first?.blockNumber ?? 0n)).toHaveLength(1);
    expect(await logsOf(past, payee(1), 0n, last)).toHaveLength(1);
    expect(await logsOf(past, payee(9), 0n, last)).toEqual([]);
  });
});

describe('a node that', () => {
  let node: EthereumNode;
  let last = 0n;
  beforeAll(async () => {
    node = await startMake('anvil', 0);
    closing.push(() => node.stop());
    await live(node.url);
    await rpc(node.url, 'anvil_mine', ['0x40'], z.unknown());
    last = await height(node.url);
  }, 60_000);

  const filter = z.tuple([z.object({ fromBlock: z.string(), toBlock: z.string() })]);
  const widthOf = (params: readonly unknown[]): bigint => {
    const [{ fromBlock, toBlock }] = filter.parse(params);
    return BigInt(toBlock) - BigInt(fromBlock) + 1n;
  };
  const nodeThat = async (say: Say) => {
    const quirky = await startQuirkyNode(node.url, { say: () => say });
    closing.push(() => quirky.close());
    return quirky;
  };
  const amounts = async (past: PastChain) =>
    (await logsOf(past, wallet.address, 0n, last)).map(({ data }) => BigInt(data));

  it.each<[string, Answer]>([
    // There is no standard for it: each provider has a code and words of its own.
    [
      'by a code',
      { error: { code: -32602, message: 'Log response size exceeded. this block range should work: [0x0, 0x9]' } },
    ],
    ['by its number of blocks', { error: { code: -32000, message: 'block range is too wide' } }],
    ['by its number of results', { error: { code: -32005, message: 'query returned more than 10000 results' } }],
    ['by an error of HTTP', { status: 400, body: '{"error":"range"}' }],
    ['by hanging up', 'hang up'],
  ])('refuses a wide range %s is asked for less, and every log is found', async (_, answer) => {
    const quirky = await nodeThat((method, params) =>
      method === 'eth_getLogs' && widthOf(params) > 9n ? answer : 'forward',
    );
    expect(await amounts(pastOf([quirky.url]))).toEqual([10n, 7n, 20n, 12n]);
    // It is not asked again and again for what it refuses.
    const asked = quirky.asked.filter((method) => method === 'eth_getLogs').length;
    expect(asked).toBeLessThan(60);
  });

  it('refuses every range is told so, and not for ever', async () => {
    const quirky = await nodeThat((method) =>
      method === 'eth_getLogs' ? { error: { code: -32601, message: 'method disabled' } } : 'forward',
    );
    expect(await failureOf(amounts(pastOf([quirky.url])))).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(quirky.asked.length).toBeLessThan(120);
  });

  it('is gone is not asked in halves', async () => {
    const quirky = await nodeThat(() => 'hang up');
    expect(await failureOf(amounts(pastOf([quirky.url])))).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(quirky.asked.length).toBeLessThan(40);
  });

  it('keeps no old state tells none, and all else', async () => {
    const pruned = await nodeThat((method, params) =>
      ['eth_getBalance', 'eth_getTransactionCount', 'eth_call'].includes(method) && BigInt(String(params[1])) < last
        ? { error: { code: -32000, message: 'missing trie node d67e4d450343046425ae4271474353857ab860db' } }
        : 'forward',
    );
    const past = pastOf([pruned.url]);
    expect(await past.balance(wallet.address, 1n)).toBeUndefined();
    expect(await past.count(wallet.address, 1n)).toBeUndefined();
    expect(await past.tokenBalance(TOKEN, wallet.address, 1n)).toBeUndefined();
    expect(await past.count(wallet.address, last)).toBe(6n);
    expect(await amounts(past)).toEqual([10n, 7n, 20n, 12n]);
    // One that has it is enough where one decides, and not where two must agree.
    expect(await pastOf([pruned.url, node.url]).count(wallet.address, 1n)).toBe(1n);
    expect(await pastOf([pruned.url, node.url], 2).count(wallet.address, 1n)).toBeUndefined();
  });

  it('hides a log, adds one or tells of other blocks is not believed', async () => {
    const lost = await nodeThat(async (method, _, { forward }) => {
      if (method !== 'eth_getLogs') return 'forward';
      const { result } = await forward();
      return { result: z.array(z.unknown()).parse(result).slice(1) };
    });
    expect(await failureOf(amounts(pastOf([lost.url, node.url], 2)))).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('tell the logs of blocks'),
    });
    const wrong = await nodeThat(async (method, _, { forward }) => {
      if (method !== 'eth_getLogs') return 'forward';
      const { result } = await forward();
      const logs = z.array(z.looseObject({})).parse(result);
      return { result: logs.map((log) => ({ ...log, blockNumber: '0xffffff' })) };
    });
    expect(await failureOf(amounts(pastOf([wrong.url])))).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });

  it('lies about a balance is outvoted, or nothing is told', async () => {
    const liar = await nodeThat((method) => (method === 'eth_getBalance' ? { result: '0x1' } : 'forward'));
    const truth = await pastOf([node.url]).balance(wallet.address, 2n);
    expect(await pastOf([liar.url, node.url], 2).balance(wallet.address, 2n)).toBeUndefined();
    const other = await nodeThat(() => 'forward');
    expect(await pastOf([liar.url, node.url, other.url], 2).balance(wallet.address, 2n)).toBe(truth);
  });
});

describe('the last block before a time', () => {
  /** Blocks of uneven pace: some of the same second, and a long silence. */
  const times = [0, 5, 5, 5, 6, 9, 400, 401, 402, 10_000, 10_001, 10_001, 10_900];
  const headAt = (n: number): BlockHead => ({
    number: BigInt(n),
    hash: `0x${n.toString(16).padStart(64, '0')}`,
    time: times[n] ?? 0,
    baseFeePerGas: undefined,
  });
  const range = { first: headAt(0), last: headAt(times.length - 1) };

  it.each([...new Set(times.flatMap((time) => [time - 1, time, time + 1]))])(
    '%i, as one finds by reading all',
    async (time) => {
      const wanted = times.filter((each) => each < time).length - 1;
      const found = await lastBlockBefore(async (n) => headAt(Number(n)), time, range);
      expect(found?.number).toBe(wanted < 0 ? undefined : BigInt(wanted));
    },
  );

  it('takes few reads in a chain of millions, of whatever pace', async () => {
    for (const pace of [
      (n: number) => n * 12_000,
      (n: number) => n ** 2 / 1000,
      (n: number) => Math.floor(n / 1e5) * 1e9,
    ]) {
      let reads = 0;
      const read = async (n: bigint): Promise<BlockHead> => {
        reads += 1;
        return { ...headAt(0), number: n, time: pace(Number(n)) };
      };
      const size = 20_000_000n;
      const ends = { first: await read(0n), last: await read(size) };
      const time = pace(12_345_678) + 1;
      const found = await lastBlockBefore(read, time, ends);
      const at = Number(found?.number);
      expect([pace(at) < time, pace(at + 1) >= time]).toEqual([true, true]);
      expect(reads).toBeLessThan(80);
    }
  });

  it('is not guessed where a block cannot be had', async () => {
    expect(await failureOf(lastBlockBefore(async () => undefined, 300, range))).toMatchObject({ code: 'UNAVAILABLE' });
  });
});
