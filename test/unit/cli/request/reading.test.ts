import { describe, expect, test } from 'vitest';
import { run as pending } from '#cli/commands/pending.ts';
import { run as show } from '#cli/commands/show.ts';
import { closeBytes } from '#core/register/entry.ts';
import { outcomeObject, requestObject, sealObject } from '#schemas/names.ts';
import { BOB, idOf, NOW, requestOf, stageOf, WALLET_ADDRESS } from '#test/support/cli/people.ts';
import { denying } from '#test/support/memory-storage.ts';

const expired = (id: string) => ({
  id,
  wallet: 'treasury',
  outcome: 'expired',
  code: 'NOT_APPROVED_IN_TIME',
  reason: '',
  transactionHash: '',
  blockNumber: '',
  receipt: '',
});

/** A request that ended: its outcome, and the close that bears it out. */
const end = ({ storage, session }: ReturnType<typeof stageOf>, id: string): void => {
  storage.put('lab-results', outcomeObject(id), expired(id));
  const [wallet] = session.deployment.config.law.wallets;
  const [chain] = wallet?.chains ?? [];
  const bytes = closeBytes([{ id, code: 'NOT_APPROVED_IN_TIME', reason: 'too late' }]);
  storage.put('lab-register', sealObject(chain?.chainId ?? '', wallet?.address ?? '', 0n), bytes);
};

describe('pending', () => {
  test('says that nothing waits', async () => {
    const stage = stageOf();
    expect(await pending(stage.session, {})).toBe(0);
    expect(stage.stdout.text).toBe('Nothing waits.\n');
  });

  test('lists what waits, the most urgent first', async () => {
    const stage = stageOf();
    const late = stage.accept(requestOf({ reference: 'late' }));
    const soon = stage.accept(
      requestOf({ reference: 'soon', to: '', data: '0x6001', value: '0', validUntil: '2026-03-01T12:10:00Z' }),
    );
    const decided = stage.accept(requestOf({ reference: 'decided' }));
    end(stage, decided);
    stage.storage.put('lab-keys', `alice/shares/${late}`, new Uint8Array(9));
    expect(await pending(stage.session, {})).toBe(0);
    expect(stage.stdout.text.split('\n').map((line) => line.trimEnd())).toEqual([
      'id        wallet    asks                                                        stage     approvals  time left  alice',
      `${soon.slice(0, 8)}  treasury  create a contract                                           accepted  0 of 2     10 min     no answer`,
      `${late.slice(0, 8)}  treasury  send 0.5 ETH to ${BOB}  accepted  1 of 2     1 h        approved`,
      '',
    ]);
  });

  test('one that was altered is shouted out and does not hide the others', async () => {
    const stage = stageOf({ json: true });
    const good = stage.accept(requestOf({ reference: 'good' }));
    const altered = stage.accept(requestOf({ reference: 'altered' }));
    stage.storage.put('lab-results', requestObject(altered), {
      id: altered,
      walletAddress: WALLET_ADDRESS,
      lawHash: '0'.repeat(64),
      request: { ...requestOf({ reference: 'altered', value: '9' }) },
    });
    expect(await pending(stage.session, {})).toBe(0);
    expect(stage.json()).toMatchObject({
      requests: [{ id: good, approvals: 0, needed: 2, mine: 'none' }],
      broken: [{ id: altered, code: 'ID_MISMATCH' }],
    });
  });

  test('an identity that may not see the open marks gets the same list', async () => {
    const stage = stageOf({ json: true });
    const open = stage.accept(requestOf());
    const decided = stage.accept(requestOf({ reference: 'decided' }));
    end(stage, decided);
    stage.storage.fault = denying('lab-work/');
    await pending(stage.session, {});
    expect(stage.json()).toMatchObject({ requests: [{ id: open }] });
  });

  test('a mark without a request is not accepted yet; an unknown wallet is refused', async () => {
    const stage = stageOf();
    stage.storage.put('lab-work', `open/treasury/${'a'.repeat(64)}`, {}, { metadata: { stage: 'received' } });
    await pending(stage.session, {});
    expect(stage.stdout.text).toBe('Nothing waits.\n');
    await expect(pending(stage.session, { wallet: 'petty' })).rejects.toMatchObject({ code: 'USAGE', field: 'wallet' });
  });
});

describe('show', () => {
  test('says what of long data it leaves out, and shows it with --full', async () => {
    const stage = stageOf();
    const id = stage.accept(requestOf({ to: '', data: `0x${'60'.repeat(3000)}`, value: '0' }));
    await show(stage.session, id);
    expect(stage.stdout.text).toContain('NOT SHOWN: 952 more bytes; --full shows all');
    const whole = stageOf();
    whole.accept(requestOf({ to: '', data: `0x${'60'.repeat(3000)}`, value: '0' }));
    await show(whole.session, id, { full: true });
    expect(whole.stdout.text).not.toContain('NOT SHOWN');
    expect(whole.stdout.text.match(/60/g)?.length).toBeGreaterThan(3000);
  });

  test('tells the request and the exact next command', async () => {
    const stage = stageOf({ me: 'bob' });
    const id = stage.accept(requestOf({ memo: 'rent' }));
    expect(
      await show(
        { ...stage.session, commandLine: (rest) => `../keyturn ${rest} --config 'my lab.json'` },
        id.slice(0, 8),
      ),
    ).toBe(0);
    expect(stage.stdout.text).toContain(`SEND 0.5 ETH (500000000000000000 wei) to ${BOB}`);
    expect(stage.stdout.text).toContain('“rent”');
    expect(stage.stdout.text).toContain('! LAB: the register is not locked');
    expect(stage.stdout.text).toMatch(
      new RegExp(`Next: \\.\\./keyturn approve ${id} --as bob --config 'my lab.json'\n$`),
    );
  });

  test.each([
    ['approved by me', 'alice/shares/', './keyturn status'],
    ['rejected by me', 'alice/rejections/', './keyturn status'],
    ['approved by another', 'bob/shares/', './keyturn approve'],
  ])('%s', async (_, folder, command) => {
    const stage = stageOf({ json: true });
    const id = stage.accept(requestOf());
    stage.storage.put('lab-keys', `${folder}${id}`, new Uint8Array(9));
    await show(stage.session, id);
    expect(stage.json()).toMatchObject({ next: expect.stringMatching(`^\\${command} ${id.slice(0, 8)}`) });
  });

  test('a decided one has no next command, an expired one cannot be approved', async () => {
    const stage = stageOf({ json: true });
    const id = stage.accept(requestOf());
    stage.clock.time = NOW + 3_600_000;
    await show(stage.session, id);
    expect(stage.json()).toMatchObject({ next: `./keyturn status ${id.slice(0, 8)}` });
    stage.stdout.text = '';
    stage.storage.put('lab-results', outcomeObject(id), expired(id));
    await show(stage.session, id);
    expect(stage.json()).toMatchObject({ next: null, stage: 'decided', outcome: { outcome: 'expired' } });
  });

  test('refuses loudly what does not hash to its id, and shows nothing of it', async () => {
    const stage = stageOf();
    const id = idOf(requestOf());
    stage.storage.put('lab-results', requestObject(id), {
      id,
      walletAddress: WALLET_ADDRESS,
      lawHash: '0'.repeat(64),
      request: { ...requestOf({ to: WALLET_ADDRESS }) },
    });
    await expect(show(stage.session, id)).rejects.toMatchObject({ code: 'ID_MISMATCH' });
    expect(stage.stdout.text).toBe('');
  });
});
