import { describe, expect, it } from 'vitest';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { admin, refusal, subscription, text, topic, withSubscription } from '#test/support/local/pubsub.ts';

describe('publish refuses', () => {
  const { topics } = withSubscription();
  const attributes = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, 'v']));
  it.each([
    ['nothing', [], 'INVALID_ARGUMENT', /No messages/],
    ['a message with neither data nor attributes', [{}], 'INVALID_ARGUMENT', /empty/],
    ['an attribute key of Google', [{ attributes: { googx: 'v' } }], 'INVALID_ARGUMENT', /"goog": googx/],
    ['an empty attribute key', [{ attributes: { '': 'v' } }], 'INVALID_ARGUMENT', /cannot be empty/],
    ['a long attribute key', [{ attributes: { ['é'.repeat(129)]: 'v' } }], 'INVALID_ARGUMENT', /256 bytes/],
    ['a long attribute value', [{ attributes: { k: 'é'.repeat(513) } }], 'INVALID_ARGUMENT', /1024 bytes/],
    ['101 attributes', [{ attributes }], 'INVALID_ARGUMENT', /more than 100/],
    ['over 10 MB', [{ data: Buffer.alloc(10 * 1024 * 1024 + 1) }], 'INVALID_ARGUMENT', /10485760/],
    ['an ordering key', [{ data: text('x'), orderingKey: 'k' }], 'UNIMPLEMENTED', /orderingKey/],
    ['1001 messages', Array.from({ length: 1001 }, () => ({ data: text('x') })), 'INVALID_ARGUMENT', /1001/],
  ])('%s', (_, messages, status, message) => {
    expect(() => topics.publish(admin, topic('orders'), messages)).toThrow(refusal(status, message));
  });

  it('a topic that is not there, and a malformed name', () => {
    expect(() => topics.publish(admin, topic('none'), [{ data: text('x') }])).toThrow(refusal('NOT_FOUND', 'none'));
    expect(() => topics.publish(admin, 'orders', [{ data: text('x') }])).toThrow(refusal('INVALID_ARGUMENT', 'orders'));
  });

  it('a caller without the right, before anything else', () => {
    const bob = callerNamed('user:bob@keyturn.local');
    for (const name of ['orders', 'none'])
      expect(() => topics.publish(bob, topic(name), [])).toThrow(
        refusal('PERMISSION_DENIED', /user:bob@keyturn.local does not have pubsub.topics.publish access/),
      );
  });
});

describe('a pulled message', () => {
  it('passed the filter of its subscription', () => {
    const { topics, pull } = withSubscription({ filter: 'attributes.kind = "b"' });
    for (const kind of ['a', 'b', 'c']) topics.publish(admin, topic('orders'), [{ attributes: { kind } }]);
    expect(pull().map(({ message }) => message.attributes)).toEqual([{ kind: 'b' }]);
  });

  it('is leased for the ack deadline and comes again after it', () => {
    const { clock, pull, publish } = withSubscription();
    const id = publish();
    expect(pull().map(({ message }) => message.messageId)).toEqual([id]);
    clock.advance(9_999);
    expect(pull()).toEqual([]);
    clock.advance(1);
    expect(pull().map(({ message }) => message.messageId)).toEqual([id]);
  });

  it('is gone after an ack, even a late or a second one', () => {
    const { clock, pull, publish, ack } = withSubscription();
    publish();
    const ids = pull().map(({ ackId }) => ackId);
    clock.advance(11_000);
    ack(ids);
    ack(ids);
    expect(pull()).toEqual([]);
    clock.advance(60_000);
    expect(pull()).toEqual([]);
  });

  it('comes at once after a nack where there is no retry policy', () => {
    const { pull, publish, nack } = withSubscription();
    publish();
    nack(pull().map(({ ackId }) => ackId));
    expect(pull()).toHaveLength(1);
  });

  it('is not nacked by an id of an older delivery', () => {
    const { clock, pull, publish, nack } = withSubscription();
    publish();
    const old = pull().map(({ ackId }) => ackId);
    clock.advance(10_000);
    expect(pull()).toHaveLength(1);
    nack(old);
    expect(pull()).toEqual([]);
  });

  it('is kept longer by a longer deadline', () => {
    const { clock, topics, pull, publish } = withSubscription();
    publish();
    const ids = pull().map(({ ackId }) => ackId);
    topics.subscriptions.modifyAckDeadline(admin, subscription('orders-sub'), ids, 600);
    clock.advance(599_999);
    expect(pull()).toEqual([]);
    clock.advance(1);
    expect(pull()).toHaveLength(1);
  });

  it('waits longer after each failure under a retry policy, up to the maximum', () => {
    const retryPolicy = { minimumBackoffMs: 10_000, maximumBackoffMs: 35_000 };
    const { clock, pull, publish, nack } = withSubscription({ retryPolicy });
    publish();
    for (const backoff of [10_000, 20_000, 35_000, 35_000]) {
      nack(pull().map(({ ackId }) => ackId));
      clock.advance(backoff - 1);
      expect(pull()).toEqual([]);
      clock.advance(1);
    }
    expect(pull()).toHaveLength(1);
  });

  it('is dropped when it is older than the retention', () => {
    const { clock, pull, publish } = withSubscription();
    publish();
    clock.advance(7 * 24 * 3_600_000);
    expect(pull()).toHaveLength(1);
    publish('kept');
    clock.advance(1);
    clock.advance(10_000);
    expect(pull().map(({ message }) => Buffer.from(message.data, 'base64').toString())).toEqual(['kept']);
  });

  it('refuses ack ids that were never given, or for another subscription', () => {
    const { topics, pull, publish, ack } = withSubscription();
    topics.subscriptions.create(admin, { name: subscription('other-sub'), topic: topic('orders') });
    publish();
    const [given] = pull();
    expect(() => ack(['garbage'])).toThrow(refusal('INVALID_ARGUMENT', /ack_id=garbage/));
    expect(() => ack([])).toThrow(refusal('INVALID_ARGUMENT', /No ack ids/));
    expect(() => topics.subscriptions.acknowledge(admin, subscription('other-sub'), [given?.ackId ?? ''])).toThrow(
      refusal('INVALID_ARGUMENT', /does not belong/),
    );
  });
});
