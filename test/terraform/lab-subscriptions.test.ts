import { describe, expect, it } from 'vitest';
import type { Subscription } from '#local/cloud/pubsub/model.ts';
import { Topics } from '#local/cloud/pubsub/topics.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { ObjectStore } from '#local/cloud/storage/objects.ts';
import { bindOwner } from '#local/lab/bindings.ts';
import { DIFFERENCES, inLab, RETRY } from '#local/lab/differences.ts';
import { FUNCTION_NAMES, OWNER } from '#local/lab/people.ts';
import { type PlannedSubscription, readLabPlan } from '#local/lab/plan-file.ts';
import {
  createBuckets,
  createCoSignerSubscriptions,
  createPushes,
  createTopics,
  createWakes,
} from '#local/lab/resources.ts';
import { bucketsOf, topicsOf } from '#schemas/names.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';
import { differences } from './differences.ts';
import { lawFor } from './lab-law.ts';

const world = createWorld({ clock: new VirtualClock(Date.UTC(2026, 0, 1)) });
const law = lawFor(world);
const DEPLOYMENT = law.name;
const door = (name: string): string => `http://${name}.local:8080`;

bindOwner(world);
const topics = new Topics(world, { deliver: async () => 200, mintIdToken: () => '' });
const store = new ObjectStore(world, () => {});
const doors = new Map(FUNCTION_NAMES.map((name) => [name, door(name)]));
const setUp = (): void => {
  createBuckets(world, store, law);
  createTopics(world, topics, DEPLOYMENT);
  createCoSignerSubscriptions(world, topics, law);
  createWakes(world, topics, law);
  createPushes(world, topics, DEPLOYMENT, doors);
};
setUp();

const plan = readLabPlan();
const planned: readonly PlannedSubscription[] = [
  ...plan.subscriptions.flatMap((one) =>
    one.name.includes('{wallet}')
      ? law.wallets.map(({ name }) => ({
          ...one,
          name: one.name.replace('{wallet}', name),
          ...(one.filter === undefined ? {} : { filter: one.filter.replace('{wallet}', name) }),
        }))
      : [one],
  ),
  ...law.coSigners.flatMap(({ name }) =>
    plan.coSignerSubscriptions.map((one) => ({ ...one, name: one.name.replace('{co-signer}', name) })),
  ),
];
const made = planned.filter(({ exports: exported }) => exported !== true);

const parent = `projects/${world.project.id}`;
const topicKey = (topic: string | undefined): string =>
  Object.entries(topicsOf(DEPLOYMENT)).find(([, name]) => topic === `${parent}/topics/${name}`)?.[0] ?? '';

/** What Pub/Sub says of a subscription, in the words of the plan's file. */
const told = (found: Subscription): object => {
  const { pushConfig, retryPolicy, deadLetterPolicy, expirationTtlMs, filter } = found;
  const named = [...doors].find(([, url]) => pushConfig?.pushEndpoint.startsWith(url))?.[0];
  return {
    name: found.name.replace(`${parent}/subscriptions/${DEPLOYMENT}-`, ''),
    topic: topicKey(found.topic),
    ...(pushConfig === undefined
      ? {}
      : {
          push: {
            function: named,
            endpoint: pushConfig.pushEndpoint,
            audience: pushConfig.oidcToken?.audience,
            as: pushConfig.oidcToken?.serviceAccountEmail.replace(/^(\w+)@.*$/, 'account $1'),
          },
        }),
    ackDeadlineSeconds: found.ackDeadlineSeconds,
    retentionSeconds: found.messageRetentionMs / 1000,
    expires: expirationTtlMs === null ? 'never' : expirationTtlMs / 1000,
    ...(retryPolicy === undefined
      ? {}
      : {
          retry: {
            minimumSeconds: retryPolicy.minimumBackoffMs / 1000,
            maximumSeconds: retryPolicy.maximumBackoffMs / 1000,
          },
        }),
    ...(deadLetterPolicy === undefined
      ? {}
      : {
          deadLetters: {
            topic: topicKey(deadLetterPolicy.deadLetterTopic),
            attempts: deadLetterPolicy.maxDeliveryAttempts,
          },
        }),
    ...(filter === '' ? {} : { filter }),
  };
};

const all = () => topics.subscriptions.list(OWNER, parent, {}).items.map(told);

describe('the subscriptions of the local cloud', () => {
  it('are those of the plan, co-signers’ own among them, but for what BigQuery takes', () => {
    expect(all().map((one) => ('name' in one ? one.name : ''))).toEqual(made.map(({ name }) => name).sort());
    expect(planned.filter((one) => !made.includes(one)).map(({ name }) => name)).toEqual(['receipts-ledger']);
    expect(DIFFERENCES.exports.lab).toBe('not made');
  });

  it.each(made)('$name is the plan’s but for the table of differences', (wanted) => {
    const found = all().find((one) => 'name' in one && one.name === wanted.name);
    const { push } = wanted;
    expect(differences(wanted, found)).toEqual([
      ...(push === undefined
        ? []
        : [`push.audience: {root} → ${door(push.function)}`, `push.endpoint: {root} → ${door(push.function)}`]),
      ...(wanted.retry === undefined
        ? []
        : [
            `retry.maximumSeconds: 600 → ${RETRY.maximumSeconds}`,
            `retry.minimumSeconds: 10 → ${RETRY.minimumSeconds}`,
          ]),
    ]);
  });

  it('stay what they are when the lab is set up again, with the doors of that start', () => {
    const before = all();
    doors.set('intake', 'http://elsewhere.local');
    setUp();
    expect(all()).toEqual(
      before.map((one) =>
        'name' in one && one.name === 'transaction-requests-push'
          ? expect.objectContaining({
              push: expect.objectContaining({
                audience: 'http://elsewhere.local',
                endpoint: 'http://elsewhere.local',
              }),
            })
          : one,
      ),
    );
    doors.set('intake', door('intake'));
  });

  it('a setting of the plan is not lost on the way', () => {
    const [one] = made;
    if (one === undefined) throw new Error('the plan has no subscription');
    const odd = { ...one, filter: 'attributes:x', expires: 86_400, retentionSeconds: 600, retry: undefined };
    expect(inLab(odd, door)).toMatchObject({ filter: 'attributes:x', expires: 86_400, retentionSeconds: 600 });
    expect(inLab(odd, door)).not.toHaveProperty('retry');
  });
});

describe('the notifications of the local cloud', () => {
  it('are those of the plan, once each', () => {
    const found = Object.entries(bucketsOf(DEPLOYMENT)).flatMap(([bucket, name]) =>
      store.listNotifications(OWNER, name).map(({ topic, eventTypes, payloadFormat, objectNamePrefix }) => ({
        bucket,
        topic: topicKey(topic),
        eventTypes,
        payloadFormat,
        ...(objectNamePrefix === '' ? {} : { prefix: objectNamePrefix }),
      })),
    );
    expect(found).toEqual(plan.notifications);
    expect(found).toHaveLength(1);
  });
});
