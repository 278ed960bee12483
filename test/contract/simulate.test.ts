import { getCreateAddress, Transaction, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callerOn } from '#adapters/calls/deadline.ts';
import { ChainNode } from '#adapters/chain/node.ts';
import { simulations } from '#adapters/chain/simulate.ts';
import { effectOf } from '#core/settled/effect.ts';
import { revertReason } from '#core/transaction/revert.ts';
import type { EthereumNode } from '#local/cloud/processes/ethereum-node.ts';
import { rpc } from '#test/e2e/support/rpc.ts';
import { requestOf } from '#test/support/cli/people.ts';
import { REVERTER } from '#test/support/nodes/contracts.ts';
import { isHere, KEY, MAKES, type Make, startMake } from '#test/support/nodes/makes.ts';

/** What the nodes that keyturn is tested on say that a request would do. anvil offers eth_simulateV1, the others do not. */
const wallet = new Wallet(KEY);
const PAYEE = '0x7777777777777777777777777777777777777777';
const POOR = '0x8888888888888888888888888888888888888888';
const places: [Make][] = [];
for (const make of MAKES) if (await isHere(make)) places.push([make]);

describe.each(places)('a simulation on %s', (make) => {
  let node: EthereumNode;
  let url: ChainNode;
  const reverter = getCreateAddress({ from: wallet.address, nonce: 0 });
  const payment = requestOf({ to: PAYEE, value: '5', maxFeePerGas: '10000000000' });

  beforeAll(async () => {
    node = await startMake(make, 0);
    url = new ChainNode({ chainId: '31337', place: 1, url: node.url }, callerOn());
    const creation = Transaction.from({
      ...{ type: 2, chainId: 31_337, nonce: 0, data: REVERTER, gasLimit: 200_000 },
      ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n },
    });
    creation.signature = wallet.signingKey.sign(creation.unsignedHash);
    await rpc(node.url, 'eth_sendRawTransaction', [creation.serialized], z.string());
  });
  afterAll(async () => {
    url?.close();
    await node?.stop();
  });

  const runOf = async (request = payment, from = wallet.address) => {
    const [run] = await simulations([url], request, from);
    return run;
  };

  if (make !== 'anvil') {
    it('is not offered, and that is said', async () => {
      expect(await runOf()).toEqual({ place: 1, kind: 'untold', why: 'no-method' });
    });
    return;
  }

  it('tells what moves, and the gas', async () => {
    const run = await runOf();
    if (run?.kind !== 'ran') throw new Error(run?.why);
    expect([run.run.gasUsed, run.run.funded]).toEqual([21_000n, true]);
    expect(effectOf(run.run, { from: wallet.address, to: PAYEE, wei: 5n })).toMatchObject({
      success: true,
      etherTraced: true,
      movements: [{ standard: 'native', from: wallet.address, to: PAYEE, amount: 5n }],
    });
  });

  it('tells why a call fails', async () => {
    const run = await runOf(requestOf({ to: reverter, value: '0', gasLimit: '100000' }));
    if (run?.kind !== 'ran') throw new Error(run?.why);
    expect([run.run.success, revertReason(run.run.revertData)]).toEqual([false, '“no”']);
  });

  it('is told of a wallet that holds nothing, as if it held what the request costs', async () => {
    expect(await runOf(payment, POOR)).toMatchObject({ kind: 'ran', run: { success: true, funded: false } });
  });

  it('takes every type, and a nonce that is not the next one', async () => {
    const one = { to: PAYEE, nonce: '9' };
    const plain = { ...one, maxPriorityFeePerGas: '' };
    for (const request of [requestOf({ ...plain, type: '0' }), requestOf({ ...plain, type: '1' }), requestOf(one)])
      expect(await runOf(request)).toMatchObject({ kind: 'ran', run: { success: true } });
  });

  it('of a creation is refused, which anvil alone does, and that is said', async () => {
    const creation = requestOf({ to: '', value: '0', data: REVERTER, gasLimit: '200000' });
    expect(await runOf(creation)).toEqual({ place: 1, kind: 'untold', why: 'refused' });
  });
});
