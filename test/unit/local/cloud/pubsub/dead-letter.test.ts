import { describe, expect, it } from 'vitest';
import { AGENT, admin, kit, MemoryJournal, PROJECT, subscription, text, topic } from '#test/support/local/pubsub.ts';

describe('dead letters', () => {
  const policy = { deadLetterTopic: topic('dead-letters'), maxDeliveryAttempts: 5 };
  const withDeadLetters = (journal = new MemoryJournal()) => {
    const made = kit(journal);
    for (const id of ['orders', 'dead-letters']) made.topics.create(admin, { name: topic(id) });
    const { subscriptions } = made.topics;
    subscriptions.create(admin, {
      name: subscription('orders-sub'),
      topic: topic('orders'),
      deadLetterPolicy: policy,
    });
    subscriptions.create(admin, { name: subscription('dead-sub'), topic: topic('dead-letters') });
    const dead = () => subscriptions.pull(admin, subscription('dead-sub'), 10);
    const fail = () => {
      const batch = subscriptions.pull(admin, subscription('orders-sub'), 10);
      if (batch.length > 0)
        subscriptions.modifyAckDeadline(
          admin,
          subscription('orders-sub'),
          batch.map(({ ackId }) => ackId),
          0,
        );
      return batch.map(({ deliveryAttempt }) => deliveryAttempt);
    };
    return { ...made, dead, fail };
  };

  const grant = ({ world }: ReturnType<typeof kit>) => {
    world.iam.bind({ id: 'p', resource: 'topics/dead-letters', role: 'roles/pubsub.publisher', members: [AGENT] });
    world.iam.bind({
      id: 's',
      resource: 'subscriptions/orders-sub',
      role: 'roles/pubsub.subscriber',
      members: [AGENT],
    });
  };

  it('forwards after the last attempt, with where it came from', () => {
    const made = withDeadLetters();
    grant(made);
    made.topics.publish(admin, topic('orders'), [{ data: text('x'), attributes: { a: 'b' } }]);
    expect([1, 2, 3, 4, 5, 6].map(() => made.fail())).toEqual([[1], [2], [3], [4], [5], []]);
    expect(made.dead().map(({ message }) => message)).toEqual([
      expect.objectContaining({
        data: text('x').toString('base64'),
        attributes: {
          a: 'b',
          CloudPubSubDeadLetterSourceDeliveryCount: '5',
          CloudPubSubDeadLetterSourceSubscription: 'orders-sub',
          CloudPubSubDeadLetterSourceSubscriptionProject: 'keyturn-local',
          CloudPubSubDeadLetterSourceTopicPublishTime: '2026-01-01T00:00:00.000Z',
        },
      }),
    ]);
  });

  it('goes on delivering, and says why, where the agent of Pub/Sub lacks a right', () => {
    const made = withDeadLetters();
    made.topics.publish(admin, topic('orders'), [{ data: text('x') }]);
    for (let attempt = 1; attempt <= 7; attempt += 1) expect(made.fail()).toEqual([attempt]);
    expect(made.notes.at(-1)).toMatch(/gcp-sa-pubsub\S+ may not publish to \S+dead-letters/);
    grant(made);
    expect(made.fail()).toEqual([8]);
    expect(made.dead()).toHaveLength(1);
  });

  it('needs the right to consume from the source as well', () => {
    const made = withDeadLetters();
    made.world.iam.bind({ id: 'p', resource: PROJECT, role: 'roles/pubsub.publisher', members: [AGENT] });
    made.topics.publish(admin, topic('orders'), [{ data: text('x') }]);
    for (let attempt = 1; attempt <= 6; attempt += 1) expect(made.fail()).toEqual([attempt]);
    expect(made.notes.at(-1)).toMatch(/may not consume from \S+orders-sub/);
  });

  it('counts deliveries that were never answered', () => {
    const made = withDeadLetters();
    grant(made);
    made.topics.publish(admin, topic('orders'), [{ data: text('x') }]);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect(made.topics.subscriptions.pull(admin, subscription('orders-sub'), 1)).toHaveLength(1);
      made.clock.advance(10_000);
    }
    expect(made.dead()).toHaveLength(1);
  });

  it('keeps attempts over a restart, and acknowledged messages away', () => {
    const journal = new MemoryJournal();
    const first = withDeadLetters(journal);
    first.topics.publish(admin, topic('orders'), [{ data: text('acked') }]);
    const [acked] = first.topics.subscriptions.pull(admin, subscription('orders-sub'), 1);
    first.topics.subscriptions.acknowledge(admin, subscription('orders-sub'), [acked?.ackId ?? '']);
    first.topics.publish(admin, topic('orders'), [{ data: text('x') }]);
    first.fail();
    first.fail();
    const again = kit(journal, first.clock.now());
    const batch = again.topics.subscriptions.pull(admin, subscription('orders-sub'), 10);
    expect(batch.map(({ deliveryAttempt, message }) => [deliveryAttempt, message.data])).toEqual([
      [3, text('x').toString('base64')],
    ]);
    expect(again.topics.get(admin, topic('dead-letters')).name).toBe(topic('dead-letters'));
  });
});
