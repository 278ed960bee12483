import { keccak256 } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aboutNode } from '#adapters/chain/about-node.ts';
import { ChainNode } from '#adapters/chain/node.ts';
import type { NodeReport } from '#core/facts/node-report.ts';
import type { ChainClient } from '#core/ports.ts';
import { ODD_ANSWERS, PENDING_ANSWERS, SILENT_ANSWERS } from '#test/support/nodes/quirks-answers.ts';
import { NO_FINALITY, NO_METHOD } from '#test/support/nodes/quirks-heads.ts';
import { RULES, SENDERS, TROUBLES } from '#test/support/nodes/quirks-troubles.ts';
import { type Quirk, startQuirkyNode } from '#test/support/nodes/quirky.ts';
import { Urls } from './adapter-chain-kit.ts';
import { eagerly, failureOf } from './adapter-kit.ts';

const urls = new Urls();
const named = (quirks: readonly Quirk[]) => quirks.map((quirk) => [quirk.name, quirk] as const);
const over = async (quirk: Quirk, need = 1) => {
  const node = await startQuirkyNode(urls.url, quirk);
  urls.closeLater(node.close);
  return { node, chain: urls.port(need === 1 ? [node.url] : [node.url, urls.url], need) };
};

const FEES: Readonly<Record<number, object>> = {
  0: { type: 0, gasPrice: 10_000_000_000, maxFeePerGas: null, maxPriorityFeePerGas: null },
  1: { type: 1, gasPrice: 10_000_000_000, maxFeePerGas: null, maxPriorityFeePerGas: null },
  2: {},
};
const mined: string[] = [];

beforeAll(async () => {
  await urls.start();
  for (const type of [0, 1, 2]) {
    const raw = urls.signed(FEES[type]);
    await urls.port([urls.url]).send(raw);
    await urls.mined(raw);
    urls.nonce += 1;
    mined.push(keccak256(raw));
  }
});
afterAll(() => urls.stop());

/** All that settlement reads. */
const facts = async (chain: ChainClient) => ({
  receipts: await Promise.all(mined.map((hash) => chain.receipt(hash))),
  transactions: await Promise.all(mined.map((hash) => chain.transaction(hash))),
  block: await chain.block(1n),
  count: await chain.count(urls.from.address, 'latest'),
});

describe('a node that answers in another form is read alike', () => {
  const isDearer = ({ name }: Quirk) => name === 'a receipt with fees of the chain below';
  it.each(named(ODD_ANSWERS.filter((quirk) => !isDearer(quirk))))('%s', async (_name, quirk) => {
    const right = await facts(urls.port([urls.url]));
    expect(await facts((await over(quirk)).chain)).toEqual(right);
    // Two urls of which one is odd still agree.
    expect(await facts((await over(quirk, 2)).chain)).toEqual(right);
  });
  it('fees of the chain below are read, and two urls of which one is silent about them do not agree', async () => {
    const [quirk] = ODD_ANSWERS.filter(isDearer);
    if (quirk === undefined) throw new Error('no such quirk');
    const [first = ''] = mined;
    expect(await (await over(quirk)).chain.receipt(first)).toMatchObject({ success: true, l1Fee: 10n ** 16n });
    expect(await (await over(quirk, 2)).chain.receipt(first)).toBeUndefined();
  });
});
describe('a node that leaves out what nothing else tells', () => {
  it.each(named(SILENT_ANSWERS))('%s', async (_name, quirk) => {
    const { chain, node } = await over(quirk);
    expect(await failureOf(chain.receipt(mined[0] ?? ''))).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(node.asked.filter((method) => method === 'eth_getTransactionReceipt')).toHaveLength(4);
  });
});
describe('what is in no block is not mined', () => {
  it.each(named(PENDING_ANSWERS))('%s', async (_name, quirk) => {
    expect(await (await over(quirk)).chain.receipt(mined[0] ?? '')).toBeUndefined();
  });
});
describe('trouble of a provider is no refusal', () => {
  it.each(named(TROUBLES))('a read is repeated: %s', async (_name, quirk) => {
    const { chain, node } = await over(quirk);
    expect(await failureOf(chain.balance(urls.from.address))).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    expect(node.asked.filter((method) => method === 'eth_getBalance')).toHaveLength(4);
    // Only once in a while: nobody notices.
    node.become({
      say: () => {
        const trouble = quirk.say();
        let n = 0;
        return (method, params, asked) => (n++ % 3 === 0 ? trouble(method, params, asked) : 'forward');
      },
    });
    for (let n = 0; n < 3; n++) expect(await chain.balance(urls.from.address)).toBeGreaterThan(0n);
  });
});
describe('a chain without a finalized block', () => {
  it.each(named(NO_FINALITY))('has none: %s', async (_name, quirk) => {
    expect(await (await over(quirk)).chain.block('finalized')).toBeUndefined();
    expect(await (await over(quirk)).chain.block('latest')).toBeDefined();
    const node = new ChainNode({ chainId: '31337', place: 1, url: (await over(quirk)).node.url }, eagerly);
    urls.closeLater(async () => node.close());
    // What doctor tells by: it knows the newest block, and none that is final.
    expect(await aboutNode(node)).toMatchObject({ finalized: undefined, client: expect.stringMatching(/^anvil/) });
  });
  it('an honest node tells all three', async () => {
    const node = new ChainNode({ chainId: '31337', place: 1, url: urls.url }, eagerly);
    urls.closeLater(async () => node.close());
    const { head, finalized } = await aboutNode(node);
    expect(finalized).toBe(head - 2n);
  });
});
describe('what a chain does without hinders no report before a seal', () => {
  const reportOf = async (chain: ChainClient): Promise<NodeReport | undefined> => {
    let told: NodeReport | undefined;
    await chain.report(urls.from.address, undefined, (report) => {
      told = report;
    });
    return told;
  };
  it.each(NO_METHOD.map((quirk) => [quirk.name, quirk] as const))('%s', async (_name, quirk) => {
    const right = await reportOf(urls.port([urls.url]));
    expect(right).toMatchObject({ count: BigInt(urls.nonce), tip: expect.anything() });
    const tip = quirk.method === 'eth_maxPriorityFeePerGas' ? undefined : right?.tip;
    expect(await reportOf((await over(quirk)).chain)).toEqual({ ...right, tip });
  });
});
describe('a rule that only some chains have is told in words that are known', () => {
  it.each(RULES.map((rule) => [rule.name, rule] as const))('%s', async (_name, rule) => {
    const { chain } = await over(rule);
    expect(await failureOf(chain.send(urls.signed(rule.breaks)))).toMatchObject({
      code: 'RPC_REFUSED',
      field: rule.means,
    });
  });
});
describe('what was sent is looked up before its answer is believed', () => {
  it.each(SENDERS.map((sender) => [sender.name, sender] as const))('%s', async (_name, sender) => {
    const raw = urls.signed();
    expect(await (await over(sender)).chain.send(raw)).toBe(sender.says);
    if (!sender.isMined) {
      expect(await urls.port([urls.url]).receipt(keccak256(raw))).toBeUndefined();
      return;
    }
    await urls.mined(raw);
    urls.nonce += 1;
  });
});
