import { hexlify, Transaction, toQuantity } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { gasProblems, neededGas } from '#core/transaction/gas-rules.ts';
import { startAnvil } from '#local/cloud/processes/anvil.ts';
import type { EthereumNode } from '#local/cloud/processes/ethereum-node.ts';
import { startPackageNode } from '#local/cloud/processes/package-node.ts';
import { gasRulesOf } from '#schemas/gas-rules.ts';
import { rpc } from '#test/e2e/support/rpc.ts';
import { waitFor } from '#test/e2e/support/waiting.ts';
import { CASES, caseOf } from '#test/support/gas/cases.ts';
import { bytesOf, SENDER, SENDER_KEY } from '#test/support/gas/machine.ts';
import { isHere } from '#test/support/nodes/makes.ts';

/**
 * What the rules admit, real nodes take and carry out. Hardhat 3.18 under `amsterdam` asks for other gas than ethereumjs does. So both must take
 * what is admitted while the fork has no date.
 */
const RULES = gasRulesOf({ chainId: '1', name: 'one', finality: { kind: 'finalized' }, trusted: false, tokens: [] });
const QUESTION = { from: SENDER, accountExists: 'unknown', at: 0 } as const;
const ETHER = 10n ** 18n;

const startHardhat = () =>
  startPackageNode('hardhat', {
    chainId: 1,
    hardfork: 'amsterdam',
    accounts: [{ key: hexlify(SENDER_KEY), balanceWei: 100n * ETHER }],
  });
const startOsaka = async (): Promise<EthereumNode> => {
  const anvil = await startAnvil({ chainId: 1 });
  await rpc(anvil.url, 'anvil_setBalance', [SENDER, toQuantity(100n * ETHER)], z.unknown());
  return anvil;
};

const mined = z.object({ status: z.string() }).nullable();

/** '' where the node took it; else its words. */
const send = async (url: string, raw: string): Promise<string> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return (
    z.object({ error: z.object({ message: z.string() }).optional() }).parse(await response.json()).error?.message ?? ''
  );
};

const PLACES: [string, () => Promise<EthereumNode>][] = [['anvil under osaka', startOsaka]];
if (await isHere('hardhat')) PLACES.push(['hardhat under amsterdam', startHardhat]);

describe.each(PLACES)('%s', (_, start) => {
  let node: EthereumNode;
  beforeAll(async () => {
    node = await start();
  });
  afterAll(() => node?.stop());

  it('takes and carries out each transaction with exactly the gas that the rules ask for', async () => {
    const told: string[] = [];
    let nonce = 0n;
    for (const [name, fields] of Object.entries(CASES)) {
      const { gas } = neededGas(caseOf(fields, 0n), RULES, QUESTION);
      const request = caseOf(fields, gas);
      expect(gasProblems(request, RULES, QUESTION)).toEqual([]);
      const raw = bytesOf(request, nonce);
      const words = await send(node.url, raw);
      if (words !== '') {
        told.push(`${name}: ${words}`);
        continue;
      }
      const hash = Transaction.from(raw).hash;
      // A node may answer before it has mined what it took.
      const receipt = await waitFor(`the receipt of ${name}`, async () => {
        return (await rpc(node.url, 'eth_getTransactionReceipt', [hash], mined)) ?? undefined;
      });
      told.push(`${name}: ${receipt.status}`);
      nonce += 1n;
    }
    expect(told).toEqual(Object.keys(CASES).map((name) => `${name}: 0x1`));
  });

  it('refuses one gas more than the cap, as the rules do', async () => {
    const request = caseOf({ data: '0x00' }, RULES.maxTransactionGas + 1n);
    expect(gasProblems(request, RULES, QUESTION)).toMatchObject([{ field: 'gasLimit' }]);
    const nonce = await rpc(node.url, 'eth_getTransactionCount', [SENDER, 'latest'], z.string().transform(BigInt));
    expect(await send(node.url, bytesOf(request, nonce))).toMatch(/gas.?limit/i);
  });
});
