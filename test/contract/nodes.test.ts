import { getCreateAddress, Transaction, toBeHex, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { chainsPort } from '#adapters/chain/chain.ts';
import type { Refusal } from '#adapters/chain/rpc-errors.ts';
import type { NodeReport } from '#core/facts/node-report.ts';
import type { ChainClient } from '#core/ports.ts';
import type { EthereumNode } from '#local/cloud/processes/ethereum-node.ts';
import { balanceOf, countOf, rpc } from '#test/e2e/support/rpc.ts';
import { oneStory } from '#test/e2e/support/story.ts';
import { KEEPER, LOGGER, REVERT_DATA, REVERTER } from '#test/support/nodes/contracts.ts';
import { isHere, KEY, MAKES, type Make, startMake } from '#test/support/nodes/makes.ts';
import { eagerly, failureOf } from './adapter-kit.ts';

/** What keyturn needs of a chain, asked of each node that it is tested on. Expected values come from the node itself, or are worked out here. */
const wallet = new Wallet(KEY);
const CHAIN = '31337';
const GWEI = 1_000_000_000n;
const TENTH = 10n ** 17n;
const payee = (n: number): string => `0x${n.toString().padStart(40, '7')}`;

const FEES = {
  0: { type: 0, gasPrice: 10n * GWEI },
  1: { type: 1, gasPrice: 10n * GWEI },
  2: { type: 2, maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI },
} as const;
type Type = keyof typeof FEES;

const signed = (type: Type, over: object, by = wallet): string => {
  const transaction = Transaction.from({
    chainId: CHAIN,
    to: payee(0),
    value: TENTH,
    gasLimit: 21_000,
    ...FEES[type],
    ...over,
  });
  transaction.signature = by.signingKey.sign(transaction.unsignedHash);
  return transaction.serialized;
};
const hashOf = (raw: string): string => Transaction.from(raw).hash ?? '';
const height = (url: string): Promise<bigint> => rpc(url, 'eth_blockNumber', [], z.string().transform(BigInt));
const SOON = { interval: 25, timeout: 15_000 };

const places: [Make, string, number][] = [];
for (const make of MAKES)
  if (await isHere(make)) places.push([make, 'a block for each transaction', 0], [make, 'a block time', 0.25]);

/** With a block time, these two keep what pays less than the base fee until it falls. */
const keepsCheap = (make: Make, blockTime: number): boolean => make !== 'anvil' && blockTime > 0;

describe.each(places)('on %s with %s', (make, _mode, blockTime) => {
  oneStory();
  let node: EthereumNode;
  let chains: ReturnType<typeof chainsPort>;
  let chain: ChainClient;
  let nonce = 0;

  beforeAll(async () => {
    node = await startMake(make, blockTime);
    chains = chainsPort({ rpc: [{ chainId: CHAIN, urls: [node.url] }], resolveUrl: async (url) => url }, eagerly);
    chain = chains.of(CHAIN);
  });
  afterAll(async () => {
    await chains?.close();
    await node?.stop();
  });

  /** At the next nonce; resolves once it is in a block. */
  const send = async (type: Type, over: object) => {
    const raw = signed(type, { nonce, ...over });
    // Hardhat that mines at once answers what reverts with an error, and has mined it.
    expect(['sent', 'known']).toContain(await chain.send(raw));
    nonce += 1;
    return vi.waitFor(async () => {
      const receipt = await chain.receipt(hashOf(raw));
      if (receipt === undefined) throw new Error('not mined');
      return { raw, receipt };
    }, SOON);
  };

  it.each<[Type, number]>([
    [2, 1],
    [0, 2],
    [1, 3],
  ])('the same bytes of type %i pay once, however often they are sent', async (type, n) => {
    const raw = signed(type, { nonce, to: payee(n) });
    expect([await chain.send(raw), await chain.send(raw), await chain.send(raw)]).toEqual(['sent', 'known', 'known']);
    nonce += 1;
    await vi.waitFor(async () => expect(await chain.receipt(hashOf(raw))).toBeDefined(), SOON);
    expect(await chain.send(raw)).toBe('known');
    // What the node would have executed again is there two blocks later.
    const seen = await height(node.url);
    if (blockTime > 0) await vi.waitFor(async () => expect(await height(node.url)).toBeGreaterThan(seen + 1n), SOON);
    expect(await balanceOf(node.url, payee(n))).toBe(TENTH);
    expect(await countOf(node.url, wallet.address)).toBe(BigInt(nonce));
    expect(await chain.transaction(hashOf(raw))).toEqual({
      hash: hashOf(raw),
      nonce: BigInt(nonce - 1),
      from: wallet.address,
    });
  });

  it('a receipt tells what was paid, and its block can be had', async () => {
    const before = await balanceOf(node.url, wallet.address);
    const { raw, receipt } = await send(2, { to: payee(4) });
    expect(receipt).toMatchObject({ transactionHash: hashOf(raw), success: true, gasUsed: 21_000n });
    const left = await balanceOf(node.url, wallet.address);
    expect(before - left).toBe(TENTH + receipt.gasUsed * (receipt.effectiveGasPrice ?? 0n));
    expect(await chain.balance(wallet.address)).toBe(left);
    const block = await chain.block(receipt.blockNumber);
    expect(block).toMatchObject({ number: receipt.blockNumber, hash: receipt.blockHash });
    expect(receipt.effectiveGasPrice).toBe((block?.baseFeePerGas ?? 0n) + GWEI);
    expect(await chain.block(10n ** 9n)).toBeUndefined();
  });

  it('reports count, balance, the gas of a block and a tip in one round', async () => {
    const told: NodeReport[] = [];
    // No contract is there: the rest is told all the same.
    const dataFee = { oracle: payee(99), bytes: 200 };
    await chain.report(wallet.address, dataFee, (report) => told.push(report));
    const block = await rpc(node.url, 'eth_getBlockByNumber', ['latest', false], z.object({ gasLimit: z.string() }));
    expect(told).toEqual([
      {
        count: BigInt(nonce),
        balance: await balanceOf(node.url, wallet.address),
        block: { number: expect.any(BigInt), gasLimit: BigInt(block.gasLimit), baseFeePerGas: expect.any(BigInt) },
        tip: expect.any(BigInt),
        dataFees: undefined,
      },
    ]);
  });

  it('a contract is created, and a call of it with an access list runs', async () => {
    const at = getCreateAddress({ from: wallet.address, nonce });
    const { receipt, raw } = await send(2, { to: null, value: 0n, data: KEEPER, gasLimit: 100_000 });
    expect(receipt.success).toBe(true);
    expect(await chain.transaction(hashOf(raw))).toMatchObject({ from: wallet.address });
    const word = toBeHex(0xabcdn, 32);
    for (const type of [1, 2] as const) {
      const call = await send(type, {
        to: at,
        value: 0n,
        data: type === 1 ? word : toBeHex(0xef01n, 32),
        gasLimit: 60_000,
        accessList: [{ address: at, storageKeys: [toBeHex(0n, 32)] }],
      });
      expect(call.receipt.success).toBe(true);
    }
    expect(await rpc(node.url, 'eth_getStorageAt', [at, '0x0', 'latest'], z.string())).toBe(toBeHex(0xef01n, 32));
  });

  it('tells what a transaction logged, in the block that its receipt names', async () => {
    const at = getCreateAddress({ from: wallet.address, nonce });
    const { raw, receipt } = await send(2, { to: null, value: 0n, data: LOGGER, gasLimit: 100_000 });
    const [log, ...others] = (await chain.logs(hashOf(raw), receipt.blockHash)) ?? [];
    expect(others).toEqual([]);
    expect(log).toEqual({ address: at, topics: [toBeHex(1n, 32)], data: '0x', index: 0n });
    expect(await chain.logs(hashOf(raw), `0x${'1'.repeat(64)}`)).toBeUndefined();
    expect(await chain.logs(`0x${'1'.repeat(64)}`, receipt.blockHash)).toBeUndefined();
  });

  it('what reverts is mined as failed, with the reason that the contract gave', async () => {
    const at = getCreateAddress({ from: wallet.address, nonce });
    await send(2, { to: null, value: 0n, data: REVERTER, gasLimit: 150_000 });
    for (const type of [0, 2] as const) {
      const { raw, receipt } = await send(type, { to: at, value: 0n, gasLimit: 60_000 });
      expect(receipt.success).toBe(false);
      expect(await chain.revertData(hashOf(raw))).toBe(REVERT_DATA);
    }
  });

  it.each<[Refusal, string, (n: number) => object]>([
    ['nonce-too-low', 'a nonce that another transaction used', (n) => ({ nonce: n - 1, value: 1n })],
    ['insufficient-funds', 'more than the account has', (n) => ({ nonce: n, value: 10n ** 30n })],
    ['gas', 'less gas than it costs to begin', (n) => ({ nonce: n, gasLimit: 20_999 })],
    ['gas', 'more gas than a block has', (n) => ({ nonce: n, gasLimit: 10n ** 9n })],
    ['invalid', 'another chain', (n) => ({ nonce: n, chainId: 5 })],
  ])('refuses as %s what asks for %s', async (refusal, _what, over) => {
    const raw = signed(2, over(nonce));
    const failure = await failureOf(chain.send(raw));
    expect(failure).toMatchObject({ code: 'RPC_REFUSED', field: refusal });
    expect(JSON.stringify(failure)).not.toContain(raw.slice(2, 40));
    expect(await chain.count(wallet.address, 'latest')).toBe(BigInt(nonce));
  });

  it('what pays less than the base fee is refused or waits, and more replaces it', async () => {
    const cheap = (over: object) => signed(2, { nonce, maxFeePerGas: 1000n, maxPriorityFeePerGas: 1000n, ...over });
    const raw = cheap({ value: 2n });
    if (keepsCheap(make, blockTime)) {
      expect(await chain.send(raw)).toBe('sent');
      expect(await chain.send(raw)).toBe('known');
      // Another one for the same fees does not take its place. Ganache has the same words for both.
      const field = make === 'ganache' ? 'underpriced' : 'replacement-underpriced';
      expect(await failureOf(chain.send(cheap({ value: 3n })))).toMatchObject({ field });
    } else expect(await failureOf(chain.send(raw))).toMatchObject({ field: 'underpriced' });
    await send(2, { to: payee(6) });
    expect(await chain.receipt(hashOf(raw))).toBeUndefined();
    expect(await balanceOf(node.url, payee(6))).toBe(TENTH);
  });

  it('tells what is final, never above the newest block', async () => {
    const [final, latest] = [await chain.block('finalized'), await chain.block('latest')];
    expect(final?.number).toBeLessThanOrEqual(latest?.number ?? -1n);
    expect(await chain.count(wallet.address, 'finalized')).toBeLessThanOrEqual(BigInt(nonce));
  });

  it('finds the transaction that used a nonce', async () => {
    const { raw, receipt } = await send(2, { to: payee(5) });
    expect(await chain.minedAt(wallet.address, BigInt(nonce - 1))).toEqual({ used: true, hashes: [hashOf(raw)] });
    expect(await chain.minedAt(wallet.address, BigInt(nonce))).toEqual({ used: false, hashes: [] });
    expect(await chain.minedIn(receipt.blockNumber, wallet.address, BigInt(nonce - 1))).toEqual([hashOf(raw)]);
  });
});
