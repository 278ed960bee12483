import { Interface, MaxUint256, toBeHex, zeroPadValue } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LAB_TOKEN } from '#local/lab/config.ts';
import { OWNER } from '#local/lab/people.ts';
import { digestOf } from '#schemas/digest.ts';
import { openObject, requestObject, signedObject } from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import { FALSE_CODE, TOKEN_CODE } from '#test/support/nodes/tokens.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { bytesOf, type Draft, draft, payee } from '../support/requests.ts';
import { rpc } from '../support/rpc.ts';

/** Tokens on a real node, paid by the built code: what the law caps, and who may be paid. Encodings are made by ethers. */
const CALLS = new Interface([
  'function transfer(address to, uint256 amount) returns (bool)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'function multicall(bytes[] data)',
  'function allowance(address owner, address spender) view returns (uint256)',
]);
const call = (name: string, ...args: readonly unknown[]): string => CALLS.encodeFunctionData(name, args);
const FALSE_TOKEN = `0x${'4'.repeat(40)}`;
const [SHOP, THIEF] = [payee(900), payee(901)];
const [CAP, WINDOW, FUNDS] = [1000n, 1650n, 100_000n];

const toShop = (argument: string) => [{ argument, in: [SHOP] }];
const policy = {
  rules: [
    {
      name: 'pay',
      effect: 'allow',
      destinations: [LAB_TOKEN, FALSE_TOKEN],
      maxValueWei: '0',
      calls: [
        { function: 'transfer(address to, uint256 amount)', limits: toShop('to') },
        { function: 'approve(address spender, uint256 amount)', limits: toShop('spender') },
        { function: 'multicall(bytes[] data)', limits: [] },
      ],
      tokens: ['TEST', 'NO'].map((token) => ({ chainId: '31337', token, maxUnits: `${CAP}` })),
    },
  ],
  windows: [{ name: 'hourly', seconds: 3600, chainId: '31337', token: 'TEST', maxUnits: `${WINDOW}` }],
};

let test: TestLab;
const slotOf = (address: string): string => zeroPadValue(address, 32);
const unitsOf = async (address: string): Promise<bigint> =>
  BigInt(await rpc(test.lab.chain.url, 'eth_getStorageAt', [LAB_TOKEN, slotOf(address), 'latest'], z.string()));

beforeAll(async () => {
  test = await startTestLab({
    law: (usual) => ({
      ...usual,
      chains: usual.chains.map((chain) => ({
        ...chain,
        tokens: [...chain.tokens, { address: FALSE_TOKEN, symbol: 'NO', decimals: 0 }],
      })),
      wallets: usual.wallets.map((wallet) => ({ ...wallet, policy })),
    }),
  });
  const set = (method: string, ...params: readonly string[]) => rpc(test.lab.chain.url, method, params, z.unknown());
  await set('anvil_setCode', LAB_TOKEN, TOKEN_CODE);
  await set('anvil_setCode', FALSE_TOKEN, FALSE_CODE);
  await set('anvil_setStorageAt', LAB_TOKEN, slotOf(test.lab.wallet.address), toBeHex(FUNDS, 32));
}, 90_000);
afterAll(() => test?.close(), 30_000);

const token = (data: string, over: Draft = {}): Draft =>
  draft({ to: LAB_TOKEN, value: '0', gasLimit: '150000', data, ...over });
const approve = async (id: string): Promise<void> => {
  await test.approve('alice', id);
  await test.approve('bob', id);
};

const half = call('transfer', SHOP, 400n);
const UNLAWFUL: readonly (readonly [string, string, RegExp])[] = [
  ['more than the cap', call('transfer', SHOP, CAP + 1n), /the cap of rule pay is 1000 units/],
  ['another payee', call('transfer', THIEF, 1n), /rule pay/],
  [
    'dirty upper bytes of an address',
    call('transfer', SHOP, 1n).replace('a9059cbb00', 'a9059cbb01'),
    /no rule allows it/,
  ],
  ['bytes behind the arguments', `${call('transfer', SHOP, 1n)}00`, /no rule allows it/],
  ['an approval without end', call('approve', SHOP, MaxUint256), /the cap of rule pay is 1000 units/],
  [
    'a multicall within a multicall, which together pay too much',
    call('multicall', [half, call('multicall', [half, half])]),
    /the cap of rule pay is 1000 units/,
  ],
  [
    'a multicall that pays another',
    call('multicall', [half, call('multicall', [call('transfer', THIEF, 1n)])]),
    /rule pay/,
  ],
];

describe('what the law does not allow', () => {
  it.each(UNLAWFUL)('is refused at intake: %s', async (_, data, reason) => {
    const asked = token(data);
    await test.publish(bytesOf(asked));
    const { body } = await test.event('keyturn.request.refused', { reference: asked.reference });
    expect(body).toMatchObject({ code: 'POLICY_DENIED', field: 'data', reason: expect.stringMatching(reason) });
  });

  it('is refused by the machine, where a hostile intake has accepted it and two have approved', async () => {
    const ids = await Promise.all(
      UNLAWFUL.map(async ([, data]) => {
        const request = parseRequest(token(data));
        const { address } = test.lab.wallet;
        const id = digestOf(request, address, 'lab-register');
        const fact = { id, walletAddress: address, lawHash: test.lab.config.lawHash, request };
        const { store } = test.lab.servers;
        store.insert(OWNER, 'lab-results', requestObject(id), bytesOf(fact));
        store.insert(OWNER, 'lab-work', openObject('treasury', id), bytesOf(request));
        await approve(id);
        return id;
      }),
    );
    for (const id of ids) {
      expect((await test.line('turn.close', { id })).fields).toMatchObject({ code: 'POLICY_DENIED' });
      expect(await test.outcome(id)).toMatchObject({ outcome: 'refused', code: 'POLICY_DENIED', transactionHash: '' });
      expect(test.read('signed', signedObject(id))).toBeUndefined();
    }
    expect([await unitsOf(test.lab.wallet.address), await unitsOf(THIEF)]).toEqual([FUNDS, 0n]);
  }, 60_000);
});

describe('within the law', () => {
  it('a payment moves the token, and its receipt says what could leave and what did', async () => {
    const id = await test.ask(token(call('transfer', SHOP, 900n)));
    await approve(id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect([await unitsOf(SHOP), await unitsOf(test.lab.wallet.address)]).toEqual([900n, FUNDS - 900n]);
    const { assets, ...receipt } = (await test.event('keyturn.receipt', { id })).body;
    expect(assets).toContainEqual(expect.objectContaining({ standard: 'erc20', address: LAB_TOKEN, leaves: '900' }));
    expect(receipt).toMatchObject({
      ...{ callSignature: 'transfer(address,uint256)', transfersListed: 'all', deviations: [] },
      transfers: [{ standard: 'erc20', address: LAB_TOKEN, symbol: 'TEST', to: SHOP, amount: '900', logIndex: '0' }],
    });
  });

  it('calls within a call within a call each move what they say, and count together', async () => {
    const [before, shop] = [await unitsOf(test.lab.wallet.address), await unitsOf(SHOP)];
    const inner = call('multicall', [call('transfer', SHOP, 30n), call('transfer', SHOP, 31n)]);
    const data = call('multicall', [call('transfer', SHOP, 39n), inner]);
    const id = await test.ask(token(data, { gasLimit: '250000' }));
    await approve(id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect([await unitsOf(SHOP), await unitsOf(test.lab.wallet.address)]).toEqual([shop + 100n, before - 100n]);
    const { body } = await test.event('keyturn.receipt', { id });
    expect(body).toMatchObject({
      ...{ callSignature: 'multicall(bytes[])', transfersListed: 'all', deviations: [] },
      transfers: ['39', '30', '31'].map((amount) => ({ address: LAB_TOKEN, symbol: 'TEST', to: SHOP, amount })),
    });
    expect(body.assets).toContainEqual(expect.objectContaining({ address: LAB_TOKEN, leaves: '100', allows: '0' }));
  });

  it('a small approval lets the payee take so much and no more, and moves nothing', async () => {
    const before = await unitsOf(test.lab.wallet.address);
    const id = await test.ask(token(call('approve', SHOP, 50n)));
    await approve(id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    const asked = { to: LAB_TOKEN, data: call('allowance', test.lab.wallet.address, SHOP) };
    expect(BigInt(await rpc(test.lab.chain.url, 'eth_call', [asked, 'latest'], z.string()))).toBe(50n);
    expect(await unitsOf(test.lab.wallet.address)).toBe(before);
    const { body } = await test.event('keyturn.receipt', { id });
    expect(body).toMatchObject({
      ...{ callSignature: 'approve(address,uint256)', transfersListed: 'all', transfers: [], deviations: [] },
    });
    expect(body.assets).toContainEqual(expect.objectContaining({ address: LAB_TOKEN, leaves: '0', allows: '50' }));
  });

  it('a token that answers false is mined all the same, and the receipt names what did not move', async () => {
    const id = await test.ask(token(call('transfer', SHOP, 5n), { to: FALSE_TOKEN }));
    await approve(id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    const { body } = await test.event('keyturn.receipt', { id });
    expect(body).toMatchObject({
      ...{ status: 'finalized', transfersListed: 'all', transfers: [] },
      deviations: [{ code: 'NOT_MOVED', standard: 'erc20', address: FALSE_TOKEN, expected: '5', actual: '0' }],
    });
  });

  it('what no longer fits into the window waits, and is not sealed', async () => {
    const id = await test.ask(token(call('transfer', SHOP, 700n)));
    await approve(id);
    await test.line('turn.wait', { id, code: 'WINDOW_FULL' });
    expect(test.read('signed', signedObject(id))).toBeUndefined();
    // 600 more fit.
    const other = await test.ask(token(call('transfer', SHOP, 600n)));
    await approve(other);
    expect(await test.outcome(other)).toMatchObject({ outcome: 'finalized' });
    // What was approved counts too, though it never moved.
    expect(await unitsOf(SHOP)).toBe(WINDOW - 50n);
    expect(test.read('signed', signedObject(id))).toBeUndefined();
  });
});
