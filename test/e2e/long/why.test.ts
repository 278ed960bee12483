import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { waitingObject } from '#schemas/names.ts';
import type { Ran } from '../support/cli.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { commandLine } from '../support/operators.ts';
import { ETHER, payee } from '../support/requests.ts';
import { rpc } from '../support/rpc.ts';
import { oneStory } from '../support/story.ts';

/** Any 2 of alice and bob. What a request waits for is said in one sentence, and announced once for each code. */
let test: TestLab;
let cli: (...args: readonly string[]) => Promise<Ran>;
beforeAll(async () => {
  test = await startTestLab();
  cli = commandLine(test);
}, 90_000);
afterAll(() => test.close(), 30_000);
oneStory();

const WAITING = 'keyturn.request.waiting';
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const node = (method: string, params: readonly unknown[]) => rpc(test.lab.chain.url, method, params, z.unknown());
const setBalance = (wei: bigint) => node('anvil_setBalance', [test.lab.wallet.address, hex(wei)]);
const approve = async (id: string, ...who: readonly string[]) => {
  for (const name of who) expect((await cli('approve', id, '--as', name, '--yes')).code).toBe(0);
};
const why = async (id: string, as = 'operator') => {
  const { code, json, err } = await cli('why', id, '--as', as);
  expect([code, err]).toEqual([0, '']);
  return json;
};
/** Asked again and again, as a person would. */
const whyUntil = (id: string, code: string) =>
  test.until(`${id} waits for ${code}`, async () => {
    const told = await why(id);
    return told.code === code ? told : undefined;
  });
/** The command to run next, without the lab's own --config. */
const next = (told: Readonly<Record<string, unknown>>) =>
  String(told.next)
    .replace(/^\S*keyturn /, '')
    .split(' --config ')[0];

let id = '';

describe('why', () => {
  it('approvals that are missing, as anybody sees it', async () => {
    id = await test.ask({ to: payee(71), reference: 'why-1' });
    await approve(id, 'alice');
    expect(await why(id)).toMatchObject({
      stage: 'accepted',
      code: 'NOT_ENOUGH_SHARES',
      sentence: 'It waits for approvals: it has 1 of 2.',
    });
    const asBob = await why(id, 'bob');
    expect(asBob).toMatchObject({ code: 'NOT_ENOUGH_SHARES' });
    expect(next(asBob)).toBe(`approve ${id} --as bob`);
    // A dApp sees no share and no mark: what is left is what follows from the facts.
    const asDapp = await why(id, 'dapp');
    expect(asDapp).toMatchObject({ code: 'NOT_ENOUGH_SHARES' });
    expect(asDapp.unseen).toContainEqual({ part: 'open mark', code: 'PERMISSION_DENIED' });
    expect((await test.event(WAITING, { id, code: 'NOT_ENOUGH_SHARES' })).body).toMatchObject({
      reason: 'It waits for approvals: it has 1 of 2.',
    });
  });

  it('a pause, to the dApp too', async () => {
    expect((await cli('pause')).code).toBe(0);
    await approve(id, 'bob');
    await test.event('keyturn.request.approved', { id });
    const told = await why(id);
    expect(told).toMatchObject({ stage: 'approved', code: 'PAUSED', by: 'seen' });
    expect(next(told)).toBe('resume');
    const { body } = await test.event(WAITING, { id, code: 'PAUSED' });
    expect(body).toMatchObject({ reference: 'why-1', wallet: test.lab.wallet.name });
    expect(test.json('results', waitingObject(id, 'PAUSED'))).toMatchObject({ id, code: 'PAUSED' });
    expect(await why(id, 'dapp')).toMatchObject({ code: 'PAUSED', by: 'announced' });
  });

  it('zones without room', async () => {
    const { faults } = test.lab.world;
    for (let n = 0; n < 60; n++)
      faults.add({ method: 'compute.instances.provision', kind: 'before', status: 'UNAVAILABLE' });
    expect((await cli('resume')).code).toBe(0);
    const told = await whyUntil(id, 'NO_CAPACITY');
    expect(told.sentence).toBe(
      'It waits for a machine: none of 2 zones had room for one. keyturn tries again by itself.',
    );
    await test.event(WAITING, { id, code: 'NO_CAPACITY' });
    faults.clear();
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    const over = await why(id);
    expect(over).toMatchObject({ state: 'decided', stage: 'decided', code: '' });
    expect(over.sentence).toMatch(/^It is over: it is mined in block [0-9]+ and final\.$/);
    expect(next(over)).toBe('receipts');
  });

  it('not enough funds, with the numbers', async () => {
    await setBalance(ETHER / 10n);
    const poor = await test.ask({ to: payee(72), value: `${ETHER}`, reference: 'why-2' });
    await approve(poor, 'alice', 'bob');
    const told = await whyUntil(poor, 'BALANCE_LOW');
    expect(told.sentence).toMatch(/^It waits for money: it needs 1\.[0-9]+ ETH, and the wallet has 0\.1 ETH for it\.$/);
    expect(next(told)).toBe('status');
    await test.event(WAITING, { id: poor, code: 'BALANCE_LOW' });
    await setBalance(100n * ETHER);
    expect(await test.outcome(poor)).toMatchObject({ outcome: 'finalized' });
  });

  it('an earlier nonce', async () => {
    // However long this takes, no base fee falls to 6 wei: an eighth of 7 is rounded down to nothing (EIP-1559).
    const stuck = await test.ask({
      to: payee(73),
      maxFeePerGas: '6',
      maxPriorityFeePerGas: '6',
      reference: 'why-3',
    });
    await approve(stuck, 'alice', 'bob');
    await test.event('keyturn.request.submitted', { id: stuck, topic: 'submitted' });
    const behind = await test.ask({ to: payee(74), reference: 'why-4' });
    await approve(behind, 'alice', 'bob');
    await test.event('keyturn.request.submitted', { id: behind, topic: 'submitted' });
    const told = await whyUntil(behind, 'EARLIER_NONCE');
    expect(told.sentence).toBe(
      'It waits for an earlier transaction of the wallet: nonce 2 is not mined yet, and its own is 3.',
    );
    expect(await why(stuck)).toMatchObject({ stage: 'submitted', state: 'waits' });
    const { json } = await cli('status', behind);
    expect(json).toMatchObject({ why: { code: 'EARLIER_NONCE', sentence: told.sentence } });
  });

  it('no such request', async () => {
    const { code, json } = await cli('why', 'f'.repeat(64));
    expect([code, json.state, json.code]).toEqual([1, 'unknown', 'NOT_FOUND']);
  });

  it('each was announced once', () => {
    const told = test.events(WAITING).map(({ body }) => `${body.id} ${body.code}`);
    expect(told.filter((one, n) => told.indexOf(one) !== n)).toEqual([]);
    expect(told.length).toBeGreaterThanOrEqual(4);
  });
});
