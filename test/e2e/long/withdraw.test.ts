import { keccak256, toUtf8Bytes, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typedRequest } from '#schemas/digest.ts';
import { approvedObject, openObject } from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import type { Ran } from '../support/cli.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { commandLine } from '../support/operators.ts';
import { bytesOf, type Draft, draft, payee } from '../support/requests.ts';
import { balanceOf } from '../support/rpc.ts';

/** Any 2 of alice and bob. */
let test: TestLab;
let cli: (...args: readonly string[]) => Promise<Ran>;
beforeAll(async () => {
  test = await startTestLab();
  cli = commandLine(test);
}, 90_000);
afterAll(() => test.close(), 30_000);

const closesOf = (id: string): unknown[] =>
  test.list('register', 'seals/').flatMap((name) => {
    const { kind, items } = test.json('register', name) ?? {};
    return kind === 'close' && Array.isArray(items) ? items.filter((item) => item.id === id) : [];
  });
const sealed = (id: string): boolean =>
  test.list('register', 'seals/').some((name) => {
    const { kind, items } = test.json('register', name) ?? {};
    return kind === 'seal' && Array.isArray(items) && items.some((item) => item.id === id);
  });
const isGone = (id: string) =>
  test.until('the open mark to go', () => test.read('work', openObject('treasury', id)) === undefined);
const approveBoth = async (id: string) => {
  await test.approve('alice', id);
  await test.approve('bob', id);
};
/** What a dApp publishes that has read docs/formats.md and has no keyturn at hand. */
const byHand = (id: string, over: Draft = {}): Draft => ({
  ...Object.fromEntries(Object.keys(draft()).map((field) => [field, ''])),
  ...{ wallet: 'treasury', chainId: '31337', requester: 'dapp', reference: '' },
  replaces: `withdraw:${id}`,
  ...over,
});

describe('a stranger', () => {
  let id = '';
  beforeAll(async () => {
    id = await test.ask({ reference: 'not-yours' });
  });

  it('with another name or another reference is told nothing, not even that there is such a request', async () => {
    const tries = [
      { requester: 'finance', reference: 'not-yours' },
      { requester: 'dapp', reference: 'guessed' },
    ];
    for (const over of tries) {
      await test.publish(bytesOf(byHand(id, over)));
      const { body } = await test.event('keyturn.request.refused', over);
      expect(body).toMatchObject({ code: 'WITHDRAW_UNKNOWN', reason: 'names no request of this requester' });
    }
    const none = { reference: 'no-such-request' };
    await test.publish(bytesOf(byHand('ab'.repeat(32), none)));
    expect((await test.event('keyturn.request.refused', none)).body).toMatchObject({
      code: 'WITHDRAW_UNKNOWN',
      reason: 'names no request of this requester',
    });
  });

  it('without the right to publish does not get that far', async () => {
    const { code, json } = await cli('withdraw', id, '--as', 'finance');
    expect([code, json.ok, json.code]).toEqual([1, false, 'PERMISSION_DENIED']);
  });

  it('has changed nothing', async () => {
    expect(closesOf(id)).toEqual([]);
    await approveBoth(id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
  });
});

describe('keyturn withdraw', () => {
  it('before anybody approved: a close, outcome withdrawn, and the reference is free', async () => {
    const id = await test.ask({ reference: 'second-thoughts', to: payee(71) });
    const { code, json } = await cli('withdraw', id);
    expect([code, json]).toMatchObject([0, { ok: true, id, answer: 'withdrawn', already: false }]);
    expect(test.json('results', `requests/${id}/outcome.json`)).toMatchObject({
      outcome: 'withdrawn',
      code: 'WITHDRAWN',
      reason: expect.stringContaining('dapp'),
      transactionHash: '',
      receipt: '',
    });
    expect(closesOf(id)).toMatchObject([{ id, code: 'WITHDRAWN' }]);
    expect((await test.event('keyturn.request.outcome', { id })).body).toMatchObject({ outcome: 'withdrawn' });
    await isGone(id);
    // Whoever is late with their approval approves nothing.
    await approveBoth(id);
    await test.line('collect.ignore', { id, coSigner: 'bob' });
    expect(test.read('results', approvedObject(id))).toBeUndefined();
    const again = await test.ask({ reference: 'second-thoughts', to: payee(71), value: '3' });
    await approveBoth(again);
    expect(await test.outcome(again)).toMatchObject({ outcome: 'finalized' });
    expect(await balanceOf(test.lab.chain.url, payee(71))).toBe(3n);
    expect(sealed(id)).toBe(false);
    expect((await cli('withdraw', id)).json).toMatchObject({ ok: true, answer: 'withdrawn', already: true });
  });

  it('of what is approved and not sealed: it is never sealed', async () => {
    expect((await cli('pause')).code).toBe(0);
    const id = await test.ask({ to: payee(72) });
    await approveBoth(id);
    await test.until('approved.json', () => test.read('results', approvedObject(id)));
    expect((await cli('withdraw', id)).json).toMatchObject({ ok: true, answer: 'withdrawn' });
    expect((await cli('resume')).code).toBe(0);
    const next = await test.ask({ to: payee(73), value: '5' });
    await approveBoth(next);
    expect(await test.outcome(next)).toMatchObject({ outcome: 'finalized' });
    expect(sealed(id)).toBe(false);
    expect(await balanceOf(test.lab.chain.url, payee(72))).toBe(0n);
  });

  it('of what is sealed is refused, with what to do instead', async () => {
    // No base fee ever falls below 7 wei: sealed, and never mined.
    const id = await test.ask({ maxFeePerGas: '6', maxPriorityFeePerGas: '6', reference: 'too-late' });
    await approveBoth(id);
    await test.until('submitted.json', () => test.json('results', `requests/${id}/submitted.json`));
    const { code, json } = await cli('withdraw', id);
    expect([code, json.code]).toEqual([1, 'WITHDRAW_LATE']);
    expect(json.message).toMatch(/^it is signed and submitted: \S*\/keyturn cancel /);
    // And whoever publishes it nevertheless gets the same answer from intake.
    await test.publish(bytesOf(byHand(id, { reference: 'too-late' })));
    const { body } = await test.event('keyturn.request.refused', { reference: 'too-late' });
    expect(body).toMatchObject({ code: 'WITHDRAW_LATE', reason: 'the request is submitted already' });
    expect(closesOf(id)).toEqual([]);
  });
});

describe('of a signed request', () => {
  const [dapp, thief] = [Wallet.createRandom(), Wallet.createRandom()];
  /** As docs/formats.md has it, by ethers alone. */
  const withdrawal = (by: { signTypedData: Wallet['signTypedData'] }, id: string) =>
    by.signTypedData(
      { name: 'keyturn', version: '2', chainId: 31_337n, salt: keccak256(toUtf8Bytes('gs://lab-register')) },
      { Withdrawal: [{ name: 'request', type: 'bytes32' }] },
      { request: `0x${id}` },
    );
  let id = '';
  beforeAll(async () => {
    const asked = parseRequest(draft({ requester: dapp.address, reference: 'signed', to: payee(74) }));
    const { domain, types, message } = typedRequest(asked, test.lab.wallet.address, 'lab-register');
    id = await test.ask({ ...asked, requesterSignature: await dapp.signTypedData(domain, types, message) });
  });

  it('no signature: told what to sign; the wrong one: refused', async () => {
    const unsigned = await cli('withdraw', id);
    expect([unsigned.code, unsigned.json.code]).toEqual([1, 'BAD_SIGNATURE']);
    expect(unsigned.json.message).toContain(dapp.address);
    const stolen = await cli('withdraw', id, '--signature', await withdrawal(thief, id));
    expect([stolen.code, stolen.json]).toMatchObject([1, { ok: false, answer: 'refused', code: 'WITHDRAW_UNKNOWN' }]);
    expect(closesOf(id)).toEqual([]);
  });

  it('that of its own signer: withdrawn', async () => {
    const { code, json } = await cli('withdraw', id, '--signature', await withdrawal(dapp, id));
    expect([code, json]).toMatchObject([0, { ok: true, answer: 'withdrawn' }]);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'withdrawn' });
  });
});
