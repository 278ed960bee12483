import { describe, expect, test } from 'vitest';
import { run } from '#cli/commands/why.ts';
import { KeyturnError } from '#schemas/codes.ts';
import {
  approvedObject,
  openObject,
  outcomeObject,
  PAUSED_OBJECT,
  stoppedObject,
  submittedObject,
  turnClosedObject,
  turnObject,
  waitingObject,
} from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import {
  type CliHarness,
  type CliHarnessOptions,
  NOW,
  requestOf,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';
import { denying } from '#test/support/memory-storage.ts';

const AT = timeText(NOW - 60_000);
const HASH = `0x${'1'.repeat(64)}`;
const CLAIM = { wallet: 'treasury', turn: '3', zone: 'zone-a', name: 'turn-treasury-3' };

type Reached = 'accepted' | 'approved' | 'submitted';

/** A request that has come so far, with an open mark that says nothing. */
const scene = (reached: Reached, options: CliHarnessOptions = {}, mark: Record<string, unknown> = {}) => {
  const stage = stageOf({ me: 'operator', json: true, ...options });
  const id = stage.accept(requestOf());
  stage.storage.put('lab-keys', `alice/shares/${id}`, new Uint8Array(9));
  if (reached !== 'accepted') {
    stage.storage.put('lab-keys', `bob/shares/${id}`, new Uint8Array(9));
    stage.storage.put('lab-results', approvedObject(id), { id, wallet: 'treasury', coSigners: ['alice', 'bob'] });
  }
  if (reached === 'submitted')
    stage.storage.put('lab-results', submittedObject(id), {
      id,
      wallet: 'treasury',
      chainId: '31337',
      from: WALLET_ADDRESS,
      nonce: '4',
      transactionHashes: [HASH],
      approvedBy: ['alice', 'bob'],
      seal: 's',
    });
  const metadata: Record<string, string> = { stage: reached };
  for (const [key, value] of Object.entries(mark)) metadata[key] = JSON.stringify(value);
  stage.storage.put('lab-work', openObject('treasury', id), new Uint8Array(), { metadata });
  return { stage, id, short: id.slice(0, 8) };
};
const told = async ({ stage, id }: { stage: CliHarness; id: string }) => {
  expect(await run(stage.session, id)).toBe(0);
  return stage.json();
};
const turn = (stage: CliHarness) => stage.storage.put('lab-work', turnObject('treasury', 3n), CLAIM);

describe('why', () => {
  test('approvals that are missing, counted; a co-signer is told to approve', async () => {
    const { stage, id } = scene('accepted', { me: 'bob' });
    expect(await told({ stage, id })).toMatchObject({
      state: 'waits',
      code: 'NOT_ENOUGH_SHARES',
      sentence: 'It waits for approvals: it has 1 of 2.',
      next: `./keyturn approve ${id} --as bob`,
      about: { numbers: { have: '1', need: '2' } },
      unseen: [],
    });
  });

  test('whoever has answered is shown the request', async () => {
    const { stage, id, short } = scene('accepted', { me: 'alice' });
    expect(await told({ stage, id })).toMatchObject({ next: `./keyturn show ${short}` });
  });

  test('a pause, a stop, a turn at work', async () => {
    const { stage, id, short } = scene('approved');
    turn(stage);
    expect(await told({ stage, id })).toMatchObject({ code: 'TURN_OPEN', next: `./keyturn status ${short}` });
    stage.stdout.text = '';
    stage.storage.put('lab-work', stoppedObject('treasury', '31337', 3n, HASH), {
      id,
      wallet: 'treasury',
      chainId: '31337',
      nonce: '3',
      transactionHash: HASH,
    });
    expect(await told({ stage, id })).toMatchObject({ code: 'WALLET_STOPPED', next: './keyturn status' });
    stage.stdout.text = '';
    stage.storage.put('lab-work', PAUSED_OBJECT, new Uint8Array());
    expect(await told({ stage, id })).toMatchObject({ code: 'PAUSED', next: './keyturn resume' });
  });

  test.each([
    ['operator', './keyturn resume'],
    ['finance', './keyturn status ID --follow'],
    ['dapp', './keyturn status ID --follow'],
    ['alice', './keyturn status ID --follow'],
    [undefined, './keyturn resume'],
  ])('a pause: %s is told what they may do', async (me, next) => {
    const { stage, id, short } = scene('approved', { me });
    stage.storage.put('lab-work', PAUSED_OBJECT, new Uint8Array());
    expect(await told({ stage, id })).toMatchObject({ code: 'PAUSED', next: next.replace('ID', short) });
  });

  test('money, with what is there and what is needed', async () => {
    const wait = { code: 'BALANCE_LOW', at: AT, numbers: { balanceWei: '1', neededWei: '500000000000000000' } };
    const { stage, id } = scene('approved', {}, { wait });
    expect(await told({ stage, id })).toMatchObject({
      code: 'BALANCE_LOW',
      sentence: 'It waits for money: it needs 0.5 ETH, and the wallet has 0.000000000000000001 ETH for it.',
      by: 'noted',
      at: AT,
    });
  });

  test('zones without room', async () => {
    const { stage, id } = scene('approved', {}, { held: { code: 'NO_CAPACITY', at: AT, numbers: { zones: '2' } } });
    turn(stage);
    stage.storage.put('lab-work', turnClosedObject('treasury', 3n), new Uint8Array());
    expect(await told({ stage, id })).toMatchObject({
      code: 'NO_CAPACITY',
      sentence: 'It waits for a machine: none of 2 zones had room for one. keyturn tries again by itself.',
    });
  });

  test('a veto after the seal: who, and that only a replacement ends it', async () => {
    const wait = { code: 'SEAL_VETOED', at: AT, coSigner: 'bob' };
    const { stage, id } = scene('approved', {}, { wait });
    turn(stage);
    stage.storage.put('lab-work', PAUSED_OBJECT, new Uint8Array());
    expect(await told({ stage, id })).toMatchObject({
      code: 'SEAL_VETOED',
      sentence:
        'It waits for a replacement: bob vetoed it after it was sealed, so it cannot be closed, and its bytes stay in.',
      about: { coSigner: 'bob' },
      next: `./keyturn cancel ${id}`,
    });
  });

  test('an earlier nonce', async () => {
    const held = { code: 'EARLIER_NONCE', at: AT, nextNonce: '2', numbers: { ownNonce: '4' } };
    const { stage, id } = scene('submitted', {}, { held });
    expect(await told({ stage, id })).toMatchObject({
      code: 'EARLIER_NONCE',
      sentence: 'It waits for an earlier transaction of the wallet: nonce 2 is not mined yet, and its own is 4.',
      about: { nextNonce: '2', numbers: { ownNonce: '4' } },
    });
  });

  test('a block that is not final', async () => {
    const { stage, id } = scene('submitted');
    stage.chain.receipts.set(HASH, {
      transactionHash: HASH,
      blockNumber: 5n,
      blockHash: `0x${'b'.repeat(64)}`,
      success: true,
      gasUsed: 21_000n,
      effectiveGasPrice: 1n,
      l1Fee: undefined,
    });
    expect(await told({ stage, id })).toMatchObject({ code: 'NOT_FINAL', by: 'seen' });
  });

  test('how it ended, with the reason', async () => {
    const { stage, id } = scene('approved');
    const reason = 'approved, but not sealed before validUntil';
    stage.storage.put('lab-results', outcomeObject(id), {
      ...{ id, wallet: 'treasury', outcome: 'expired', code: 'NOT_SEALED_IN_TIME', reason },
      ...{ transactionHash: '', blockNumber: '', receipt: '' },
    });
    expect(await told({ stage, id })).toMatchObject({
      state: 'decided',
      code: 'NOT_SEALED_IN_TIME',
      sentence: 'It is over: its time ended before it was signed.',
      outcome: { reason },
      unseen: [],
    });
  });

  test.each(['deadbeef', 'd'.repeat(64)])('no such request (%s): said, with another exit code', async (given) => {
    const { stage } = scene('accepted');
    expect(await run(stage.session, given)).toBe(1);
    expect(stage.json()).toEqual({
      ok: false,
      id: given,
      state: 'unknown',
      code: 'NOT_FOUND',
      sentence: 'No request with this id was accepted.',
      next: './keyturn pending',
    });
  });

  test('what is no id is a mistake of the command line', async () => {
    const { stage } = scene('accepted');
    await expect(run(stage.session, 'xyz')).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('who may see less is told so', () => {
  test('a dApp sees what was announced', async () => {
    const { stage, id } = scene('approved', { me: 'dapp' });
    stage.storage.fault = denying('lab-work/', 'lab-keys/');
    stage.storage.put('lab-results', waitingObject(id, 'BALANCE_LOW'), { id, wallet: 'treasury', code: 'BALANCE_LOW' });
    const answer = await told({ stage, id });
    expect(answer).toMatchObject({ code: 'BALANCE_LOW', by: 'announced', at: AT });
    expect(answer).toMatchObject({
      unseen: expect.arrayContaining([
        { part: 'open mark', code: 'PERMISSION_DENIED' },
        { part: 'pause', code: 'PERMISSION_DENIED' },
        { part: 'turns', code: 'PERMISSION_DENIED' },
      ]),
    });
  });

  test('and in words, with where it comes from', async () => {
    const { stage, id } = scene('approved', { me: 'dapp', json: false });
    stage.storage.fault = denying('lab-work/', 'lab-keys/');
    expect(await run(stage.session, id)).toBe(0);
    expect(stage.stdout.text).toBe(
      [
        'It waits for a turn: a machine of its wallet is started soon. (TURN_DUE)',
        'nothing that says more can be seen from here',
        'could not be seen: open mark (PERMISSION_DENIED), pause (PERMISSION_DENIED), stops (PERMISSION_DENIED), turns (PERMISSION_DENIED)',
        `Next: ./keyturn status ${id.slice(0, 8)}`,
        '',
      ].join('\n'),
    );
  });

  test('a node that does not answer hides nothing else', async () => {
    const down = new KeyturnError('CHAIN_UNREACHABLE', 'http://rpc.example/v2/KEY');
    const { stage, id } = scene('submitted', { ports: { chains: () => Promise.reject(down) } });
    expect(await told({ stage, id })).toMatchObject({
      code: 'NOT_MINED',
      by: 'assumed',
      unseen: [{ part: 'chain', code: 'CHAIN_UNREACHABLE' }],
    });
    expect(stage.stdout.text).not.toContain('rpc.example');
  });
});
