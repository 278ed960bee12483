import type { SubscriptionDraft } from '#local/cloud/pubsub/subscription-draft.ts';
import type { Topics } from '#local/cloud/pubsub/topics.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Law } from '#schemas/config.ts';
import { topicsOf } from '#schemas/names.ts';
import { inLab } from './differences.ts';
import { accountEmail, FUNCTION_NAMES, type FunctionName, OWNER } from './people.ts';
import { type PlannedSubscription, readLabPlan } from './plan-file.ts';
import { named } from './plan-grants.ts';

const CHANGEABLE = [
  'pushConfig',
  'ackDeadlineSeconds',
  'messageRetentionDuration',
  'expirationPolicy',
  'deadLetterPolicy',
  'retryPolicy',
] as const;

const topicNamed = (world: World, deployment: string, key: string): string =>
  `projects/${world.project.id}/topics/${named(topicsOf(deployment), key)}`;

const pushOf = (world: World, push: NonNullable<PlannedSubscription['push']>): SubscriptionDraft['pushConfig'] => {
  const name = /^account ([a-z]+)$/.exec(push.as)?.[1];
  if (name === undefined) throw new Error(`lab-plan.json: ${push.as} is no account that a push can come from`);
  return {
    pushEndpoint: push.endpoint,
    oidcToken: { serviceAccountEmail: accountEmail(world, name), audience: push.audience },
  };
};

const draftOf = (world: World, deployment: string, one: PlannedSubscription): SubscriptionDraft => ({
  name: `projects/${world.project.id}/subscriptions/${deployment}-${one.name}`,
  topic: topicNamed(world, deployment, one.topic),
  ackDeadlineSeconds: one.ackDeadlineSeconds,
  messageRetentionMs: one.retentionSeconds * 1000,
  expirationPolicy: one.expires === 'never' ? {} : { ttlMs: one.expires * 1000 },
  ...(one.filter === undefined ? {} : { filter: one.filter }),
  ...(one.push === undefined ? {} : { pushConfig: pushOf(world, one.push) }),
  ...(one.retry === undefined
    ? {}
    : {
        retryPolicy: {
          minimumBackoffMs: one.retry.minimumSeconds * 1000,
          maximumBackoffMs: one.retry.maximumSeconds * 1000,
        },
      }),
  ...(one.deadLetters === undefined
    ? {}
    : {
        deadLetterPolicy: {
          deadLetterTopic: topicNamed(world, deployment, one.deadLetters.topic),
          maxDeliveryAttempts: one.deadLetters.attempts,
        },
      }),
});

/** On kept state it is there already, perhaps as an older plan had it, and with the front doors of an earlier start. */
const make = (topics: Topics, draft: SubscriptionDraft): void => {
  try {
    topics.subscriptions.create(OWNER, draft);
  } catch (error) {
    if (!(error instanceof CloudError) || error.status !== 'ALREADY_EXISTS') throw error;
    topics.subscriptions.update(OWNER, draft, CHANGEABLE);
  }
};

const makeAll = (
  world: World,
  topics: Topics,
  deployment: string,
  planned: readonly PlannedSubscription[],
  root: (name: string) => string = () => '',
): void => {
  for (const each of planned) {
    const one = inLab(each, root);
    if (one !== undefined) make(topics, draftOf(world, deployment, one));
  }
};

const WALLET = '{wallet}';

/** What wakes the turns of each wallet. */
export const createWakes = (world: World, topics: Topics, law: Law, plan = readLabPlan()): void => {
  const planned = plan.subscriptions.filter(({ name }) => name.includes(WALLET));
  for (const wallet of law.wallets)
    makeAll(
      world,
      topics,
      law.name,
      planned.map(({ name, filter = '', ...one }) => ({
        ...one,
        name: name.replaceAll(WALLET, wallet.name),
        filter: filter.replaceAll(WALLET, wallet.name),
      })),
    );
};

/** Whoever pulls, co-signers and turns aside. */
export const createPulls = (world: World, topics: Topics, deployment: string, plan = readLabPlan()): void =>
  makeAll(
    world,
    topics,
    deployment,
    plan.subscriptions.filter(({ name, push }) => push === undefined && !name.includes(WALLET)),
  );

/** Each co-signer's own: what is asked, and what became of it. */
export const createCoSignerSubscriptions = (world: World, topics: Topics, law: Law, plan = readLabPlan()): void => {
  for (const { name } of law.coSigners)
    makeAll(
      world,
      topics,
      law.name,
      plan.coSignerSubscriptions.map((one) => ({
        ...one,
        name: one.name.replaceAll('{co-signer}', name),
      })),
    );
};

/** One push subscription for each function, to wherever its front door is now: addresses change from start to start. */
export const createPushes = (
  world: World,
  topics: Topics,
  deployment: string,
  doors: ReadonlyMap<FunctionName, string>,
  plan = readLabPlan(),
): void => {
  const root = (name: string): string => {
    const known = FUNCTION_NAMES.find((each) => each === name);
    const url = known === undefined ? undefined : doors.get(known);
    if (url === undefined) throw new Error(`no front door for ${name}`);
    return url;
  };
  makeAll(
    world,
    topics,
    deployment,
    plan.subscriptions.filter(({ push }) => push !== undefined),
    root,
  );
};
