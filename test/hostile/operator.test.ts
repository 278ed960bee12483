import { Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER } from '#local/lab/people.ts';
import { typedRequest } from '#schemas/digest.ts';
import {
  approvedObject,
  type Buckets,
  bucketsOf,
  openObject,
  outcomeObject,
  requestObject,
  sealObject,
  signedObject,
  submittedObject,
} from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { bytesOf, draft, payee } from '../e2e/support/requests.ts';
import { balanceOf, countOf } from '../e2e/support/rpc.ts';

/** Somebody who owns the project: may write, replace and delete every object, and publish on every topic. */
let test: TestLab;
/** From here alice asks, says the law. */
const ALICES = new Wallet(`0x${'2'.repeat(64)}`);
beforeAll(async () => {
  test = await startTestLab({
    coSigners: 3,
    law: (usual) => ({
      ...usual,
      coSigners: usual.coSigners.map((one) => (one.name === 'alice' ? { ...one, requesters: [ALICES.address] } : one)),
    }),
  });
}, 90_000);
afterAll(() => test.close(), 30_000);

const put = (bucket: keyof Buckets, name: string, value: unknown): void => {
  const bytes = Buffer.isBuffer(value) ? value : bytesOf(value);
  test.lab.servers.store.insert(OWNER, bucketsOf('lab')[bucket], name, bytes);
};
const remove = (bucket: keyof Buckets, name: string): void =>
  test.lab.servers.store.delete(OWNER, bucketsOf('lab')[bucket], name);
const sealName = (seq: number): string => sealObject('31337', test.lab.wallet.address, BigInt(seq));
const nextSeq = (): number => test.list('register', 'seals/').length;
const mined = (): Promise<bigint> => countOf(test.lab.chain.url, test.lab.wallet.address);
/** What `launch` is told when a turn is due. */
const turnDue = (id: string): Promise<string> =>
  test.publish(bytesOf({ eventId: `lab-results/${approvedObject(id)}`, id, wallet: 'treasury' }), 'approved');
const pay = async (n: number): Promise<string> => {
  const id = await test.ask({ to: payee(n) });
  await test.approve('alice', id);
  await test.approve('bob', id);
  expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
  await test.until('the open mark to go', () => test.read('work', openObject('treasury', id)) === undefined);
  return id;
};
/** No turn is open and nobody is in the middle of anything: what is done from now on meets nobody's half-finished work. */
const quiet = async (): Promise<void> => {
  await test.until('the last turn to close', () => {
    const turns = test.list('work', 'turns/');
    const closed = turns.filter((name) => name.endsWith('.closed'));
    return closed.length === turns.filter((name) => /\/\d{12}$/.test(name)).length;
  });
  const ticks = test.logged('reconcile.done').length;
  await test.until('two ticks', () => test.logged('reconcile.done').length >= ticks + 2);
};
const sealedIds = (): string[] =>
  test.list('register', 'seals/').flatMap((name) => {
    const { kind, items } = test.json('register', name) ?? {};
    return kind === 'seal' && Array.isArray(items) ? items.map(({ id }) => `${id}`) : [];
  });

describe('the operator makes the functions forget', () => {
  it('deletes what was signed and said, and asks again: the same bytes, the same nonce, one payment', async () => {
    const id = await pay(70);
    await quiet();
    const mark = bytesOf(test.json('results', requestObject(id))?.request);
    const [bytes, nonce, entries, count] = [
      `${test.read('signed', signedObject(id))}`,
      test.json('results', submittedObject(id))?.nonce,
      test.list('register'),
      await mined(),
    ];
    const { receipt } = await test.outcome(id);
    const forget = async (): Promise<void> => {
      if (test.read('signed', signedObject(id)) !== undefined) remove('signed', signedObject(id));
      for (const name of [submittedObject(id), outcomeObject(id), `${receipt}`])
        if (test.read('results', name) !== undefined) remove('results', name);
      put('work', openObject('treasury', id), mark);
      await turnDue(id);
    };
    await forget();
    await test.until('a machine to complete it again', async () => {
      if (test.logged('turn.complete', { id }).length > 0) return true;
      // A message that was delivered twice may settle it before any machine comes. Then the operator makes all forget once more.
      if (test.read('work', openObject('treasury', id)) === undefined) await forget();
      return false;
    });
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized', receipt });
    expect(`${test.read('signed', signedObject(id))}`).toBe(bytes);
    expect(test.json('results', submittedObject(id))?.nonce).toBe(nonce);
    expect(test.list('register')).toEqual(entries);
    expect(await mined()).toBe(count);
    expect(await balanceOf(test.lab.chain.url, payee(70))).toBe(10n ** 15n);
  });
});

describe('the operator changes what was asked', () => {
  it('a request that no longer hashes to its id is not signed, however approved: ID_MISMATCH, alarmed', async () => {
    // A turn that is open now reads only what is announced to it: the attack needs one of its own.
    await quiet();
    const id = await test.ask({ to: payee(71) });
    const fact = test.json('results', requestObject(id)) ?? {};
    const request = typeof fact.request === 'object' ? fact.request : {};
    put('results', requestObject(id), { ...fact, request: { ...request, to: payee(72) } });
    await test.approve('alice', id);
    await test.approve('bob', id);
    await test.line('collect.ignore', { id, code: 'ID_MISMATCH' });
    put('results', approvedObject(id), { id, wallet: 'treasury', coSigners: ['alice', 'bob'] });
    await turnDue(id);
    expect((await test.line('turn.mismatch', { id })).fields).toMatchObject({ code: 'ID_MISMATCH', alarm: true });
    // Also not later in that turn, nor by another one.
    await quiet();
    expect(sealedIds()).not.toContain(id);
    expect(test.read('signed', signedObject(id))).toBeUndefined();
    expect(await balanceOf(test.lab.chain.url, payee(72))).toBe(0n);
  });

  it('an approval that nobody gave is not one: the machine counts shares, not announcements', async () => {
    const id = await test.ask({ to: payee(73) });
    await test.approve('alice', id);
    put('results', approvedObject(id), { id, wallet: 'treasury', coSigners: ['alice', 'bob'] });
    await turnDue(id);
    expect((await test.line('turn.wait', { id })).fields).toMatchObject({ code: 'NOT_ENOUGH_SHARES', have: 'alice' });
    await quiet();
    expect(sealedIds()).not.toContain(id);
  });

  it('threat 76: the share of who asked counts for no machine, whatever is announced', async () => {
    await quiet();
    const asked = parseRequest(draft({ to: payee(79), requester: ALICES.address }));
    const { domain, types, message } = typedRequest(asked, test.lab.wallet.address, 'lab-register');
    const id = await test.ask({ ...asked, requesterSignature: await ALICES.signTypedData(domain, types, message) });
    await test.approve('alice', id);
    await test.approve('bob', id);
    await test.line('collect.share', { id, coSigner: 'alice', code: 'SHARE_OF_INITIATOR' });
    expect(test.read('results', approvedObject(id))).toBeUndefined();
    put('results', approvedObject(id), { id, wallet: 'treasury', coSigners: ['alice', 'bob'] });
    await turnDue(id);
    const waits = await test.line('turn.wait', { id });
    expect(waits.fields).toMatchObject({ code: 'NOT_ENOUGH_SHARES', have: 'bob', asked: 'alice' });
    expect(sealedIds()).not.toContain(id);
    expect(await balanceOf(test.lab.chain.url, payee(79))).toBe(0n);
    // Somebody else is enough, and alice is still not among them.
    await test.approve('carol', id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(test.json('results', submittedObject(id))?.approvedBy).toEqual(['bob', 'carol']);
    await quiet();
  });

  it('shares moved about open nothing: for another request, at another place, twice over', async () => {
    const [from, to] = [await test.ask({ to: payee(74) }), await test.ask({ to: payee(75) })];
    const share = (who: string) => test.read('keys', `${who}/shares/${from}`) ?? Buffer.alloc(0);
    await test.approve('alice', from);
    // Alice's own at bob's place, for this request and for the other; and once more at her own.
    put('keys', `bob/shares/${from}`, share('alice'));
    put('keys', `alice/shares/${from}/2`, share('alice'));
    put('keys', `alice/shares/${to}`, share('alice'));
    put('keys', `bob/shares/${to}`, share('alice'));
    const bad = (id: string) =>
      test.events('keyturn.request.share-bad', { id }).map(({ body }) => `${body.coSigner} ${body.code}`);
    await test.until('the machine to judge them', () => bad(from).length > 0 && new Set(bad(to)).size === 2);
    expect(new Set(bad(from))).toEqual(new Set(['bob SHARE_CIPHERTEXT']));
    expect(new Set(bad(to))).toEqual(new Set(['alice SHARE_CIPHERTEXT', 'bob SHARE_CIPHERTEXT']));
    expect(sealedIds()).not.toContain(from);
    // Bob is not locked out by what somebody put in his place.
    await test.approve('bob', from, { attempt: 'mine' });
    expect(await test.outcome(from)).toMatchObject({ outcome: 'finalized' });
    await quiet();
    expect(sealedIds()).not.toContain(to);
  });
});

describe('the operator writes into the register', () => {
  it('a forged seal is junk: skipped, alarmed, and its nonce is not believed', async () => {
    const before = await mined();
    const newest =
      test
        .list('register', 'seals/')
        .map((name) => test.json('register', name))
        .find((entry) => entry?.kind === 'seal') ?? {};
    const seq = nextSeq();
    const items = Array.isArray(newest.items) ? newest.items.map((item) => ({ ...item, nonce: '999' })) : [];
    put('register', sealName(seq), { ...newest, seq: `${seq}`, items });
    put('register', sealName(seq + 1), newest);
    const id = await pay(76);
    expect((await test.line('register-junk', { object: sealName(seq) })).fields).toMatchObject({
      code: 'REGISTER_JUNK',
      alarm: true,
    });
    await test.line('register-junk', { object: sealName(seq + 1) });
    expect(test.json('results', submittedObject(id))).toMatchObject({ nonce: `${before}`, seal: sealName(seq + 2) });
    expect(await mined()).toBe(before + 1n);
  });

  it('a forged close ends that request, and nothing else: it is never sealed', async () => {
    const before = await mined();
    const id = await test.ask({ to: payee(77), validUntil: timeText(Date.now() + 12_000) });
    put('register', sealName(nextSeq()), {
      version: 1,
      kind: 'close',
      items: [{ id, code: 'REJECTED', reason: 'forged' }],
    });
    await test.approve('alice', id);
    await test.approve('bob', id);
    expect(await test.outcome(id)).toMatchObject({ outcome: 'rejected', reason: 'forged', transactionHash: '' });
    const other = await pay(78);
    await quiet();
    expect(sealedIds()).not.toContain(id);
    expect(test.json('results', submittedObject(other))).toMatchObject({ nonce: `${before}` });
  });
});

describe('everything is said again', () => {
  it('every message that was ever published, once more: nothing moves', async () => {
    await quiet();
    const [count, entries, signed] = [await mined(), test.list('register'), test.list('signed')];
    const facts = test.list('results').filter((name) => !name.includes('outcome') && !name.startsWith('receipts/'));
    const answers = () =>
      test.lines.filter(({ message }) => /^(collect|launch|finalize|intake)\.(act|ignore|wait|refuse)$/.test(message))
        .length;
    const replayed = [...test.seen].flatMap(({ topic, text, attributes }) => {
      const known = (['shares', 'approved', 'submitted', 'transactionRequests'] as const).find(
        (each) => each === topic,
      );
      const kept = Object.entries(attributes).filter(([name]) => !name.startsWith('goog'));
      return known === undefined
        ? []
        : [{ topic: known, data: Buffer.from(text), attributes: Object.fromEntries(kept) }];
    });
    expect(replayed.length).toBeGreaterThan(40);
    const before = answers();
    await Promise.all(replayed.map(({ topic, data, attributes }) => test.publish(data, topic, attributes)));
    await test.until('all of it to be answered', () => answers() >= before + replayed.length);
    expect([await mined(), test.list('register'), test.list('signed')]).toEqual([count, entries, signed]);
    expect(test.list('results')).toEqual(expect.arrayContaining(facts));
    expect(test.list('results').filter((name) => name.endsWith('submitted.json'))).toHaveLength(signed.length);
  });
});
