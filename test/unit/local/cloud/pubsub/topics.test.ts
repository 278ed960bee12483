import { describe, expect, it } from 'vitest';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import {
  admin,
  definition,
  kit,
  MemoryJournal,
  PROJECT,
  refusal,
  schema,
  settle,
  subscription,
  text,
  topic,
  valid,
  withSchema,
} from '#test/support/local/pubsub.ts';

describe('subscription settings', () => {
  const minute = 60_000;
  it.each([
    [{ name: 'projects/p/subscriptions/x' }, 'INVALID_ARGUMENT', /name=/],
    [{ ackDeadlineSeconds: 9 }, 'INVALID_ARGUMENT', /between 10 and 600/],
    [{ messageRetentionMs: 9 * minute }, 'INVALID_ARGUMENT', /message_retention_duration/],
    [{ messageRetentionMs: 32 * 24 * 60 * minute }, 'INVALID_ARGUMENT', /message_retention_duration/],
    [{ expirationPolicy: { ttlMs: minute } }, 'INVALID_ARGUMENT', /expiration_policy/],
    [{ retryPolicy: { minimumBackoffMs: 600_001 } }, 'INVALID_ARGUMENT', /minimum_backoff/],
    [{ retryPolicy: { minimumBackoffMs: 2000, maximumBackoffMs: 1000 } }, 'INVALID_ARGUMENT', /maximum_backoff/],
    [{ deadLetterPolicy: { deadLetterTopic: topic('orders'), maxDeliveryAttempts: 101 } }, 'OUT_OF_RANGE', /5 and 100/],
    [{ deadLetterPolicy: { deadLetterTopic: topic('none') } }, 'NOT_FOUND', /none/],
    [
      { pushConfig: { pushEndpoint: 'http://x', attributes: { 'x-goog-version': 'v1beta1' } } },
      'INVALID_ARGUMENT',
      /v1beta1/,
    ],
    [{ filter: 'nonsense' }, 'INVALID_ARGUMENT', /filter=nonsense/],
  ])('%j is refused', (more, status, message) => {
    const { topics, world } = kit();
    world.iam.bind({
      id: 'p',
      resource: 'projects/p',
      role: 'roles/pubsub.admin',
      members: ['user:admin@keyturn.local'],
    });
    topics.create(admin, { name: topic('orders') });
    const draft = { name: subscription('orders-sub'), topic: topic('orders'), ...more };
    expect(() => topics.subscriptions.create(admin, draft)).toThrow(refusal(status, message));
  });

  it('keeps what an update does not name', () => {
    const { topics } = kit();
    topics.create(admin, { name: topic('orders') });
    const name = subscription('orders-sub');
    topics.subscriptions.create(admin, { name, topic: topic('orders'), filter: 'attributes:a', labels: { a: 'b' } });
    const draft = { name, topic: '', ackDeadlineSeconds: 60, labels: {} };
    expect(topics.subscriptions.update(admin, draft, ['ackDeadlineSeconds'])).toMatchObject({
      ackDeadlineSeconds: 60,
      filter: 'attributes:a',
      labels: { a: 'b' },
      topic: topic('orders'),
    });
    for (const [mask, message] of [
      [[], /update_mask/],
      [['filter'], /filter cannot/],
      [['colour'], /colour/],
    ] as const)
      expect(() => topics.subscriptions.update(admin, draft, mask)).toThrow(refusal('INVALID_ARGUMENT', message));
  });

  it('expires without activity after 31 days, or never where the policy says so', () => {
    const { topics, clock, notes } = kit();
    topics.create(admin, { name: topic('orders') });
    for (const [id, policy] of [
      ['idle-sub', {}],
      ['kept-sub', { expirationPolicy: {} }],
    ] as const)
      topics.subscriptions.create(admin, { name: subscription(id), topic: topic('orders'), ...policy });
    clock.advance(31 * 24 * 60 * minute - 1);
    topics.subscriptions.get(admin, subscription('idle-sub'));
    clock.advance(31 * 24 * 60 * minute - 1);
    expect(topics.subscriptions.list(admin, PROJECT, {}).items).toHaveLength(2);
    clock.advance(1);
    expect(() => topics.subscriptions.get(admin, subscription('idle-sub'))).toThrow(refusal('NOT_FOUND', /idle-sub/));
    expect(notes.at(-1)).toMatch(/idle-sub expired/);
    topics.subscriptions.get(admin, subscription('kept-sub'));
  });
});

describe('rights', () => {
  it('ask for each call what Google asks, on the resource, its topic or its project', () => {
    const { topics, world } = withSchema();
    const nobody = callerNamed('bob');
    const name = subscription('orders-sub');
    const { subscriptions, schemas } = topics;
    const calls: [string, () => unknown][] = [
      ['pubsub.topics.create', () => topics.create(nobody, { name: topic('new') })],
      ['pubsub.topics.get', () => topics.get(nobody, topic('orders'))],
      ['pubsub.topics.list', () => topics.list(nobody, PROJECT, {})],
      ['pubsub.topics.update', () => topics.update(nobody, { name: topic('orders') }, ['labels'])],
      ['pubsub.topics.delete', () => topics.delete(nobody, topic('orders'))],
      ['pubsub.topics.publish', () => topics.publish(nobody, topic('orders'), [])],
      ['pubsub.subscriptions.create', () => subscriptions.create(nobody, { name, topic: topic('orders') })],
      ['pubsub.subscriptions.get', () => subscriptions.get(nobody, name)],
      ['pubsub.subscriptions.list', () => subscriptions.list(nobody, PROJECT, {})],
      ['pubsub.subscriptions.update', () => subscriptions.modifyPushConfig(nobody, name, {})],
      ['pubsub.subscriptions.delete', () => subscriptions.delete(nobody, name)],
      ['pubsub.subscriptions.consume', () => subscriptions.pull(nobody, name, 1)],
      ['pubsub.subscriptions.consume', () => subscriptions.acknowledge(nobody, name, ['x'])],
      ['pubsub.subscriptions.consume', () => subscriptions.modifyAckDeadline(nobody, name, ['x'], 0)],
      ['pubsub.schemas.create', () => schemas.create(nobody, schema('new'), {})],
      ['pubsub.schemas.commit', () => schemas.commit(nobody, schema('orders'), {})],
      ['pubsub.schemas.get', () => schemas.get(nobody, schema('orders'))],
      ['pubsub.schemas.list', () => schemas.list(nobody, PROJECT, {})],
      ['pubsub.schemas.delete', () => schemas.delete(nobody, schema('orders'))],
      ['pubsub.schemas.validate', () => schemas.validateSchema(nobody, PROJECT, {})],
    ];
    for (const [permission, call] of calls)
      expect(call).toThrow(
        refusal('PERMISSION_DENIED', new RegExp(`^bob does not have ${permission.replaceAll('.', '\\.')} `)),
      );
    world.iam.bind({
      id: 'cond',
      resource: PROJECT,
      role: 'roles/pubsub.publisher',
      members: ['bob'],
      condition: `resource.type == 'pubsub.googleapis.com/Topic' && resource.name == '${topic('orders')}'`,
    });
    expect(topics.publish(nobody, topic('orders'), [{ data: text(JSON.stringify(valid)) }])).toHaveLength(1);
  });

  it('to subscribe need the right on the topic too', () => {
    const { topics, world } = withSchema();
    const bob = callerNamed('bob');
    world.iam.bind({ id: 'b', resource: 'projects/other', role: 'roles/pubsub.admin', members: ['bob'] });
    const draft = { name: 'projects/other/subscriptions/mine', topic: topic('orders') };
    expect(() => topics.subscriptions.create(bob, draft)).toThrow(refusal('PERMISSION_DENIED', /attachSubscription/));
    world.iam.bind({ id: 't', resource: 'topics/orders', role: 'roles/pubsub.subscriber', members: ['bob'] });
    expect(topics.subscriptions.create(bob, draft).name).toBe(draft.name);
  });
});

describe('planned faults', () => {
  it('before: nothing happened; after: it happened and is delivered, the answer is lost', async () => {
    const { topics, world, clock, pushes } = kit();
    topics.create(admin, { name: topic('orders') });
    const pushConfig = { pushEndpoint: 'http://127.0.0.1:1' };
    topics.subscriptions.create(admin, { name: subscription('orders-sub'), topic: topic('orders'), pushConfig });
    const publish = (value: string) => () => topics.publish(admin, topic('orders'), [{ data: text(value) }]);
    world.faults.add({ method: 'pubsub.publish', matching: 'orders', kind: 'before' });
    expect(publish('before')).toThrow(refusal('UNAVAILABLE', /before pubsub.publish/));
    world.faults.add({ method: 'pubsub.publish', kind: 'after' });
    expect(publish('after')).toThrow(refusal('UNAVAILABLE', /after pubsub.publish/));
    clock.advance(0);
    await settle();
    expect(pushes.map(({ body }) => JSON.parse(body).message.data)).toEqual([text('after').toString('base64')]);
    expect(world.faults.pending).toEqual([]);
  });
});

describe('the journal', () => {
  it('brings back topics, schemas, subscriptions and what they owe, and no deleted thing', () => {
    const journal = new MemoryJournal();
    const first = withSchema('JSON', definition, journal);
    first.publish(valid);
    first.topics.create(admin, { name: topic('gone') });
    first.topics.delete(admin, topic('gone'));
    first.topics.subscriptions.create(admin, { name: subscription('gone-sub'), topic: topic('orders') });
    first.topics.subscriptions.delete(admin, subscription('gone-sub'));
    const { topics } = kit(journal);
    expect(topics.list(admin, PROJECT, {}).items).toEqual(first.topics.list(admin, PROJECT, {}).items);
    expect(topics.subscriptions.list(admin, PROJECT, {})).toEqual(first.topics.subscriptions.list(admin, PROJECT, {}));
    expect(topics.schemas.get(admin, schema('orders'))).toEqual(first.topics.schemas.get(admin, schema('orders')));
    const data = topics.subscriptions.pull(admin, subscription('orders-sub'), 10).map(({ message }) => message.data);
    expect(data).toEqual([text(JSON.stringify(valid)).toString('base64')]);
  });

  it('holds nothing of a refused call', () => {
    const journal = new MemoryJournal();
    const { topics, publish } = withSchema('JSON', definition, journal);
    const lines = journal.lines.length;
    expect(() => publish('{}')).toThrow();
    expect(() => topics.create(admin, { name: topic('orders') })).toThrow(refusal('ALREADY_EXISTS', /orders/));
    expect(journal.lines).toHaveLength(lines);
  });
});

describe('pages', () => {
  it('come in the order of names, the rest by token', () => {
    const { topics } = kit();
    for (const id of ['ccc', 'aaa', 'bbb']) topics.create(admin, { name: topic(id) });
    const first = topics.list(admin, PROJECT, { pageSize: 2 });
    expect(first.items.map(({ name }) => name)).toEqual([topic('aaa'), topic('bbb')]);
    const second = topics.list(admin, PROJECT, { pageSize: 2, pageToken: first.nextPageToken });
    expect([second.items.map(({ name }) => name), second.nextPageToken]).toEqual([[topic('ccc')], '']);
    expect(() => topics.list(admin, PROJECT, { pageSize: -1 })).toThrow(refusal('INVALID_ARGUMENT', /negative/));
    expect(() => topics.list(admin, 'keyturn-local', {})).toThrow(refusal('INVALID_ARGUMENT', /projects/));
  });
});
