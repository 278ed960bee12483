import { Interface, toBeHex, zeroPadValue } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LAB_TOKEN } from '#local/lab/config.ts';
import { predictionObject } from '#schemas/names.ts';
import { FALSE_CODE, TOKEN_CODE } from '#test/support/nodes/tokens.ts';
import type { Ran } from '../support/cli.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { commandLine } from '../support/operators.ts';
import { draft, payee } from '../support/requests.ts';
import { rpc } from '../support/rpc.ts';
import { oneStory } from '../support/story.ts';

/** What co-signers are shown of a token on a real node, where it lies, and what finance hears when the token then does otherwise. */
const TOKEN = new Interface(['function transfer(address to, uint256 amount) returns (bool)']);
const SHOP = payee(910);
const policy = {
  rules: [
    {
      name: 'pay',
      effect: 'allow',
      destinations: [LAB_TOKEN],
      maxValueWei: '0',
      calls: [{ function: 'transfer(address to, uint256 amount)', limits: [{ argument: 'to', in: [SHOP] }] }],
      tokens: [{ chainId: '31337', token: 'TEST', maxUnits: '1000' }],
    },
  ],
};

let test: TestLab;
let cli: (...args: readonly string[]) => Promise<Ran>;
const set = (method: string, ...params: readonly string[]) => rpc(test.lab.chain.url, method, params, z.unknown());

beforeAll(async () => {
  test = await startTestLab({
    law: (usual) => ({ ...usual, wallets: usual.wallets.map((wallet) => ({ ...wallet, policy })) }),
  });
  cli = commandLine(test);
  await set('anvil_setCode', LAB_TOKEN, TOKEN_CODE);
  const { address } = test.lab.wallet;
  await set('anvil_setStorageAt', LAB_TOKEN, zeroPadValue(address, 32), toBeHex(100_000n, 32));
}, 90_000);
afterAll(() => test?.close(), 30_000);
oneStory();

const asked = (amount: bigint) =>
  test.ask(
    draft({
      to: LAB_TOKEN,
      value: '0',
      gasLimit: '150000',
      data: TOKEN.encodeFunctionData('transfer', [SHOP, amount]),
    }),
  );
const approved = async (id: string, who: string): Promise<Ran> => {
  const ran = await cli('approve', id, '--as', who, '--yes');
  expect([ran.code, ran.json.ok]).toEqual([0, true]);
  return ran;
};
const stored = (id: string, who: string) => test.json('keys', predictionObject({ bucket: '', prefix: `${who}/` }, id));

describe('a token that does what it did in the simulation', () => {
  it('is shown before it is approved, and deviates from nothing', async () => {
    const id = await asked(40n);
    const { json } = await cli('show', id, '--as', 'alice');
    const move = { standard: 'erc20', address: LAB_TOKEN, tokenId: '', from: test.lab.wallet.address, to: SHOP };
    expect(json.simulation).toMatchObject({
      kind: 'told',
      outcomes: [{ success: true, moves: [{ ...move, amount: '40' }], differences: [] }],
    });
    for (const who of ['alice', 'bob']) {
      expect((await approved(id, who)).json.prediction).toMatchObject({ state: 'stored' });
      expect(stored(id, who)).toMatchObject({ id, coSigner: who, succeeds: 'yes', moves: [{ ...move, amount: '40' }] });
    }
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect((await test.event('keyturn.receipt', { id })).body).toMatchObject({ deviations: [] });
  });
});

describe('a token that does otherwise once it is approved', () => {
  it('is told to finance, as what was not approved, and as what alice was not shown', async () => {
    const id = await asked(50n);
    await approved(id, 'alice');
    await set('anvil_setCode', LAB_TOKEN, FALSE_CODE);
    // By gcloud, say: without a prediction.
    await test.approve('bob', id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    const asset = { standard: 'erc20', address: LAB_TOKEN, tokenId: '', expected: '50', actual: '0' };
    const deviations = [
      { ...asset, code: 'NOT_MOVED', coSigner: '' },
      { ...asset, code: 'MOVED_OTHERWISE', coSigner: 'alice' },
    ];
    expect((await test.event('keyturn.receipt', { id })).body).toMatchObject({ deviations });
    const { json } = await cli('receipts', '--as', 'finance');
    const receipts = z.array(z.looseObject({ id: z.string() })).parse(json.receipts);
    expect(receipts.find((one) => one.id === id)).toMatchObject({ deviations, backing: { kind: 'chain' } });
  });
});
