import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { digestOf } from '#schemas/digest.ts';
import { approvedEvents, outcomeEvents, receiptEvents, submittedEvents } from '#schemas/events.ts';
import { parseFact } from '#schemas/facts.ts';
import {
  approvedObject,
  outcomeObject,
  receiptObject,
  requestObject,
  sealObject,
  signedObject,
  submittedObject,
  withdrawnObject,
} from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import { followHere } from '../e2e/support/in-process.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { commandLine, writeDevJson } from '../e2e/support/operators.ts';
import { bytesOf } from '../e2e/support/requests.ts';
import { People } from '../e2e/support/rights.ts';
import { countOf, rpc } from '../e2e/support/rpc.ts';
import { thiefOf } from './support/thief.ts';
import { Victims } from './support/victims.ts';

/** A thief has the account of one function, with the rights of the plan and no others. All functions go on with their work. */
let test: TestLab;
let people: People;
let victims: Victims;
beforeAll(async () => {
  test = await startTestLab({ coSigners: 3 });
  people = new People(test);
  victims = new Victims(test, 800);
}, 90_000);
afterAll(() => test.close(), 30_000);
afterEach(() => victims.areWhole());

const HASH = `0x${'7'.repeat(64)}`;
const BOTH = ['alice', 'bob'] as const;
const DECIDERS = ['finalize', 'reconcile'] as const;
const says = async (...args: readonly string[]) => (await commandLine(test)(...args)).json;
/** Approved, and held back by the operator's pause: what a thief makes up comes before the seal. */
const held = async (over: Record<string, string> = {}): Promise<string> => {
  await people.does('operator', 'pause', '--reason', 'a test');
  const id = await victims.ask(over);
  await victims.approve(id, ...BOTH);
  await test.line('launch.wait', { id, code: 'PAUSED' });
  return id;
};
/** What each reader says stands behind its outcome. They agree. */
const backingOf = async (id: string, who = 'alice'): Promise<unknown> => {
  const answers = await Promise.all(['status', 'show', 'why'].map((command) => says(command, id, '--as', who)));
  const [first, ...others] = answers.map(({ backing }) => backing);
  for (const backing of others) expect(backing).toEqual(first);
  return first;
};
const nextSeal = (): string =>
  sealObject('31337', test.lab.wallet.address, BigInt(test.list('register', 'seals/').length));

describe('threat 61: intake', () => {
  it('puts another request in the place of one: nobody is shown it, and nothing of either is signed', async () => {
    const [request, other] = [victims.draft(), victims.draft()];
    const { address: walletAddress } = test.lab.wallet;
    const id = digestOf(parseRequest(request), walletAddress, 'lab-register');
    const { lawHash } = test.lab.config;
    const fact = { id, walletAddress, lawHash, request: parseRequest(other) };
    thiefOf(test, 'intake').put('results', requestObject(id), fact);
    await test.publish(bytesOf(request));
    for (const who of BOTH) await test.approve(who, id);
    await test.line('collect.ignore', { id, code: 'ID_MISMATCH' });
    for (const command of ['show', 'status', 'why'])
      expect(await says(command, id, '--as', 'alice')).toMatchObject({ ok: false, code: 'ID_MISMATCH' });
    await victims.ticks(4);
    expect(victims.isSealed(id)).toBe(false);
  });

  it('withdraws what it did not ask for: that request ends for good, and the same payment is made once', async () => {
    const first = await held({ reference: 'withdrawn' });
    const wish = { id: first, wallet: 'treasury', requester: 'dapp' };
    thiefOf(test, 'intake').put('results', withdrawnObject(first), wish);
    expect(await test.outcome(first)).toMatchObject({ outcome: 'withdrawn' });
    expect(await backingOf(first)).toEqual({ kind: 'close', because: '' });
    await people.does('operator', 'resume');
    const again = await victims.ask({ ...victims.requestOf(first), memo: 'again' });
    await victims.approve(again, ...BOTH);
    await victims.isPaid(again);
    expect(victims.isSealed(first)).toBe(false);
  });

  it('makes up what became of a request, as an event: no reader and no function believes it', async () => {
    const id = await victims.ask();
    const fact = {
      id,
      wallet: 'treasury',
      code: '' as const,
      reason: '',
      transactionHash: HASH,
      blockNumber: '1',
      receipt: '',
    };
    const lie = outcomeEvents({ ...fact, outcome: 'finalized' }, victims.parsed(id));
    thiefOf(test, 'intake').say(lie, outcomeObject(id));
    await test.event('keyturn.request.outcome', { id });
    expect(await says('status', id)).toMatchObject({ stage: 'accepted', outcome: null });
    await victims.approve(id, ...BOTH);
    await victims.isPaid(id);
  });
});

describe('threat 79: what a function makes up by its own rights', () => {
  it('an approval by collect: the machine signs nothing, and it is shown as unverified', async () => {
    const id = await victims.ask();
    await victims.approve(id, 'alice');
    const thief = thiefOf(test, 'collect');
    const fact = { id, wallet: 'treasury', coSigners: [...BOTH] };
    thief.put('results', approvedObject(id), fact);
    thief.say(approvedEvents(fact, victims.parsed(id)), approvedObject(id));
    expect((await test.line('turn.wait', { id })).fields).toMatchObject({ code: 'NOT_ENOUGH_SHARES', have: 'alice' });
    for (const command of ['status', 'show']) {
      const votes = z.array(z.looseObject({})).parse((await says(command, id, '--as', 'alice')).votes);
      expect(votes).toMatchObject([
        { answer: 'approved' },
        { coSigner: 'bob', answer: 'unverified' },
        { answer: 'none' },
      ]);
    }
    expect(victims.isSealed(id)).toBe(false);
  });

  it.each(DECIDERS)('a payment by %s: it is shown as unverified, and nothing is signed by it', async (name) => {
    const id = await held({ reference: `paid-${name}` });
    const fact = { id, wallet: 'treasury', code: '' as const, reason: '', transactionHash: HASH, blockNumber: '1' };
    const lie = { ...fact, outcome: 'finalized' as const, receipt: receiptObject(id, 0) };
    const thief = thiefOf(test, name);
    thief.put('results', outcomeObject(id), lie);
    thief.say(outcomeEvents(lie, victims.parsed(id)), outcomeObject(id));
    await people.does('operator', 'resume');
    for (const who of ['alice', 'finance'])
      expect(await backingOf(id, who)).toEqual({ kind: 'unverified', because: 'the register shows no seal of it' });
    expect(await says('audit', id)).toMatchObject({ ok: false });
    await victims.ticks(4);
    expect(victims.isSealed(id)).toBe(false);
  });

  it.each(DECIDERS)(
    'an end by %s of what can still be paid: its reference stays taken, and no second request is paid',
    async (name) => {
      const first = await held({ reference: `ended-${name}` });
      const reason = 'a lie';
      const none = { transactionHash: '', blockNumber: '', receipt: '' };
      const lie = {
        id: first,
        wallet: 'treasury',
        outcome: 'expired' as const,
        code: 'NOT_APPROVED_IN_TIME' as const,
        reason,
        ...none,
      };
      thiefOf(test, name).put('results', outcomeObject(first), lie);
      expect(await backingOf(first)).toMatchObject({ kind: 'unverified' });
      // Who believes it and asks again is told that the reference is taken: the register shows no end.
      const again = victims.ask({ ...victims.requestOf(first), memo: 'again' });
      await expect(again).rejects.toThrow(/REFERENCE_USED.*no close of it that counts/);
      await people.does('operator', 'resume');
      await victims.ticks(4);
    },
  );

  it.each(DECIDERS)(
    'a receipt by %s, stored or sent alone: each reader calls it unverified, and counts it in no sum',
    async (name) => {
      const real = await victims.ask();
      await victims.approve(real, ...BOTH);
      await victims.isPaid(real);
      const { receipt } = await test.outcome(real);
      const fact = parseFact('receipt', test.read('results', `${receipt}`) ?? Buffer.alloc(0));
      const thief = thiefOf(test, name);
      const lieOf = (id: string) => {
        const object = receiptObject(id, Date.parse(fact.blockTime));
        return { object, lie: { ...fact, id, eventId: `lab-results/${object}`, valueWei: '999' } };
      };
      const [stored, sent] = [await victims.ask(), await victims.ask()];
      thief.put('results', lieOf(stored).object, lieOf(stored).lie);
      for (const id of [stored, sent]) thief.say(receiptEvents(lieOf(id).lie), lieOf(id).object);
      const follow = ['receipts', '--follow', '--subscription', 'lab-receipts-finance', '--json'];
      const wanted = [real, stored, sent];
      const lines = await followHere(
        test.folder,
        (so) => wanted.every((id) => so.some((line) => line.id === id)),
        ...[...follow, '--as', 'finance', '--config', writeDevJson(test)],
      );
      const kinds = (all: readonly unknown[]) =>
        new Map(
          z
            .array(z.looseObject({ id: z.string(), backing: z.looseObject({ kind: z.string() }) }))
            .parse(all)
            .map(({ id, backing }) => [id, backing.kind]),
        );
      const followed = kinds(lines);
      expect(wanted.map((id) => followed.get(id))).toEqual(['chain', 'unverified', 'unverified']);
      const { receipts, totals } = z
        .looseObject({ receipts: z.array(z.unknown()), totals: z.looseObject({}) })
        .parse(await says('receipts', '--as', 'finance'));
      expect([real, stored].map((id) => kinds(receipts).get(id))).toEqual(['chain', 'unverified']);
      expect(totals.unverified).toBe([...kinds(receipts).values()].filter((kind) => kind === 'unverified').length);
    },
  );

  it('a submission by reconcile: nothing is settled by it, somebody is told, and why says what is wrong', async () => {
    const id = await held();
    const thief = thiefOf(test, 'reconcile');
    const fact = {
      id,
      wallet: 'treasury',
      chainId: '31337',
      from: test.lab.wallet.address,
      nonce: '0',
      seal: nextSeal(),
    };
    const lie = { ...fact, transactionHashes: [HASH], approvedBy: [...BOTH] };
    thief.put('results', submittedObject(id), lie);
    thief.say(submittedEvents(lie, victims.parsed(id)), submittedObject(id));
    expect((await test.line('settle.unsealed', { id })).fields).toMatchObject({ alarm: true });
    await people.does('operator', 'resume');
    await test.until('somebody to be told', async () => (await says('why', id)).code === 'ID_MISMATCH');
    expect(test.json('results', outcomeObject(id))).toBeUndefined();
  });
});

describe('threat 61: reconcile', () => {
  it('closes what people approved: it is over for good, as the register says too', async () => {
    const id = await held();
    const items = [{ id, code: 'REJECTED', reason: 'forged' }];
    thiefOf(test, 'reconcile').put('register', nextSeal(), { version: 1, kind: 'close', items });
    await people.does('operator', 'resume');
    expect(await test.outcome(id)).toMatchObject({ outcome: 'rejected', reason: 'forged' });
    expect(await backingOf(id)).toEqual({ kind: 'close', because: '' });
    await victims.ticks(4);
    expect(victims.isSealed(id)).toBe(false);
  });

  it('forges and copies seals, kills the machine and sends the bytes itself: paid once, at the next nonce', async () => {
    const thief = thiefOf(test, 'reconcile');
    const seals = test.list('register', 'seals/').map((name) => test.json('register', name));
    const seal = seals.find((entry) => entry?.kind === 'seal') ?? {};
    const items = z.array(z.looseObject({})).parse(seal.items);
    const junk = [nextSeal()];
    thief.put('register', nextSeal(), { ...seal, items: items.map((item) => ({ ...item, nonce: '999' })) });
    junk.push(nextSeal());
    thief.put('register', nextSeal(), seal);
    const before = await countOf(test.lab.chain.url, test.lab.wallet.address);
    const id = await victims.ask();
    await victims.approve(id, ...BOTH);
    const { source } = await test.line('turn.sealed', { id });
    const raw = await test.until('the bytes', () => test.read('signed', signedObject(id)));
    const { rungs } = parseFact('signed', thief.read('signed', signedObject(id)));
    expect(raw.equals(thief.read('signed', signedObject(id)))).toBe(true);
    for (const rung of rungs)
      await rpc(test.lab.chain.url, 'eth_sendRawTransaction', [rung.raw], z.unknown()).catch(() => {});
    const zone = ['us-central1-a', 'us-central1-b'].find((each) =>
      test.lab.servers.instances.list(thief.as, each).items.some((one) => one.name === source),
    );
    test.lab.servers.instances.delete(thief.as, `${zone}`, source);
    await victims.isPaid(id);
    expect(await countOf(test.lab.chain.url, test.lab.wallet.address)).toBe(before + 1n);
    expect(test.json('results', submittedObject(id))?.nonce).toBe(`${before}`);
    const { logs } = z
      .looseObject({ logs: z.array(z.looseObject({ junk: z.array(z.string()) })) })
      .parse(await says('audit', '--wallet', 'treasury'));
    for (const name of junk) expect(logs[0]?.junk.some((line) => line.startsWith(name))).toBe(true);
  });
});

describe('threat 61: a dead letter that a function makes up', () => {
  it('is put back by the operator as what it says it is, a request or a hint: nothing is signed by it', async () => {
    const request = victims.draft();
    const thief = thiefOf(test, 'launch');
    const source = (topic: string) => ({ CloudPubSubDeadLetterSourceSubscription: `lab-${topic}-push` });
    thief.publish('deadLetters', bytesOf(request), source('transaction-requests'));
    const id = digestOf(parseRequest(request), test.lab.wallet.address, 'lab-register');
    const event = { eventId: `lab-results/${approvedObject(id)}`, id, wallet: 'treasury' };
    thief.publish('deadLetters', bytesOf(event), source('approved'));
    expect(await people.does('operator', 'redrive', '--all')).toMatchObject({ redriven: 2 });
    await test.event('keyturn.request.accepted', { id });
    await victims.ticks(4);
    expect(await says('status', id)).toMatchObject({ needed: 2, nonce: null, transactionHashes: [] });
    expect(victims.isSealed(id)).toBe(false);
  });
});
