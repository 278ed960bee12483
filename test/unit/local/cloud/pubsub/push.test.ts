import { describe, expect, it } from 'vitest';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import {
  admin,
  kit,
  MemoryJournal,
  PROJECT,
  refusal,
  settle,
  subscription,
  text,
  topic,
  withSubscription,
} from '#test/support/local/pubsub.ts';

describe('push', () => {
  const pushConfig = {
    pushEndpoint: 'http://127.0.0.1:1/hook',
    oidcToken: { serviceAccountEmail: 'pusher@keyturn-local.iam.gserviceaccount.com', audience: 'http://127.0.0.1:1' },
  };

  it('sends the wrapped message with a token, once, at the next tick of the clock', async () => {
    const made = withSubscription({ pushConfig });
    const id = made.publish();
    expect(made.pushes).toEqual([]);
    made.clock.advance(0);
    await settle();
    expect(made.pushes).toHaveLength(1);
    expect(made.pushes[0]).toMatchObject({
      endpoint: 'http://127.0.0.1:1/hook',
      timeoutMs: 10_000,
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer token(pusher@keyturn-local.iam.gserviceaccount.com,http://127.0.0.1:1)',
      },
    });
    expect(JSON.parse(made.pushes[0]?.body ?? '')).toEqual({
      message: {
        data: text('hello').toString('base64'),
        messageId: id,
        message_id: id,
        publishTime: '2026-01-01T00:00:00.000Z',
        publish_time: '2026-01-01T00:00:00.000Z',
      },
      subscription: subscription('orders-sub'),
    });
    made.clock.advance(3_600_000);
    expect(made.pushes).toHaveLength(1);
    expect(made.clock.nextDue()).toBeUndefined();
  });

  it.each([[102], [200], [201], [202], [204]])('takes %i as an ack', async (status) => {
    const made = withSubscription({ pushConfig });
    made.outside.answer = async () => status;
    made.publish();
    made.clock.advance(0);
    await settle();
    made.clock.advance(3_600_000);
    expect(made.pushes).toHaveLength(1);
  });

  it.each([[203], [302], [404], [500]])('sends again after %i', async (status) => {
    const made = withSubscription({ pushConfig });
    made.outside.answer = async () => status;
    made.publish();
    made.clock.advance(0);
    await settle();
    made.clock.advance(99);
    expect(made.pushes).toHaveLength(1);
    made.clock.advance(1);
    expect(made.pushes).toHaveLength(2);
  });

  it('gives up an endpoint that does not answer within the ack deadline, and ignores a later answer', async () => {
    const made = withSubscription({ pushConfig });
    let late = (_: number): void => {};
    made.outside.answer = () =>
      new Promise((resolve) => {
        late = resolve;
      });
    made.publish();
    made.clock.advance(0);
    const firstAnswer = late;
    made.clock.advance(10_000);
    firstAnswer(200);
    await settle();
    made.clock.advance(100);
    expect(made.pushes).toHaveLength(2);
  });

  it('has no more than 20 requests under way, and goes on when one is answered', async () => {
    const made = withSubscription({ pushConfig });
    const open: ((status: number) => void)[] = [];
    made.outside.answer = () => new Promise((resolve) => open.push(resolve));
    for (let count = 0; count < 25; count += 1) made.publish();
    made.clock.advance(0);
    expect(made.pushes).toHaveLength(20);
    open[0]?.(204);
    await settle();
    made.clock.advance(0);
    expect(made.pushes).toHaveLength(21);
  });

  it('meets planned faults: not sent at all, or sent and the answer lost', async () => {
    const made = withSubscription({ pushConfig });
    made.world.faults.add({ method: 'pubsub.push', kind: 'before' });
    made.world.faults.add({ method: 'pubsub.push', kind: 'after' });
    made.publish();
    for (const [advance, sent] of [
      [0, 0],
      [100, 1],
      [200, 2],
    ] as const) {
      made.clock.advance(advance);
      await settle();
      expect(made.pushes).toHaveLength(sent);
    }
    expect(made.world.faults.pending).toEqual([]);
    made.clock.advance(3_600_000);
    expect(made.pushes).toHaveLength(2);
  });

  it('tells the attempt where dead lettering is on', async () => {
    const made = kit();
    for (const id of ['orders', 'dead-letters']) made.topics.create(admin, { name: topic(id) });
    made.topics.subscriptions.create(admin, {
      name: subscription('orders-sub'),
      topic: topic('orders'),
      pushConfig,
      deadLetterPolicy: { deadLetterTopic: topic('dead-letters') },
    });
    made.outside.answer = async () => 500;
    made.topics.publish(admin, topic('orders'), [{ data: text('x') }]);
    for (const advance of [0, 100]) {
      made.clock.advance(advance);
      await settle();
    }
    expect(made.pushes.map(({ body }) => JSON.parse(body).deliveryAttempt)).toEqual([1, 2]);
  });

  it('starts again after a restart', async () => {
    const journal = new MemoryJournal();
    const first = withSubscription({ pushConfig }, journal);
    first.publish();
    const again = kit(journal, first.clock.now());
    again.clock.advance(0);
    await settle();
    expect(again.pushes).toHaveLength(1);
  });

  it('needs the right to act as the service account, and a proper endpoint', () => {
    const { topics, world } = withSubscription();
    world.iam.bind({ id: 'bob', resource: PROJECT, role: 'roles/pubsub.admin', members: ['bob'] });
    const make = (config: object) =>
      topics.subscriptions.create(callerNamed('bob'), {
        name: subscription('push-sub'),
        topic: topic('orders'),
        pushConfig: config,
      });
    expect(() => make(pushConfig)).toThrow(refusal('PERMISSION_DENIED', /iam.serviceAccounts.actAs/));
    expect(() => make({ pushEndpoint: 'ftp://x' })).toThrow(refusal('INVALID_ARGUMENT', /ftp:/));
    expect(() => make({ pushEndpoint: 'http://x', oidcToken: {} })).toThrow(refusal('INVALID_ARGUMENT', /email/));
  });

  it('needs that right when the endpoint is changed, too', () => {
    const { topics, world } = withSubscription();
    const bob = callerNamed('bob');
    world.iam.bind({ id: 'bob', resource: PROJECT, role: 'roles/pubsub.admin', members: ['bob'] });
    const name = subscription('orders-sub');
    const denied = refusal('PERMISSION_DENIED', /iam.serviceAccounts.actAs/);
    expect(() => topics.subscriptions.modifyPushConfig(bob, name, pushConfig)).toThrow(denied);
    const draft = { name, topic: '', pushConfig };
    expect(() => topics.subscriptions.update(bob, draft, ['pushConfig'])).toThrow(denied);
  });

  it('stops when the subscription is pulled again, and refuses pulls before that', () => {
    const made = withSubscription({ pushConfig });
    expect(() => made.pull()).toThrow(refusal('FAILED_PRECONDITION', /push/));
    made.topics.subscriptions.modifyPushConfig(admin, subscription('orders-sub'), {});
    made.publish();
    made.clock.advance(3_600_000);
    expect(made.pushes).toEqual([]);
    expect(made.pull()).toHaveLength(1);
  });
});
