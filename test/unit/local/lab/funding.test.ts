import { afterEach, describe, expect, test } from 'vitest';
import { fundWallet } from '#local/lab/funding.ts';
import { type QuirkyNode, type Say, startQuirkyNode } from '#test/support/nodes/quirky.ts';

const ADDRESS = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const open: QuirkyNode[] = [];
afterEach(async () => {
  for (const node of open.splice(0)) await node.close();
});

/** A node that calls itself `name`; it notes what it is told to do. */
const nodeOf = async (name: string | undefined, balance: string) => {
  const decrees: unknown[] = [];
  const say: Say = (method, params) => {
    if (method === 'eth_chainId') return { result: '0x7a69' };
    if (method === 'eth_getBalance') return { result: balance };
    if (method === 'web3_clientVersion')
      return name === undefined ? { error: { code: -32601, message: 'unknown' } } : { result: name };
    decrees.push([method, ...params]);
    return { result: true };
  };
  const node = await startQuirkyNode(undefined, { say: () => say });
  open.push(node);
  return { url: node.url, decrees };
};

describe('a wallet of the lab gets money by decree', () => {
  test.each([
    ['anvil/v1.7.1', 'anvil_setBalance'],
    ['HardhatNetwork/3.18.0/@nomicfoundation/edr/0.3.8', 'hardhat_setBalance'],
    ['Ganache/v7.9.2/EthereumJS TestRPC/v7.9.2/ethereum-js', 'evm_setAccountBalance'],
  ])('of %s', async (name, decree) => {
    const node = await nodeOf(name, '0x0');
    expect(await fundWallet(node.url, ADDRESS)).toBeUndefined();
    expect(node.decrees).toEqual([[decree, ADDRESS, '0x3635c9adc5dea00000']]);
  });

  test.each([['Geth/v1.16.7-stable/linux-amd64/go1.25'], ['erigon/3.2/anvil/'], [undefined]])(
    'but nothing of a node that is none for development: %s',
    async (name) => {
      const node = await nodeOf(name, '0xde0b6b3a7640000');
      expect(await fundWallet(node.url, ADDRESS)).toBe(
        `this node gives no money: the wallet ${ADDRESS} has 1.0 ETH. Send it test ether; its key shares lie in plain files.`,
      );
      expect(node.decrees).toEqual([]);
    },
  );

  test('and nothing where it has enough', async () => {
    const node = await nodeOf('anvil/v1.7.1', '0x3635c9adc5dea00000');
    expect(await fundWallet(node.url, ADDRESS)).toBeUndefined();
    expect(node.decrees).toEqual([]);
  });
});
