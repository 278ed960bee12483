import { toBeHex } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { approvedObject, openObject, outcomeObject } from '#schemas/names.ts';
import { KEEPER, REVERTER } from '#test/support/nodes/contracts.ts';
import { ODD_ANSWERS } from '#test/support/nodes/quirks-answers.ts';
import { TROUBLES } from '#test/support/nodes/quirks-troubles.ts';
import { type QuirkyNode, type Say, startQuirkyNode } from '#test/support/nodes/quirky.ts';
import { type Fields, startTestLab, type TestLab } from '../support/lab.ts';
import { alarms, approved, FEES, paid } from '../support/payments.ts';
import { type Draft, ETHER, payee } from '../support/requests.ts';
import { balanceOf, rpc } from '../support/rpc.ts';

/**
 * One lab in which everything differs from the usual one. There are two chains that nobody trusts, each with two urls that must agree. There
 * are two wallets of three holders, tiers of approval, and a window of time. The built code runs each kind of transaction through it.
 */
const SECOND = 31_338;
const WINDOW = (ETHER * 6n) / 10n;
const ANYWHERE = { effect: 'allow', destinations: ['*'], maxFeeWei: `${ETHER}` };
const POLICIES = {
  treasury: {
    rules: [
      { name: 'create', ...ANYWHERE, destinations: ['create'], maxValueWei: '0' },
      // Of the contracts of this test nobody knows what their calls mean.
      { name: 'small', ...ANYWHERE, maxValueWei: `${ETHER}`, opaque: true },
      { name: 'large', ...ANYWHERE, maxValueWei: `${ETHER * 20n}`, approvals: 3 },
    ],
  },
  ops: {
    rules: [{ name: 'any', ...ANYWHERE, maxValueWei: `${ETHER}` }],
    windows: [{ name: 'hourly', seconds: 3600, maxWei: `${WINDOW}` }],
  },
};

let test: TestLab;
/** What stands in front of each chain's node, as its first url. */
const gates = new Map<string, QuirkyNode>();

beforeAll(async () => {
  test = await startTestLab({
    coSigners: 3,
    moreChains: [SECOND],
    moreWallets: ['ops'],
    urlsOf: async (url, chainId) => {
      const gate = await startQuirkyNode(url);
      gates.set(chainId, gate);
      return [gate.url, url];
    },
    law: (usual) => ({
      ...usual,
      chains: usual.chains.map((chain) => ({ ...chain, trusted: false })),
      wallets: usual.wallets.map((wallet) => ({
        ...wallet,
        policy: POLICIES[wallet.name === 'ops' ? 'ops' : 'treasury'],
      })),
    }),
  });
}, 90_000);
afterAll(async () => {
  await test?.close();
  for (const gate of gates.values()) await gate.close();
}, 30_000);

const urlOf = (chainId: string): string =>
  [test.lab.chain, ...test.lab.moreChains].find((node) => node.chainId === chainId)?.url ?? '';
const receiptOf = async (id: string): Promise<Fields> => (await test.event('keyturn.receipt', { id })).body;
const TYPES = ['0', '1', '2'] as const;
const call = (over: Draft): Draft => ({ value: '0', gasLimit: '100000', ...over });

describe('payments', () => {
  const cases = TYPES.flatMap((type) =>
    ['treasury', 'ops'].flatMap((wallet) => ['31337', `${SECOND}`].map((chainId) => ({ type, wallet, chainId }))),
  );
  it('of every type, from both wallets, on both chains', async () => {
    const drafts = cases.map(({ type, ...rest }, n) => ({
      ...FEES[type],
      ...rest,
      to: payee(200 + n),
      value: `${1000 + n}`,
      maxFeePerGas: '3000000000',
    }));
    await paid(test, drafts);
    for (const [n, { chainId }] of cases.entries()) {
      expect(await balanceOf(urlOf(chainId), payee(200 + n))).toBe(BigInt(1000 + n));
      const other = chainId === '31337' ? `${SECOND}` : '31337';
      expect(await balanceOf(urlOf(other), payee(200 + n))).toBe(0n);
    }
  });
});

describe('contracts', () => {
  const keepers: string[] = [];
  let reverter = '';

  it('are created by transactions of every type', async () => {
    const creations = [KEEPER, KEEPER, KEEPER, REVERTER].map((data, n) =>
      call({ ...FEES[TYPES[n] ?? '2'], to: '', data, gasLimit: '200000' }),
    );
    for (const [n, id] of (await paid(test, creations)).entries()) {
      const { contractAddress } = await receiptOf(id);
      if (n < 3) keepers.push(`${contractAddress}`);
      else reverter = `${contractAddress}`;
    }
    for (const at of [...keepers, reverter])
      expect(await rpc(urlOf('31337'), 'eth_getCode', [at, 'latest'], z.string())).not.toBe('0x');
  });

  it('are called, with and without an access list', async () => {
    const word = (n: number) => toBeHex(n + 1, 32);
    const listed = (address: string) => JSON.stringify([{ address, storageKeys: [toBeHex(0, 32)] }]);
    const calls = keepers.map((to, n) =>
      call({ ...FEES[TYPES[n] ?? '2'], to, data: word(n), accessList: n === 0 ? '' : listed(to) }),
    );
    await paid(test, calls);
    for (const [n, at] of keepers.entries())
      expect(await rpc(urlOf('31337'), 'eth_getStorageAt', [at, '0x0', 'latest'], z.string())).toBe(word(n));
  });

  it('that revert give an outcome of their own, with their reason', async () => {
    const ids = await approved(
      test,
      TYPES.map((type) => call({ ...FEES[type], to: reverter })),
    );
    for (const id of ids) {
      expect(await test.outcome(id)).toMatchObject({
        outcome: 'reverted',
        reason: 'mined and reverted, “no”; its fee was paid',
      });
      expect(await receiptOf(id)).toMatchObject({ status: 'reverted', valueWei: '0' });
    }
  });
});

it('what is large waits for a third approval', async () => {
  const [id = ''] = await approved(test, [{ to: payee(250), value: `${2n * ETHER}` }]);
  for (const coSigner of ['alice', 'bob']) await test.event('keyturn.request.share-seen', { id, coSigner });
  expect(test.read('results', approvedObject(id))).toBeUndefined();
  await test.approve('carol', id);
  expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
  expect(await balanceOf(urlOf('31337'), payee(250))).toBe(2n * ETHER);
});

it('what does not fit into the window waits, on its chain alone, and stops nothing else', async () => {
  const pay = (n: number, value: bigint, chainId = '31337'): Draft => ({
    wallet: 'ops',
    chainId,
    to: payee(n),
    value: `${value}`,
  });
  const much = WINDOW - ETHER / 10n;
  await paid(test, [pay(260, much)]);
  const [waiting = ''] = await approved(test, [pay(261, much)]);
  await test.until('a wait for the window', () =>
    test.logged('turn.wait', { id: waiting }).some(({ fields }) => fields.code === 'WINDOW_FULL'),
  );
  await paid(test, [pay(262, 5n), pay(263, much, `${SECOND}`)]);
  expect(await balanceOf(urlOf('31337'), payee(261))).toBe(0n);
  expect(test.read('results', outcomeObject(waiting))).toBeUndefined();
  expect(test.read('work', openObject('ops', waiting))).toBeDefined();
});

it('two urls must agree: while one hides what is mined, nothing is settled', async () => {
  const gate = gates.get('31337');
  const hiding: Say = (method) => (method === 'eth_getTransactionReceipt' ? { result: null } : 'forward');
  gate?.become({ say: () => hiding });
  const [id = ''] = await approved(test, [{ to: payee(270), value: '7' }]);
  await test.until('the payment to be mined', async () => (await balanceOf(urlOf('31337'), payee(270))) === 7n);
  const looks = () => gate?.asked.filter((method) => method === 'eth_getTransactionReceipt').length ?? 0;
  const before = looks();
  await test.until('ten more looks', () => looks() > before + 10);
  expect(test.read('results', outcomeObject(id))).toBeUndefined();
  gate?.become(undefined);
  expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
});

describe('a payment is settled through a url with a quirk', () => {
  // Both urls of a chain with fees below it tell them: one that is silent does not agree.
  const quirks = ODD_ANSWERS.filter(({ name }) => name !== 'a receipt with fees of the chain below');
  it.each(quirks.map((quirk, n) => [quirk.name, quirk, n] as const))('%s', async (_name, quirk, n) => {
    gates.get('31337')?.become(quirk);
    await paid(test, [{ ...FEES[n % 2 === 0 ? '0' : '2'], to: payee(280 + n), value: `${n + 1}` }]);
    expect(await balanceOf(urlOf('31337'), payee(280 + n))).toBe(BigInt(n + 1));
  });

  it('one call in three fails, each time in the way of another provider', async () => {
    let n = 0;
    const troubles = TROUBLES.map((quirk) => quirk.say());
    const say: Say = (method, params, asked) => {
      n += 1;
      return n % 3 === 0 ? (troubles[(n / 3) % troubles.length]?.(method, params, asked) ?? 'forward') : 'forward';
    };
    gates.get('31337')?.become({ say: () => say });
    const drafts = [0, 1, 2].map((k) => ({ to: payee(299 - k), value: `${k + 1}` }));
    await paid(test, drafts);
    expect(n).toBeGreaterThan(3 * TROUBLES.length);
    gates.get('31337')?.become(undefined);
  });
});

it('and in all of this nobody was alarmed', () => {
  expect(alarms(test)).toEqual([]);
});
