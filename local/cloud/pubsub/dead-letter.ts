import type { World } from '#local/cloud/runtime/world.ts';
import type { Held } from './backlog.ts';
import { newMessageId } from './message.ts';
import type { Message, Topic } from './model.ts';
import { parseName, pubsubAgent, resourceOf } from './names.ts';
import type { Schemas } from './schemas.ts';
import type { State, SubscriptionState } from './state.ts';

const forwarded = (world: World, source: string, held: Held, attempts: number): Message => {
  const { project, id } = parseName('subscriptions', source);
  return {
    messageId: newMessageId(world),
    data: held.message.data,
    attributes: {
      ...held.message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(held.message.publishTime).toISOString(),
    },
    publishTime: world.clock.now(),
  };
};

/** Why the agent of Pub/Sub cannot forward, if it cannot. */
const obstacle = (world: World, topic: Topic | undefined, topicName: string, source: string): string | undefined => {
  const agent = pubsubAgent(world);
  if (topic === undefined) return `${topicName} does not exist`;
  if (!world.iam.allows(agent, 'pubsub.topics.publish', resourceOf('topics', topicName)))
    return `${agent.name} may not publish to ${topicName}`;
  if (!world.iam.allows(agent, 'pubsub.subscriptions.consume', resourceOf('subscriptions', source)))
    return `${agent.name} may not consume from ${source}`;
  return undefined;
};

/**
 * Moves a message that has failed often enough to the dead-letter topic. False: it stays, and is delivered on and on, as Google does
 * where the agent lacks a right or the topic is gone (https://cloud.google.com/pubsub/docs/dead-letter-topics).
 */
export const forward = (
  world: World,
  state: State,
  schemas: Schemas,
  { config }: SubscriptionState,
  held: Held,
  attempts: number,
): boolean => {
  const target = config.deadLetterPolicy?.deadLetterTopic ?? '';
  const topic = state.topics.get(target);
  try {
    const why = obstacle(world, topic, target, config.name);
    if (topic === undefined || why !== undefined) throw new Error(why);
    const message = forwarded(world, config.name, held, attempts);
    const stamp = schemas.stamp(topic, Buffer.from(message.data, 'base64'));
    world.faults.around('pubsub.forward', config.name, () =>
      state.commit({
        op: 'forward',
        subscription: config.name,
        id: held.message.messageId,
        topic: target,
        message: { ...message, attributes: { ...message.attributes, ...stamp } },
      }),
    );
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    world.note(`pubsub: message ${held.message.messageId} of ${config.name} is not dead-lettered: ${why}`);
    return state.subscriptions.get(config.name)?.backlog.get(held.message.messageId) === undefined;
  }
};
