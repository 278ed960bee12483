import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openObject, stopLiftedObject, stoppedObject } from '#schemas/names.ts';
import type { Ran } from './support/cli.ts';
import { startTestLab, type TestLab } from './support/lab.ts';
import { commandLine } from './support/operators.ts';
import { bytesOf, draft, ETHER, payee } from './support/requests.ts';
import { balanceOf, countOf, minedReceipt, minedTransaction, rpc } from './support/rpc.ts';
import { oneStory } from './support/story.ts';

/** Any 2 of alice and bob. One story: nonces follow each other, and a wallet that was stopped goes on. */
let test: TestLab;
let cli: (...args: readonly string[]) => Promise<Ran>;
beforeAll(async () => {
  test = await startTestLab();
  cli = commandLine(test);
}, 90_000);
afterAll(() => test.close(), 30_000);
oneStory();

const GWEI = 10n ** 9n;
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const node = <T>(method: string, params: readonly unknown[], schema: z.ZodType<T>) =>
  rpc(test.lab.chain.url, method, params, schema);
const feeOfBlock = z.object({ baseFeePerGas: z.string().transform(BigInt) });
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);

/** wei. From there the base fee falls by an eighth with each empty block. */
const DEAR = 20_000n * GWEI;
const raiseBaseFee = async () => {
  await node('anvil_setNextBlockBaseFeePerGas', [hex(DEAR)], z.null());
  await node('evm_mine', [], z.string());
};
const baseFee = async () => (await node('eth_getBlockByNumber', ['latest', false], feeOfBlock)).baseFeePerGas;
/** wei. However long this takes, no base fee falls to it: an eighth of 7 is rounded down to nothing (EIP-1559). */
const LITTLE = 6n;
const POOR = { maxFeePerGas: `${LITTLE}`, maxPriorityFeePerGas: `${LITTLE}` };

const approveBoth = async (id: string) => {
  for (const who of ['alice', 'bob']) {
    const { code, json, err } = await cli('approve', id, '--as', who, '--yes');
    expect([code, json.ok, err]).toEqual([0, true, '']);
  }
};
const submitted = (id: string) =>
  test.until(`submitted.json of ${id}`, () => test.json('results', `requests/${id}/submitted.json`));
const receiptsOf = (id: string) => test.events('keyturn.receipt', { id });
const sealsOf = (id: string) =>
  test.list('register', 'seals/').flatMap((name) => {
    const { kind, items } = test.json('register', name) ?? {};
    return kind === 'seal' && Array.isArray(items) ? items.filter((item) => item.id === id) : [];
  });

describe('keyturn cancel', () => {
  let poor = '';
  let cancelling = '';
  const to = payee(61);

  it('refuses what is not sealed, and says what to do instead', async () => {
    poor = await test.ask({ ...POOR, to, reference: 'stuck', memo: 'invoice 7' });
    const { code, json } = await cli('cancel', poor);
    expect([code, json.ok, json.code]).toEqual([1, false, 'REPLACES_UNKNOWN']);
    expect(json.message).toMatch(/not sealed yet.*keyturn withdraw/);
  });

  it('a transaction that pays too little is sealed at nonce 0, and never mined', async () => {
    await approveBoth(poor);
    expect(await submitted(poor)).toMatchObject({ nonce: '0' });
    const { json } = await cli('status', poor);
    expect(json).toMatchObject({ stage: 'submitted', nonce: '0', outcome: null });
    expect(await countOf(test.lab.chain.url, test.lab.wallet.address)).toBe(0n);
  });

  it('asks for a transaction to the wallet itself at the same nonce that moves nothing', async () => {
    await raiseBaseFee();
    const { code, json } = await cli('cancel', poor);
    expect([code, json.answer]).toEqual([0, 'accepted']);
    expect(json.request).toMatchObject({
      to: test.lab.wallet.address,
      value: '0',
      data: '0x',
      nonce: '0',
      replaces: poor,
      memo: 'cancels stuck',
    });
    const { maxFeePerGas, maxPriorityFeePerGas } = z
      .object({ maxFeePerGas: z.coerce.bigint(), maxPriorityFeePerGas: z.coerce.bigint() })
      .parse(json.request);
    // Nodes want 10 % more of both, and the chain wants its base fee, which has only fallen since it was asked.
    const asked = await baseFee();
    expect(asked).toBeLessThanOrEqual(DEAR);
    expect(maxFeePerGas).toBeGreaterThan(asked + maxPriorityFeePerGas);
    expect(maxFeePerGas).toBeGreaterThan(GWEI);
    expect(maxPriorityFeePerGas * 10n).toBeGreaterThanOrEqual(LITTLE * 11n);
    cancelling = String(json.id);
    expect(test.json('results', `requests/${poor}/outcome.json`)).toBeUndefined();
  });

  it('co-signers approve it like any other, and it is mined in its place', async () => {
    await approveBoth(cancelling);
    const outcome = await test.outcome(cancelling);
    expect(outcome).toMatchObject({ outcome: 'finalized', code: '' });
    const mined = await node('eth_getTransactionByHash', [outcome.transactionHash], minedTransaction);
    expect(mined).toMatchObject({ nonce: 0n, value: 0n, input: '0x' });
    const receipt = await node('eth_getTransactionReceipt', [outcome.transactionHash], minedReceipt);
    expect([receipt.status, receipt.to]).toEqual([1n, test.lab.wallet.address.toLowerCase()]);
    expect(await balanceOf(test.lab.chain.url, to)).toBe(0n);
    expect(sealsOf(poor).map(({ nonce }) => nonce)).toEqual(['0']);
    expect(sealsOf(cancelling).map(({ nonce }) => nonce)).toEqual(['0']);
  });

  it('the first ends as replaced, by name, and only what was mined has a receipt', async () => {
    expect(await test.outcome(poor)).toMatchObject({
      outcome: 'replaced',
      code: 'REPLACED',
      reason: expect.stringContaining(cancelling),
      receipt: '',
    });
    expect((await test.event('keyturn.request.outcome', { id: poor })).body).toMatchObject({ outcome: 'replaced' });
    const { body } = await test.event('keyturn.receipt', { id: cancelling });
    expect(body).toMatchObject({
      status: 'finalized',
      valueWei: '0',
      nonce: '0',
      reference: expect.stringMatching(/^cancel:/),
    });
    await test.until('both marks to go', () =>
      [poor, cancelling].every((id) => test.read('work', openObject('treasury', id)) === undefined),
    );
    expect(receiptsOf(poor)).toEqual([]);
    expect(test.list('results', 'receipts/').filter((name) => name.includes(poor))).toEqual([]);
    expect(test.list('results', 'receipts/').filter((name) => name.includes(cancelling))).toHaveLength(1);
  });

  it('what is over cannot be cancelled', async () => {
    const { code, json } = await cli('cancel', poor);
    expect([code, json.code, json.message]).toEqual([
      1,
      'ALREADY_OVER',
      'nothing is left to cancel: it is replaced already',
    ]);
  });

  it('the wallet goes on with the next nonce', async () => {
    const id = await test.ask({ maxFeePerGas: `${2n * DEAR}`, to: payee(62), value: '7' });
    await approveBoth(id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(await submitted(id)).toMatchObject({ nonce: '1' });
    expect(await balanceOf(test.lab.chain.url, payee(62))).toBe(7n);
  });
});

describe('a foreign transaction', () => {
  let superseded = '';
  let waiting = '';
  let theft = '';
  const stopped = () => test.json('work', stoppedObject('treasury', '31337', 2n, theft));

  it('at the nonce of a sealed request stops the wallet with an alarm', async () => {
    superseded = await test.ask({ ...POOR, to: payee(63) });
    await approveBoth(superseded);
    expect(await submitted(superseded)).toMatchObject({ nonce: '2' });
    // Whoever has the key: the node signs for it, as its thief would.
    const from = test.lab.wallet.address;
    await node('anvil_impersonateAccount', [from], z.null());
    const stolen = {
      from,
      to: payee(64),
      value: hex(ETHER),
      nonce: '0x2',
      gas: '0x5208',
      maxFeePerGas: hex(2n * DEAR),
      maxPriorityFeePerGas: hex(GWEI),
    };
    theft = await node('eth_sendTransaction', [stolen], hash);
    await node('anvil_stopImpersonatingAccount', [from], z.null());
    expect(await test.outcome(superseded)).toMatchObject({
      outcome: 'superseded',
      code: 'SUPERSEDED',
      transactionHash: theft,
      receipt: '',
    });
    expect(stopped()).toMatchObject({ id: superseded, transactionHash: theft });
    expect(test.logged('settle.foreign', { id: superseded, hash: theft })[0]?.fields.severity).toBe('ALERT');
    expect(receiptsOf(superseded)).toEqual([]);
  });

  it('keyturn status says so', async () => {
    const { json } = await cli('status');
    expect(json.wallets).toMatchObject([
      { name: 'treasury', stopped: { transactionHash: expect.stringMatching(/^0x/) } },
    ]);
  });

  it('nothing else is signed', async () => {
    waiting = await test.ask({ maxFeePerGas: `${2n * DEAR}`, to: payee(65), value: '9' });
    await approveBoth(waiting);
    await test.until('launch to wait', () =>
      test.lines.some(
        ({ source, fields }) => source === 'launch' && fields.id === waiting && fields.code === 'WALLET_STOPPED',
      ),
    );
    expect(sealsOf(waiting)).toEqual([]);
  });

  it('until co-signers approve a request that says so, which lifts it and signs on', async () => {
    const { code, json } = await cli(
      ...['request', '--to', payee(66), '--value', '11', '--nonce', '3', '--replaces', 'foreign'],
      ...['--max-fee', `${2n * DEAR}`, '--max-priority-fee', `${GWEI}`],
    );
    expect([code, json.answer]).toEqual([0, 'accepted']);
    const id = String(json.id);
    await approveBoth(id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(await submitted(id)).toMatchObject({ nonce: '3' });
    expect(test.json('work', stopLiftedObject('treasury', '31337', 3n))).toMatchObject({ id, nonce: '3' });
    expect(await test.outcome(waiting)).toMatchObject({ outcome: 'finalized' });
    expect(await submitted(waiting)).toMatchObject({ nonce: '4' });
    expect(await balanceOf(test.lab.chain.url, payee(65))).toBe(9n);
    expect(await balanceOf(test.lab.chain.url, payee(66))).toBe(11n);
    expect((await cli('status')).json.wallets).toMatchObject([{ stopped: null, nextNonce: '5' }]);
  });

  it('between two requests makes the next one wait with an alarm, until one that skips it is approved', async () => {
    const from = test.lab.wallet.address;
    await node('anvil_impersonateAccount', [from], z.null());
    const stolen = {
      from,
      to: payee(64),
      value: '0x1',
      gas: '0x5208',
      maxFeePerGas: hex(2n * DEAR),
      maxPriorityFeePerGas: hex(GWEI),
    };
    const before = await countOf(test.lab.chain.url, from);
    await node('eth_sendTransaction', [stolen], hash);
    await node('anvil_stopImpersonatingAccount', [from], z.null());
    await test.until('the theft to be mined', async () => (await countOf(test.lab.chain.url, from)) > before);
    const next = await test.ask({ maxFeePerGas: `${2n * DEAR}`, to: payee(67) });
    await approveBoth(next);
    await test.line('turn.foreign', { code: 'CHAIN_AHEAD', count: '6', next: '5' });
    expect(sealsOf(next)).toEqual([]);
    const skip = draft({ maxFeePerGas: `${2n * DEAR}`, to: payee(68), nonce: '6', replaces: 'foreign' });
    await test.publish(bytesOf(skip));
    const { body } = await test.event('keyturn.request.accepted', { reference: skip.reference });
    await approveBoth(String(body.id));
    expect(await submitted(String(body.id))).toMatchObject({ nonce: '6' });
    expect(await submitted(next)).toMatchObject({ nonce: '7' });
    expect(await test.outcome(next)).toMatchObject({ outcome: 'finalized' });
  });
});
