import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayInName } from '#cli/operate/receipts.ts';
import { type FunctionName, OWNER } from '#local/lab/people.ts';
import { MOST_DELIVERIES } from '#schemas/dead-letters.ts';
import { bucketsOf, openObject, signedObject, submittedObject, topicsOf } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { Refusals } from '../support/refusals.ts';
import { bytesOf, draft, payee } from '../support/requests.ts';
import { People, Rights } from '../support/rights.ts';
import { UNASKED } from '../support/unasked.ts';

const TOPICS = topicsOf('lab');
const BUCKETS = bucketsOf('lab');
const CO_SIGNERS = ['alice', 'bob'];

let test: TestLab;
let rights: Rights;
let people: People;

const subscriptions = () => test.lab.servers.topics.subscriptions;
const named = (subscription: string): string => `projects/${test.lab.world.project.id}/subscriptions/${subscription}`;
const ofCoSigner = (coSigner: string): string => `${TOPICS.requestEvents}-${coSigner}`;

beforeAll(async () => {
  test = await startTestLab();
  [rights, people] = [new Rights(test), new People(test)];
}, 90_000);
afterAll(() => test.close(), 30_000);

const turnsClosed = () =>
  test.until('every turn to close', () => {
    const turns = test.list('work', 'turns/');
    const claims = turns.filter((name) => !/\.[a-z]+/.test(name));
    return claims.length > 0 && claims.every((name) => turns.includes(`${name}.closed`));
  });

describe('the whole way', () => {
  it('asked, approved and paid, by people at their command lines', async () => {
    await people.does('operator', 'pause', '--reason', 'rights');
    expect(await people.does('operator', 'status')).toMatchObject({ ok: true });
    await people.does('operator', 'resume');
    const { id } = await people.does('dapp', 'request', '--to', payee(51), '--value', '7');
    for (const coSigner of CO_SIGNERS) {
      await people.does(coSigner, 'pending');
      expect(await people.does(coSigner, 'watch', '--once')).toMatchObject({ as: coSigner, request: { id } });
      await people.does(coSigner, 'approve', `${id}`, '--yes');
    }
    expect(await test.outcome(`${id}`)).toMatchObject({ outcome: 'finalized' });
    for (const who of ['operator', 'dapp', ...CO_SIGNERS]) await people.does(who, 'status', `${id}`);
    await people.does('finance', 'status');
    for (const coSigner of CO_SIGNERS) await people.does(coSigner, 'status');
    const { receipts } = await people.does('finance', 'receipts');
    expect(receipts).toMatchObject([{ id }]);
  });

  it('one that is approved during a pause', async () => {
    await people.does('operator', 'pause', '--reason', 'rights');
    const held = await test.ask({ to: payee(55), reference: 'held' });
    for (const coSigner of CO_SIGNERS) await test.approve(coSigner, held);
    // Only a launch that is held up reads the request: it says so in the mark, and must know when its time is over.
    await test.line('launch.wait', { id: held, code: 'PAUSED' });
    await people.does('operator', 'resume');
    expect(await test.outcome(held)).toMatchObject({ outcome: 'finalized' });
  });

  it('a bad share, a rejection, and one whose time is over', async () => {
    const [bad, rejected, late] = await Promise.all([
      test.ask({ to: payee(52) }),
      test.ask({ to: payee(53), reference: 'ended-unsealed' }),
      test.ask({ to: payee(54), validUntil: timeText(Date.now() + 5_000) }),
    ]);
    await test.approve('bob', bad, { attempt: '1', plaintext: test.shareText('alice') });
    await test.approve('bob', bad, { attempt: '2' });
    await test.approve('alice', bad);
    await people.does('bob', 'reject', rejected, '--reason', 'not ours', '--yes');
    expect(await test.outcome(rejected)).toMatchObject({ outcome: 'rejected' });
    expect(await test.outcome(late)).toMatchObject({ outcome: 'expired' });
    expect(await test.outcome(bad)).toMatchObject({ outcome: 'finalized' });
    expect(test.events('keyturn.request.share-bad', { id: bad, coSigner: 'bob' })).not.toEqual([]);
    // Intake reads the register only where a reference is used again whose request ended unsealed.
    const again = await test.ask({ to: payee(53), reference: 'ended-unsealed' });
    expect(again).not.toBe(rejected);
    await people.does('bob', 'reject', again, '--reason', 'not ours either', '--yes');
    expect(await test.outcome(again)).toMatchObject({ outcome: 'rejected' });
  });

  it('events for whoever has a subscription', async () => {
    for (const [who, subscription] of [
      ['dapp', `${TOPICS.requestEvents}-dapp`],
      ...CO_SIGNERS.map((name) => [name, ofCoSigner(name)] as const),
    ] as const)
      await people.pulling(who, async (lessor) => {
        const leased = await lessor.lease(subscription, 100, 30);
        expect(leased.length, who).toBeGreaterThan(0);
        await lessor.acknowledge(subscription, leased);
      });
  });
});

/** One request walks through all of them: each is given back once its absence was seen, and the request goes one step further. */
describe('a right that is taken away is missed, by name, and only until it is back', () => {
  const GONE = {
    list: 'collect: storage.objects.list on buckets/lab-keys',
    create:
      'launch: compute.disks.create+compute.instances.create+compute.instances.get+compute.instances.setLabels+compute.instances.setMetadata+compute.instances.setServiceAccount+compute.zoneOperations.get on project',
    key: 'image for alice: cloudkms.cryptoKeyDecrypter on release key of alice',
    results: 'image for operator: storage.objectCreator on buckets/lab-results',
    door: 'push: run.invoker on services/finalize',
    receipts: 'finance: pubsub.subscriber on subscriptions/lab-receipts-finance',
  } as const;
  let refusals: Refusals;
  const refusal: Refusals['until'] = (...args) => refusals.until(...args);
  const back = new Map<string, () => void>();
  const SETTLER = 'reconcile: storage.objectCreator on buckets/lab-results';
  const giveBack = (which: keyof typeof GONE | 'settler'): void => back.get(which)?.();
  let id = '';

  /** Reconcile looks when the mark says so, which is half a minute after a launch. */
  const lookNow = (): void => {
    const name = openObject('treasury', id);
    const metadata = { due: timeText(Date.now() - 1_000) };
    test.lab.servers.store.patchObject(OWNER, BUCKETS.work, name, { metadata });
  };

  beforeAll(async () => {
    await turnsClosed();
    refusals = new Refusals(test);
    id = await test.ask({ to: payee(55) });
    const { create, ...whole } = GONE;
    for (const [which, name] of Object.entries(whole)) back.set(which, rights.remove(name));
    // Of this role one permission, so that no other of its seven can be what was missed.
    back.set('create', rights.withhold(create, 'compute.instances.create'));
    for (const coSigner of CO_SIGNERS) await test.approve(coSigner, id);
  }, 90_000);

  it('collect cannot list shares: reconcile counts them', async () => {
    await refusal('collect@', 'storage.objects.list', BUCKETS.keys);
    await test.line('collect.share', { id, coSigner: 'alice' });
    await test.line('reconcile.owed', { id, owed: 'approve' });
    const before = rights.allowed(GONE.list);
    giveBack('list');
    // A good one: for a bad share the machine would want to write results, which it may not either now.
    await test.approve('alice', id, { attempt: 'again' });
    await test.until('collect to list again', () => rights.allowed(GONE.list) > before);
  });

  it('launch cannot start a machine', async () => {
    await refusal('launch@', 'compute.instances.create', '/instances/turn-treasury-');
    await test.line('launch.fault', {
      code: 'PERMISSION_DENIED',
      reason: /^compute: .*\/turn-treasury-\d+: HTTP 403$/,
    });
    expect(refusals.of('launch@', 'compute.')).toEqual(['compute.instances.create']);
    expect(test.logged('launch.act', { id })).toEqual([]);
    giveBack('create');
    await test.line('launch.act', { id });
  });

  it("the machine cannot use alice's release key", async () => {
    await refusal('/keyturn-alice/', 'cloudkms.cryptoKeyVersions.useToDecrypt', 'keyRings/alice/cryptoKeys/release');
    await test.line('turn.wait', { id, code: 'SHARE_UNREACHABLE', reason: /^alice: PERMISSION_DENIED: / });
    expect(test.list('signed')).not.toContain(signedObject(id));
    // Reconcile may come between the seal and the machine's own word. A name that is taken by then is no fault of the machine's.
    back.set('settler', rights.remove(SETTLER));
    giveBack('key');
    await test.until('signed bytes', () => test.list('signed').includes(signedObject(id)));
  });

  it('the machine cannot say that it submitted: reconcile says it, from the register', async () => {
    await refusal('/keyturn-operator/', 'storage.objects.create', submittedObject(id));
    await test.line('turn.fault', { code: 'PERMISSION_DENIED', reason: new RegExp(submittedObject(id)) });
    giveBack('settler');
    lookNow();
    await test.event('keyturn.request.submitted', { id, topic: 'submitted' });
    giveBack('results');
  });

  it('Pub/Sub cannot reach finalize: reconcile settles', async () => {
    expect(await test.push('finalize', bytesOf({ id }))).toBe(403);
    await refusal('push@', 'run.routes.invoke', 'services/finalize');
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(test.logged('finalize.act', { id })).toEqual([]);
    giveBack('door');
    await test.line('finalize.ignore', { id });
  });

  it('finance cannot pull receipts', async () => {
    const subscription = `${TOPICS.receipts}-finance`;
    const pull = () => people.pulling('finance', (lessor) => lessor.lease(subscription, 100, 10));
    await expect(pull()).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(subscription),
    });
    await refusal('finance@', 'pubsub.subscriptions.consume', subscription);
    giveBack('receipts');
    const leased = await pull();
    expect(leased.length).toBeGreaterThan(0);
    await people.pulling('finance', (lessor) => lessor.giveBack(subscription, leased));
  });

  it('finance lost them: it may look on, and the operator has them sent again', async () => {
    const { receipt } = await test.outcome(id);
    const day = dayInName(`${receipt}`) ?? '';
    await expect(people.does('finance', 'replay', '--day', day)).rejects.toThrow('PERMISSION_DENIED');
    const { replay } = await people.does('operator', 'replay', '--day', day, '--wait');
    const sent = (by: unknown) =>
      test.seen.find(
        ({ topic, attributes }) =>
          topic === 'receipts' && attributes['ce-subject'] === id && attributes.replayed === by,
      );
    await test.until('the receipt once more', () => sent(replay) !== undefined);
    const [first, again] = [sent(undefined), sent(replay)];
    expect(again?.text).toBe(first?.text);
    expect(again?.attributes).toEqual({ ...first?.attributes, replayed: replay });
    expect(await people.does('finance', 'replay')).toMatchObject({
      open: [],
      ended: [{ replay, code: '', unsent: 0 }],
    });
  });
});

describe('messages that nobody takes', () => {
  const FED: readonly FunctionName[] = ['intake', 'collect', 'launch', 'finalize'];
  const few = (subscription: string): void => {
    const deadLetterTopic = `projects/${test.lab.world.project.id}/topics/${TOPICS.deadLetters}`;
    const { name, topic } = subscriptions().get(OWNER, named(subscription));
    subscriptions().update(
      OWNER,
      {
        name,
        topic,
        deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 },
        retryPolicy: { minimumBackoffMs: 50, maximumBackoffMs: 200 },
      },
      ['deadLetterPolicy', 'retryPolicy'],
    );
  };
  const dead = (source: string) =>
    test.seen.filter(
      ({ topic, attributes }) =>
        topic === 'deadLetters' && attributes.CloudPubSubDeadLetterSourceSubscription === source,
    );

  it('go to the dead letters, and from there back where they came from', async () => {
    const topics = ['transactionRequests', 'shares', 'approved', 'submitted'] as const;
    const old = (topic: (typeof topics)[number]) => test.seen.findLast((one) => one.topic === topic);
    const gone = FED.map((name) => rights.remove(`push: run.invoker on services/${name}`));
    for (const topic of topics) few(`${TOPICS[topic]}-push`);
    await test.publish(bytesOf(draft({ reference: 'redriven' })));
    for (const topic of topics.slice(1)) {
      const { text = '', attributes = {} } = old(topic) ?? {};
      const own = Object.entries(attributes).filter(([name]) => !name.startsWith('goog'));
      await test.publish(Buffer.from(text), topic, Object.fromEntries(own));
    }
    for (const topic of topics) await test.until(`a dead ${topic}`, () => dead(`${TOPICS[topic]}-push`).length > 0);
    for (const restore of gone) restore();
    expect(await people.does('operator', 'redrive', '--all')).toMatchObject({ redriven: 4 });
    await test.event('keyturn.request.accepted', { reference: 'redriven' });
  });

  it('are buried by the function itself at the last delivery, with what it lacked', async () => {
    const share = { eventType: 'OBJECT_FINALIZE', bucketId: BUCKETS.keys, objectId: `alice/shares/${'0'.repeat(64)}` };
    const event = { eventId: 'x', id: '0'.repeat(64), wallet: 'treasury' };
    const fed = [
      ['intake', 'transactionRequests', bytesOf(draft({ reference: 'last-chance' })), {}],
      ['collect', 'shares', Buffer.from('{}'), share],
      ['launch', 'approved', bytesOf(event), {}],
      ['finalize', 'submitted', bytesOf({ ...event, chainId: '31337', nonce: '0' }), {}],
    ] as const;
    // Where nothing stands against a request, intake and launch read no results.
    const lacking = (name: string): string =>
      ['intake', 'launch'].includes(name)
        ? 'storage.objectUser on buckets/lab-work'
        : 'storage.objectViewer on buckets/lab-results';
    const gone = FED.map((name) => rights.remove(`${name}: ${lacking(name)}`));
    for (const [name, topic, data, attributes] of fed) {
      const subscription = named(`${TOPICS[topic]}-push`);
      const last = { deliveryAttempt: MOST_DELIVERIES, subscription };
      const earlier = { ...last, deliveryAttempt: MOST_DELIVERIES - 1 };
      expect(await test.push(name, data, attributes, earlier), name).toBe(500);
      const publish = rights.remove(`${name}: pubsub.publisher on topics/${TOPICS.deadLetters}`);
      expect(await test.push(name, data, attributes, last), `${name} cannot bury`).toBe(500);
      publish();
      expect(await test.push(name, data, attributes, last), name).toBe(204);
      await test.line(`${name}.buried`, { code: 'PERMISSION_DENIED', attempt: MOST_DELIVERIES });
    }
    for (const restore of gone) restore();
    const { deadLetters } = await people.does('operator', 'dead-letters');
    // The cloud's own pushes of earlier requests may fail meanwhile and be buried too.
    expect(deadLetters).toEqual(
      expect.arrayContaining(
        fed.map(([buriedBy, topic]) =>
          expect.objectContaining({
            buriedBy,
            topic: TOPICS[topic],
            code: 'PERMISSION_DENIED',
            reason: expect.stringMatching(/^storage: .*lab-(results|work)/),
            attempts: MOST_DELIVERIES,
          }),
        ),
      ),
    );
    const letters = Array.isArray(deadLetters) ? deadLetters.length : 0;
    expect(await people.does('operator', 'redrive', '--all')).toMatchObject({ redriven: letters });
    await test.event('keyturn.request.accepted', { reference: 'last-chance' });
  });

  it('of finance too, after enough tries', async () => {
    const subscription = `${TOPICS.receipts}-finance`;
    few(subscription);
    await people.pulling('finance', (lessor) =>
      test.until('a dead receipt', async () => {
        await lessor.giveBack(subscription, await lessor.lease(subscription, 10, 10));
        return dead(subscription).length > 0;
      }),
    );
  });
});

describe('every right of the plan', () => {
  it('is the only one that allows some call, or is on the list of what no local call asks for', () => {
    const idle = rights.worth.filter(({ sole }) => sole === 0).map(({ name }) => name);
    expect(idle.sort()).toEqual(Object.keys(UNASKED).sort());
    expect(rights.worth.filter(({ uses, sole }) => uses > 0 && sole === 0)).toEqual([]);
  });
});
