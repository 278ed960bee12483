import { expect, it } from 'vitest';
import { createWorld } from '#local/frame/world.ts';
import { bindOwner } from '#local/lab/bindings.ts';
import { FUNCTION_NAMES, OWNER } from '#local/lab/people.ts';
import { readLabPlan } from '#local/lab/plan-file.ts';
import { createPushes, createTopics } from '#local/lab/resources.ts';
import { Topics } from '#local/pubsub/topics.ts';
import { topicsOf } from '#schemas/names.ts';

const DEPLOYMENT = 'lab';
const world = createWorld();
bindOwner(world);
const topics = new Topics(world, { deliver: async () => 200, mintIdToken: () => '' });
createTopics(world, topics, DEPLOYMENT);
createPushes(world, topics, DEPLOYMENT, new Map(FUNCTION_NAMES.map((name) => [name, `http://${name}.local`])));

/** There is no local BigQuery. */
const planned = readLabPlan().subscriptions.filter(({ exports: exported }) => exported !== true);

const withoutBackoff = ({
  minimumBackoffSeconds: _,
  maximumBackoffSeconds: __,
  ...rest
}: (typeof planned)[number]): object => rest;

it('the local cloud has the subscriptions of the plan', () => {
  const { items } = topics.subscriptions.list(OWNER, `projects/${world.project.id}`, {});
  const names = items.map(({ name }) => name.slice(name.lastIndexOf('/') + 1 + DEPLOYMENT.length + 1));
  expect(names.sort()).toEqual(planned.map(({ name }) => name).sort());
});

/** The local lab tries again sooner than the cloud, because a person waits; all else is the plan's. */
it.each(planned)('$name waits, pushes, keeps and buries as in the plan', (wanted) => {
  const found = topics.subscriptions.get(
    OWNER,
    `projects/${world.project.id}/subscriptions/${DEPLOYMENT}-${wanted.name}`,
  );
  const [topic] = Object.entries(topicsOf(DEPLOYMENT)).find(([, name]) => found.topic.endsWith(`/${name}`)) ?? [];
  expect({
    name: wanted.name,
    topic,
    ...(found.pushConfig === undefined
      ? {}
      : {
          pushesTo: /^http:\/\/(\w+)\.local\/$/.exec(found.pushConfig.pushEndpoint)?.[1],
          pushesAs: found.pushConfig.oidcToken?.serviceAccountEmail.replace(/^(\w+)@.*$/, 'account $1'),
        }),
    ackDeadlineSeconds: found.ackDeadlineSeconds,
    retentionSeconds: found.messageRetentionMs / 1000,
    ...(found.deadLetterPolicy === undefined
      ? {}
      : { maxDeliveryAttempts: found.deadLetterPolicy.maxDeliveryAttempts }),
  }).toEqual(withoutBackoff(wanted));
  expect(found.expirationTtlMs).toBeNull();
});
