import { getAddress, Transaction } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseFact } from '#schemas/facts.ts';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { type QuirkyNode, type Say, startQuirkyNode } from '#test/support/nodes/quirky.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { commandLine } from '../e2e/support/operators.ts';
import { entrySchema } from '../e2e/support/proof.ts';
import { type Draft, draft, payee } from '../e2e/support/requests.ts';
import { balanceOf, countOf, minedReceipt, rpc } from '../e2e/support/rpc.ts';
import { always, BLIND, changed, freezing, LIES, madeUp } from './support/lies.ts';

/** The built functions and the built machine, behind three urls that may lie. Two must agree about outcomes. */
let test: TestLab;
const urls: QuirkyNode[] = [];
beforeAll(async () => {
  test = await startTestLab({
    law: (usual) => ({ ...usual, chains: usual.chains.map((chain) => ({ ...chain, trusted: false })) }),
    urlsOf: async (url) => {
      for (let n = 0; n < 3; n++) urls.push(await startQuirkyNode(url));
      return urls.map((node) => node.url);
    },
  });
}, 90_000);
afterAll(async () => {
  await test.close();
  await Promise.all(urls.map((node) => node.close()));
}, 30_000);
/** From now on these urls say so, and the others the truth. */
const saying = (say: Say, ...places: readonly number[]): void => {
  for (const [n, node] of urls.entries()) node.become(places.includes(n) ? { say: () => say } : undefined);
};
const honest = (): void => saying(() => 'forward');
afterEach(honest);

const chain = () => test.lab.chain.url;
const VALUE = 10n ** 15n;
let people = 400;
/** Every request, as it was asked for and approved. */
const asked = new Map<string, Draft>();
const approved = async (over: Draft = {}): Promise<string> => {
  const request = draft({ to: payee(++people), value: `${VALUE}`, ...over });
  const id = await test.ask(request);
  asked.set(id, request);
  for (const name of ['alice', 'bob']) await test.approve(name, id);
  return id;
};
const got = (id: string): Promise<bigint> => balanceOf(chain(), `${asked.get(id)?.to}`);
const mined = (): Promise<bigint> => countOf(chain(), test.lab.wallet.address);
const ticks = async (more: number): Promise<void> => {
  const before = test.logged('reconcile.done').length;
  await test.until('ticks', () => test.logged('reconcile.done').length >= before + more);
};
/** It ends as the chain itself tells it, to whoever asks the node past all urls. */
const settles = async (id: string): Promise<void> => {
  const outcome = await test.outcome(id);
  expect(outcome).toMatchObject({ outcome: 'finalized' });
  const told = await rpc(chain(), 'eth_getTransactionReceipt', [outcome.transactionHash], minedReceipt);
  const { body } = await test.event('keyturn.receipt', { id });
  expect([outcome.blockNumber, body.blockHash, body.feeWei, told.status]).toEqual([
    `${told.blockNumber}`,
    told.blockHash,
    `${told.gasUsed * told.effectiveGasPrice}`,
    1n,
  ]);
  expect(await got(id)).toBe(VALUE);
};
const waitsFor = async (id: string): Promise<unknown> => (await commandLine(test)('why', id)).json.code;

describe('threat 13: one url of three lies: nothing waits for it, and nothing is told by it', () => {
  it.each(LIES)('%s', async (_, say) => {
    const before = await mined();
    saying(say, people % 3);
    const id = await approved();
    await settles(id);
    expect(await mined()).toBe(before + 1n);
  });
});

describe('threat 13: one url of two lies: what is told of a payment waits, and not the payment', () => {
  it.each(BLIND.slice(0, 2))('%s', async (_, say) => {
    // The third is down.
    urls[0]?.become({ say: () => () => 'hang up' });
    urls[1]?.become({ say: () => say });
    const id = await approved();
    await test.until('the payment', async () => (await got(id)) === VALUE);
    await ticks(6);
    expect(test.json('results', `requests/${id}/outcome.json`)).toBeUndefined();
    honest();
    await settles(id);
  });
});

describe('threat 87: all urls lie alike, which the law excludes', () => {
  it('a count far ahead: nothing is sealed, and later it goes on at the nonce of the register', async () => {
    const before = await mined();
    saying(always('eth_getTransactionCount', '0x3e8'), 0, 1, 2);
    const id = await approved();
    await test.until('the wait to be told', async () => (await waitsFor(id)) === 'CHAIN_AHEAD');
    expect(sealedItems().filter((item) => item.id === id)).toEqual([]);
    honest();
    await settles(id);
    expect(test.json('results', submittedObject(id))?.nonce).toBe(`${before}`);
  });

  it('an empty wallet: it waits, and later it is paid', async () => {
    saying(always('eth_getBalance', '0x0'), 0, 1, 2);
    const id = await approved();
    await test.until('the wait to be told', async () => (await waitsFor(id)) === 'BALANCE_LOW');
    honest();
    await settles(id);
  });

  it('base fees beyond every ceiling: no rung is signed above what was approved', async () => {
    saying(
      changed(['eth_getBlockByNumber'], (block) => ({ ...block, baseFeePerGas: '0xffffffffffff' })),
      0,
      1,
      2,
    );
    const id = await approved();
    await test.until('signed bytes', () => test.read('signed', signedObject(id)));
    honest();
    await settles(id);
  });

  it('a block with the payment disappears before it is final: the same bytes once more, settled once', async () => {
    const snapshot = await rpc(chain(), 'evm_snapshot', [], z.string());
    const head = await rpc(chain(), 'eth_blockNumber', [], z.string());
    saying(freezing(head), 0, 1, 2);
    const id = await approved();
    await test.until('the payment', async () => (await got(id)) === VALUE);
    const bytes = `${test.read('signed', signedObject(id))}`;
    await rpc(chain(), 'evm_revert', [snapshot], z.literal(true));
    expect(await got(id)).toBe(0n);
    honest();
    await settles(id);
    expect(`${test.read('signed', signedObject(id))}`).toBe(bytes);
    expect(sealedItems().filter((item) => item.id === id)).toHaveLength(1);
  });

  it('a payment that never was: it is told as paid, and shown as unverified to who asks another node', async () => {
    const head = z.object({ number: z.string(), hash: z.string() });
    const block = await rpc(chain(), 'eth_getBlockByNumber', ['latest', false], head);
    saying(madeUp(block), 0, 1, 2);
    const id = await approved();
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    honest();
    await isGone(id);
  });

  it('a final block that disappears: what was in it is shown as unverified, and is not paid again by itself', async () => {
    const snapshot = await rpc(chain(), 'evm_snapshot', [], z.string());
    const id = await approved();
    await settles(id);
    await rpc(chain(), 'evm_revert', [snapshot], z.literal(true));
    await isGone(id);
  });

  it('whatever they said, what is signed is what was approved: once each, at nonces without a gap', async () => {
    const items = sealedItems();
    const isReplacement = ({ id }: { readonly id: string }): boolean => asked.get(id)?.replaces !== '';
    const nonces = items.filter((item) => !isReplacement(item)).map(({ nonce }) => Number(nonce));
    expect(nonces.toSorted((a, b) => a - b)).toEqual(nonces.map((_, n) => n));
    expect(items.map(({ id }) => id).toSorted()).toEqual([...asked.keys()].toSorted());
    for (const [id, { to, value, maxFeePerGas, maxPriorityFeePerGas, data }] of asked)
      for (const rung of rungsOf(id)) {
        expect([rung.to, rung.value, rung.data, rung.chainId, rung.from]).toEqual([
          getAddress(`${to}`),
          BigInt(`${value}`),
          data,
          31337n,
          test.lab.wallet.address,
        ]);
        expect(rung.nonce).toBe(Number(items.find((item) => item.id === id)?.nonce));
        expect(rung.maxFeePerGas).toBeLessThanOrEqual(BigInt(`${maxFeePerGas}`));
        expect(rung.maxPriorityFeePerGas).toBeLessThanOrEqual(BigInt(`${maxPriorityFeePerGas}`));
      }
  });
});

/** Told as final, and on no chain. Its nonce is free again only by a replacement, which people approve like any other. */
const isGone = async (id: string): Promise<void> => {
  const k = commandLine(test);
  expect(await got(id)).toBe(0n);
  const gone = { kind: 'unverified', because: 'the chain shows no such transaction in a final block' };
  expect((await k('status', id)).json.backing).toEqual(gone);
  const receipts = z.object({ receipts: z.array(z.object({ id: z.string(), backing: z.unknown() })) });
  const listed = receipts.parse((await k('receipts')).json).receipts.find((one) => one.id === id);
  expect(listed?.backing).toEqual(gone);
  const { nonce } = test.json('results', submittedObject(id)) ?? {};
  const self = test.lab.wallet.address;
  const fees = { maxFeePerGas: '60000000000', maxPriorityFeePerGas: '2000000000' };
  const cure = await approved({ replaces: id, nonce: `${nonce}`, to: self, value: '0', ...fees });
  expect(await test.outcome(cure)).toMatchObject({ outcome: 'finalized' });
  expect(test.json('results', submittedObject(cure))?.nonce).toBe(nonce);
  expect(await got(id)).toBe(0n);
  const next = await approved();
  await settles(next);
};

const sealedItems = () =>
  test
    .list('register', 'seals/')
    .map((name) => entrySchema.parse(test.json('register', name)))
    .flatMap(({ items }) => items);

const rungsOf = (id: string): readonly Transaction[] =>
  parseFact('signed', test.read('signed', signedObject(id)) ?? Buffer.alloc(0)).rungs.map(({ raw }) =>
    Transaction.from(raw),
  );
