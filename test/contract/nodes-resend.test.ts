import { Transaction, Wallet } from 'ethers';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { chainsPort } from '#adapters/chain/chain.ts';
import { startAnvil } from '#local/cloud/processes/anvil.ts';
import { KEY, type OtherNode, startGanache, startHardhat } from '#test/support/nodes/others.ts';
import { eagerly } from './adapter-kit.ts';

const wallet = new Wallet(KEY);
const CHAIN = '31337';

const ask = async (url: string, method: string, ...params: readonly unknown[]): Promise<unknown> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return z.object({ result: z.unknown() }).parse(await response.json()).result;
};
const balance = async (url: string, of: string): Promise<bigint> =>
  BigInt(z.string().parse(await ask(url, 'eth_getBalance', of, 'latest')));
const count = async (url: string): Promise<number> =>
  Number(z.string().parse(await ask(url, 'eth_getTransactionCount', wallet.address, 'latest')));

const payment = (nonce: number, type: 0 | 2, to: string): string => {
  const fees =
    type === 0 ? { gasPrice: 10_000_000_000 } : { maxFeePerGas: 10_000_000_000, maxPriorityFeePerGas: 1_000_000_000 };
  const transaction = Transaction.from({
    type,
    chainId: CHAIN,
    nonce,
    to,
    value: 10n ** 17n,
    gasLimit: 21_000,
    ...fees,
  });
  transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
  return transaction.serialized;
};

const anvil = async (blockTime: number): Promise<OtherNode> => {
  const node = await startAnvil(blockTime === 0 ? {} : { blockTime });
  await ask(node.url, 'anvil_setBalance', wallet.address, `0x${(10n ** 20n).toString(16)}`);
  return { name: 'anvil', url: node.url, stop: () => node.stop() };
};

describe.each<[string, (blockTime: number) => Promise<OtherNode | undefined>]>([
  ['anvil', anvil],
  ['Ganache', startGanache],
  ['Hardhat', startHardhat],
])('on %s', (_name, start) => {
  it.each([
    ['a block for each transaction', 0],
    ['a block each second', 1],
  ])('the same bytes three times pay once: %s', async (_mode, blockTime) => {
    const node = await start(blockTime);
    if (node === undefined) return;
    const chains = chainsPort({ rpc: [{ chainId: CHAIN, urls: [node.url] }], resolveUrl: async (url) => url }, eagerly);
    try {
      const chain = chains.of(CHAIN);
      for (const [nonce, type] of [
        [0, 2],
        [1, 0],
      ] as const) {
        const to = `0x${String(35 + nonce).repeat(20)}`;
        const raw = payment(nonce, type, to);
        const { hash } = Transaction.from(raw);
        expect([await chain.send(raw), await chain.send(raw), await chain.send(raw)]).toEqual([
          'sent',
          'known',
          'known',
        ]);
        await vi.waitFor(async () => expect(await chain.receipt(hash ?? '')).toBeDefined(), {
          interval: 50,
          timeout: 15_000,
        });
        expect(await chain.send(raw)).toBe('known');
        // Of the node itself, two blocks later: what it would have executed again is there by then.
        const height = async () => BigInt(z.string().parse(await ask(node.url, 'eth_blockNumber')));
        const seen = await height();
        if (blockTime > 0)
          await vi.waitFor(async () => expect(await height()).toBeGreaterThan(seen + 1n), {
            interval: 50,
            timeout: 15_000,
          });
        expect({ paid: await balance(node.url, to), count: await count(node.url) }).toEqual({
          paid: 10n ** 17n,
          count: nonce + 1,
        });
        // Also where the node leaves the chain id of a legacy transaction out.
        expect(await chain.transaction(hash ?? '')).toMatchObject({
          type,
          chainId: BigInt(CHAIN),
          nonce: BigInt(nonce),
        });
      }
    } finally {
      await chains.close();
      await node.stop();
    }
  });
});
