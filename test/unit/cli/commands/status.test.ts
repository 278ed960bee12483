import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { run } from '#cli/commands/status.ts';
import { WAIT_CODES } from '#core/facts/wait.ts';
import { CODES, KeyturnError } from '#schemas/codes.ts';
import {
  approvedObject,
  openObject,
  outcomeObject,
  stoppedObject,
  submittedObject,
  turnClosedObject,
  turnObject,
} from '#schemas/names.ts';
import {
  type CliHarness,
  type CliHarnessOptions,
  NOW,
  requestOf,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';
import { denying } from '#test/support/memory-storage.ts';

const HASHES = [`0x${'1'.repeat(64)}`, `0x${'2'.repeat(64)}`] as const;

const CLAIM = { wallet: 'treasury', turn: '3', zone: 'zone-a', name: 'turn-treasury-3' };

/** Accepted, approved by alice and bob, submitted: a minute apart. */
const scene = (options: CliHarnessOptions = {}): { stage: CliHarness; id: string } => {
  const stage = stageOf({ me: 'operator', ...options });
  const { storage } = stage;
  let time = NOW - 300_000;
  storage.now = () => time;
  const id = stage.accept(requestOf());
  time += 60_000;
  storage.put('lab-keys', `alice/shares/${id}`, new Uint8Array(9));
  time += 60_000;
  storage.put('lab-keys', `bob/shares/${id}`, new Uint8Array(9));
  time += 1000;
  storage.put('lab-results', approvedObject(id), { id, wallet: 'treasury', coSigners: ['alice', 'bob'] });
  time += 59_000;
  storage.put('lab-results', submittedObject(id), {
    id,
    wallet: 'treasury',
    chainId: '31337',
    from: WALLET_ADDRESS,
    nonce: '4',
    transactionHashes: [...HASHES],
    approvedBy: ['alice', 'bob'],
    seal: 's',
  });
  return { stage, id };
};

const mined = (hash: string) => ({
  transactionHash: hash,
  blockNumber: 5n,
  blockHash: `0x${'b'.repeat(64)}`,
  success: true,
  gasUsed: 21_000n,
  effectiveGasPrice: 1n,
  l1Fee: undefined,
});

describe('of one request', () => {
  test('tells what happened and when, and where the transaction is', async () => {
    const { stage, id } = scene();
    stage.chain.receipts.set(HASHES[1], mined(HASHES[1]));
    stage.storage.put('lab-work', turnObject('treasury', 3n), CLAIM);
    expect(await run(stage.session, id.slice(0, 8))).toBe(0);
    const lines = stage.stdout.text.split('\n').map((line) => line.replace(/^ {2}.{9} {2}/, ''));
    expect(lines.slice(3)).toEqual([
      '2026-03-01T11:55:00Z              accepted  asked by dapp',
      '2026-03-01T11:56:00Z  +1 min      share uploaded  by alice',
      '2026-03-01T11:57:00Z  +2 min      share uploaded  by bob',
      '2026-03-01T11:57:01Z  +2 min 1 s  approved  by alice, bob; a turn is due',
      '2026-03-01T11:58:00Z  +3 min      submitted  nonce 4, shares of alice, bob',
      '2 of 2',
      'alice approved 2026-03-01T11:56:00Z',
      'bob approved 2026-03-01T11:57:00Z',
      'carol has not answered',
      'NOT_FINAL: It is mined, and waits for its block to be final.',
      'The transaction is mined, but its block is not final yet.',
      HASHES[1],
      'block 5, 3 confirmations',
      '3 open since 2026-03-01T11:58:00Z',
      'submitted',
      '',
    ]);
  });

  test('not mined yet: every rung', async () => {
    const { stage, id } = scene({ json: true });
    await run(stage.session, id);
    expect(stage.json()).toMatchObject({
      ok: true,
      stage: 'submitted',
      nonce: '4',
      approvedBy: ['alice', 'bob'],
      mining: { kind: 'waiting', hashes: [...HASHES] },
      turn: null,
    });
  });

  test('a chain that does not answer hides nothing else', async () => {
    const down = new KeyturnError('CHAIN_UNREACHABLE', 'no answer');
    const { stage, id } = scene({ json: true, ports: { chains: () => Promise.reject(down) } });
    expect(await run(stage.session, id)).toBe(0);
    expect(stage.json()).toMatchObject({ stage: 'submitted', mining: { kind: 'unknown', code: 'CHAIN_UNREACHABLE' } });
  });

  test.each(['replaced', 'superseded'])(
    '%s: it does not wait for a block, and never will be in one',
    async (outcome) => {
      const over = { id: '', wallet: 'treasury', code: '', transactionHash: '', blockNumber: '', receipt: '' };
      for (const json of [true, false]) {
        const { stage, id } = scene({ json });
        stage.storage.put('lab-results', outcomeObject(id), { ...over, id, outcome, reason: 'another was mined' });
        stage.storage.put('lab-work', turnObject('treasury', 3n), CLAIM);
        expect(await run(stage.session, id)).toBe(0);
        if (json)
          expect(stage.json()).toMatchObject({ mining: { kind: 'displaced', hashes: [...HASHES] }, turn: null });
        else {
          expect(stage.stdout.text).toContain('never mined: another transaction took its nonce. It was signed as');
          expect(stage.stdout.text).not.toMatch(/not mined yet|^ {2}turn /m);
        }
      }
    },
  );

  test('only accepted: the turns of the wallet are none of its own', async () => {
    for (const json of [true, false]) {
      const stage = stageOf({ me: 'operator', json });
      const id = stage.accept(requestOf());
      stage.storage.put('lab-work', turnObject('treasury', 3n), CLAIM);
      stage.storage.put('lab-work', turnClosedObject('treasury', 3n), {});
      expect(await run(stage.session, id)).toBe(0);
      if (json) expect(stage.json()).toMatchObject({ stage: 'accepted', turn: null });
      else expect(stage.stdout.text).not.toMatch(/^ {2}turn /m);
    }
  });

  test('an unknown one', async () => {
    const { stage } = scene();
    await expect(run(stage.session, 'deadbeef')).rejects.toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });
});

describe('of a request that waits', () => {
  const waiting = (wait: object | string, fields: Record<string, string> = {}, options: CliHarnessOptions = {}) => {
    const stage = stageOf({ me: 'operator', ...options });
    const id = stage.accept(requestOf(fields));
    stage.storage.put('lab-results', approvedObject(id), { id, wallet: 'treasury', coSigners: ['alice', 'bob'] });
    const metadata = { stage: 'approved', wait: typeof wait === 'string' ? wait : JSON.stringify(wait) };
    stage.storage.put('lab-work', openObject('treasury', id), new Uint8Array(), { metadata });
    return { stage, id };
  };
  const AT = '2026-03-01T11:58:00Z';

  test.each<[string, object, Record<string, string>, string]>([
    [
      'a nonce above',
      { code: 'NONCE_AHEAD', at: AT, nextNonce: '2' },
      { nonce: '9' },
      'NONCE_AHEAD: It waits for nonces 2 to 8: it names nonce 9.',
    ],
    [
      'the one nonce below',
      { code: 'NONCE_AHEAD', at: AT, nextNonce: '2' },
      { nonce: '3' },
      'It waits for nonce 2: it names nonce 3.\n',
    ],
    [
      'bytes below',
      { code: 'GAP_BELOW', at: AT, nextNonce: '2' },
      {},
      'GAP_BELOW: It waits for nonce 2: that is sealed, but its bytes cannot come out.',
    ],
    [
      'the chain',
      { code: 'CHAIN_AHEAD', at: AT, nextNonce: '2', numbers: { count: '3' } },
      {},
      'CHAIN_AHEAD: It waits for a person: the chain counts 3 transactions of the wallet, and the register 2.',
    ],
    [
      'money',
      { code: 'BALANCE_LOW', at: AT },
      {},
      'BALANCE_LOW: It waits for money: the wallet cannot pay value and fee.\n',
    ],
    [
      'a veto that came after the seal',
      { code: 'SEAL_VETOED', at: AT, coSigner: 'bob' },
      {},
      'SEAL_VETOED: It waits for a replacement: bob vetoed it after it was sealed, so it cannot be closed, and its bytes stay in.\n',
    ],
  ])('says that it is %s, and what to do', async (_, wait, fields, words) => {
    const { stage, id } = waiting(wait, fields);
    expect(await run(stage.session, id)).toBe(0);
    expect(stage.stdout.text).toContain(words);
    expect(stage.stdout.text).toContain(`as noted at ${AT}`);
    expect(stage.stdout.text).toMatch(/\nNext: \.\/keyturn [^\n]+\n$/);
    expect(stage.stdout.text).toContain(CODES[z.object({ code: z.enum(WAIT_CODES) }).parse(wait).code].advice);
  });

  test('for a program', async () => {
    const { stage, id } = waiting({ code: 'NONCE_AHEAD', at: AT, nextNonce: '2' }, { nonce: '9' }, { json: true });
    await run(stage.session, id);
    expect(stage.json()).toMatchObject({
      stage: 'approved',
      wait: { code: 'NONCE_AHEAD', at: AT, nextNonce: '2' },
      why: { code: 'NONCE_AHEAD', by: 'noted', at: AT, next: './keyturn pending' },
    });
  });

  test('a note that no turn writes is not shown', async () => {
    const { stage, id } = waiting('{"code":"\u001b[2J"}', {}, { json: true });
    await run(stage.session, id);
    expect(stage.json()).toMatchObject({ wait: null });
  });

  test('who may not see the mark is told so, and sees the rest', async () => {
    const { stage, id } = waiting({ code: 'NONCE_AHEAD', at: AT, nextNonce: '2' }, {}, { json: true });
    stage.storage.fault = denying('lab-work/open/');
    expect(await run(stage.session, id)).toBe(0);
    expect(stage.json()).toMatchObject({ stage: 'approved', wait: { unseen: 'PERMISSION_DENIED' } });
  });
});

describe('of the deployment', () => {
  test('tells lock, pause, open requests, wallets and turns', async () => {
    const { stage } = scene();
    stage.accept(requestOf({ reference: 'second' }), 'approved');
    stage.storage.put('lab-work', turnObject('treasury', 3n), CLAIM);
    stage.storage.put('lab-work', turnClosedObject('treasury', 3n), {});
    stage.storage.put('lab-work', 'paused', {});
    expect(await run(stage.session, undefined)).toBe(0);
    const text = stage.stdout.text;
    expect(text).toContain('lab (a lab on this machine)');
    expect(text).toContain('LAB: not locked');
    expect(text).toContain('PAUSED: nothing is signed');
    expect(text).toContain('1 accepted, 1 approved');
    expect(text).toContain(`treasury  ${WALLET_ADDRESS}  anvil  2 of 3     3.5 ETH  0           3 closed`);
  });

  test('a bucket that is not locked as the law demands is loud', async () => {
    const register = { projectNumber: '1', lock: 'required', retentionSeconds: 10_000_000 };
    const { stage } = scene({ json: true, law: { register } });
    await run(stage.session, undefined);
    expect(stage.json()).toMatchObject({
      register: expect.stringMatching(/^NOTHING WILL BE SIGNED: its retention policy is not locked; it keeps entries/),
    });
  });

  test('a wallet that a foreign transaction stopped says so, with both hashes', async () => {
    const [id, transactionHash] = ['a'.repeat(64), HASHES[0]];
    const stop = { id, wallet: 'treasury', chainId: '31337', nonce: '0', transactionHash };
    for (const json of [true, false]) {
      const { stage } = scene({ json });
      stage.storage.put('lab-work', stoppedObject('treasury', '31337', 0n, transactionHash ?? ''), stop);
      stage.chain.mined = 1n;
      expect(await run(stage.session, undefined)).toBe(0);
      if (json)
        expect(stage.json()).toMatchObject({ wallets: [{ stopped: { id, transactionHash }, chainAhead: true }] });
      else
        expect(stage.stdout.text).toContain(
          `STOPPED: treasury signs nothing on anvil: ${transactionHash}, which keyturn`,
        );
    }
  });

  test('a chain that counts more than the register is said, before anything stops', async () => {
    const { stage } = scene();
    await run(stage.session, undefined);
    expect(stage.stdout.text).not.toMatch(/WAITS|STOPPED/);
    stage.chain.mined = 1n;
    await run(stage.session, undefined);
    expect(stage.stdout.text).toContain('WAITS: treasury on anvil: the chain counts more');
  });

  test('people are told that it is not theirs to see, or why it could not be seen', async () => {
    const { stage } = scene({ me: 'carol' });
    stage.storage.fault = denying('lab-work/', 'lab-register/');
    stage.chain.balance = () => Promise.reject(new KeyturnError('CHAIN_UNREACHABLE', 'no answer'));
    expect(await run(stage.session, undefined)).toBe(0);
    expect(stage.stdout.text).toMatch(/^ {2}paused +— not yours to see$/m);
    expect(stage.stdout.text).toContain('— (CHAIN_UNREACHABLE)');
    expect(stage.stdout.text).not.toContain('PERMISSION_DENIED');
  });

  test('what this identity may not see is named, the rest is shown', async () => {
    const { stage } = scene({ json: true });
    stage.storage.fault = denying('lab-work/', 'lab-register/');
    expect(await run(stage.session, undefined)).toBe(0);
    expect(stage.json()).toMatchObject({
      paused: { unseen: 'PERMISSION_DENIED' },
      open: { unseen: 'PERMISSION_DENIED' },
      wallets: [
        {
          name: 'treasury',
          balanceWei: '3500000000000000000',
          nextNonce: { unseen: 'PERMISSION_DENIED' },
          stopped: { unseen: 'PERMISSION_DENIED' },
          chainAhead: { unseen: 'PERMISSION_DENIED' },
        },
      ],
    });
  });
});
