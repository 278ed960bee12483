import { getCreateAddress, id, Transaction, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callerOn } from '#adapters/calls/deadline.ts';
import { type ChainHints, chainHints } from '#adapters/chain/hints.ts';
import { ChainNode } from '#adapters/chain/node.ts';
import type { EthereumNode } from '#local/cloud/processes/ethereum-node.ts';
import { rpc } from '#test/e2e/support/rpc.ts';
import { REVERTER } from '#test/support/nodes/contracts.ts';
import { isHere, KEY, MAKES, type Make, startMake } from '#test/support/nodes/makes.ts';

/** What people are told of fees, gas and destinations, asked of each node that keyturn is tested on. */
const wallet = new Wallet(KEY);
const NEW = `0x${'7'.repeat(40)}`;
const places: [Make][] = [];
for (const make of MAKES) if (await isHere(make)) places.push([make]);

describe.each(places)('hints of %s', (make) => {
  let node: EthereumNode;
  let url: ChainNode;
  let hints: ChainHints;
  const reverter = getCreateAddress({ from: wallet.address, nonce: 0 });

  beforeAll(async () => {
    node = await startMake(make, 0);
    url = new ChainNode({ chainId: '31337', place: 1, url: node.url }, callerOn());
    hints = chainHints([url]);
    const creation = Transaction.from({
      type: 2,
      chainId: 31_337,
      nonce: 0,
      data: REVERTER,
      gasLimit: 200_000,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 10n ** 9n,
    });
    creation.signature = wallet.signingKey.sign(creation.unsignedHash);
    await rpc(node.url, 'eth_sendRawTransaction', [creation.serialized], z.string());
  });
  afterAll(async () => {
    url?.close();
    await node?.stop();
  });

  it('a tip is suggested, and the last blocks say what was paid', async () => {
    const { suggested, paid } = await hints.tips();
    expect([typeof suggested, paid.length > 0]).toEqual(['bigint', true]);
  });

  it('a transfer is estimated, and a call that fails says why', async () => {
    const call = { from: wallet.address, to: NEW, value: 1n, data: '0x' };
    // Hardhat finds it by trying, and says one more.
    expect(await hints.estimate(call)).toEqual({ kind: 'gas', gas: make === 'hardhat' ? 21_001n : 21_000n });
    expect(await hints.estimate({ ...call, to: reverter, value: 0n })).toEqual({ kind: 'reverts', reason: '“no”' });
  });

  it('a destination has code, is there, or is new', async () => {
    const found = [reverter, wallet.address, NEW].map((address) => hints.destination(address));
    expect(await Promise.all(found)).toEqual(['contract', 'account', 'new']);
  });

  it('a proxy names whose code it runs (EIP-1967)', async () => {
    const slot = (BigInt(id('eip1967.proxy.implementation')) - 1n).toString(16).padStart(64, '0');
    // Init code: stores the address of the implementation in its slot, and leaves one byte of code.
    const data = `0x73${reverter.slice(2).toLowerCase()}7f${slot}5560016000f3`;
    const creation = Transaction.from({
      type: 2,
      chainId: 31_337,
      nonce: 1,
      data,
      gasLimit: 200_000,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 10n ** 9n,
    });
    creation.signature = wallet.signingKey.sign(creation.unsignedHash);
    await rpc(node.url, 'eth_sendRawTransaction', [creation.serialized], z.string());
    const proxy = getCreateAddress({ from: wallet.address, nonce: 1 });
    expect(await hints.proxy(proxy)).toEqual({ kind: 'implementation', implementation: reverter });
    expect(await hints.proxy(reverter)).toEqual({ kind: 'none' });
  });

  it('forks are told by anvil alone', async () => {
    const forks = await hints.forks();
    expect(forks).toEqual(make === 'anvil' ? { since: expect.any(Number), next: undefined } : undefined);
  });
});
