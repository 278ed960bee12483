import { z } from 'zod';
import { readMessage } from '#core/decide/intake.ts';
import type { Message } from '#core/ports.ts';
import { keyObjectIn } from '#core/share-objects.ts';
import type { Config } from '#schemas/config.ts';
import type { Topics } from '#schemas/names.ts';
import type { Deployment } from './deployment.ts';
import type { Leased, Lessor } from './session.ts';

/** A message that lies among the dead letters, as an operator can read it. */
export interface DeadLetter {
  readonly messageId: string;
  /** ms: when it was given up. */
  readonly deadSince: number;
  /** ms: when it was first published; undefined where Pub/Sub does not say. */
  readonly publishedAt: number | undefined;
  readonly subscription: string;
  readonly attempts: number | undefined;
  /** The topic that it came from; undefined where no subscription of ours is named. */
  readonly topic: string | undefined;
  /** Of the request that it is about; '' where it names none. */
  readonly id: string;
  /** Why, as far as the message itself tells it. */
  readonly why: string;
  /** The body as text, or a note where it is none. */
  readonly body: string;
}

/** Set by Pub/Sub when it forwards: https://cloud.google.com/pubsub/docs/handling-failures#track_delivery_attempts */
const SOURCE = 'CloudPubSubDeadLetterSource';

/** Where `keyturn redrive` may publish: what our own push subscriptions feed on. Ticks have no dead letters. */
export const sourceTopics = (topics: Topics): readonly string[] => [
  topics.transactionRequests,
  topics.shares,
  topics.approved,
  topics.submitted,
];

export const deadLetterSubscription = ({ topics }: Deployment): string => `${topics.deadLetters}-operator`;

const topicOf = (topics: Topics, subscription: string): string | undefined =>
  sourceTopics(topics).find((topic) => subscription === `${topic}-push`);

const textIn = (data: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
};

const event = z.object({ id: z.string().regex(/^[0-9a-f]{64}$/) });

const idIn = ({ law, lawHash }: Config, { data, attributes }: Message, text: string | undefined): string => {
  const { bucketId, objectId, 'ce-subject': subject } = attributes;
  if (subject !== undefined && /^[0-9a-f]{64}$/.test(subject)) return subject;
  if (bucketId !== undefined && objectId !== undefined) {
    const found = keyObjectIn(law, bucketId, objectId);
    return found === 'elsewhere' || found.kind === 'misnamed' ? '' : found.id;
  }
  const reading = readMessage({ data, messageId: '' }, law, lawHash);
  if (reading.kind === 'recognised') return reading.request.id;
  try {
    return event.parse(JSON.parse(text ?? '')).id;
  } catch {
    return '';
  }
};

/** Attributes that a function may have set beside a message that it gave up itself. */
const reasonIn = ({ code, reason }: Message['attributes']): string => [code, reason].filter(Boolean).join(': ');

const whyOf = ({ law, lawHash }: Config, topics: Topics, topic: string | undefined, message: Message): string => {
  const told = reasonIn(message.attributes);
  if (told !== '' || topic !== topics.transactionRequests) return told;
  const reading = readMessage({ data: message.data, messageId: '' }, law, lawHash);
  return reading.kind === 'refused' ? `${reading.refusal.code}: ${reading.refusal.reason}` : '';
};

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;

const instant = (text: string | undefined): number | undefined => {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
};

/** Nothing in a message is believed: it may have been published by anybody who may publish to its topic. */
export const readDeadLetter = ({ config, topics }: Deployment, message: Omit<Leased, 'ackId'>): DeadLetter => {
  const { attributes, data } = message;
  const subscription = attributes[`${SOURCE}Subscription`] ?? '';
  const topic = topicOf(topics, subscription);
  const text = textIn(data);
  return {
    messageId: message.id,
    deadSince: message.publishedAt,
    publishedAt: instant(attributes[`${SOURCE}TopicPublishTime`]),
    subscription,
    attempts: count(attributes[`${SOURCE}DeliveryCount`]),
    topic,
    id: idIn(config, message, text),
    why: whyOf(config, topics, topic, message),
    body: text ?? `(${data.length} bytes that are no text)`,
  };
};

/** The message as it was published first: without what Pub/Sub added to it, which nobody may publish. */
export const redriven = ({ data, attributes }: Message): Message => ({
  data,
  attributes: Object.fromEntries(
    Object.entries(attributes).filter(([key]) => !key.startsWith(SOURCE) && !key.startsWith('goog')),
  ),
});

/** As far as they are counted: beyond that, one wants to mend the cause and not to know the number. */
export const COUNTED_DEAD_LETTERS = 100;

/** How many wait, at most COUNTED_DEAD_LETTERS. Pub/Sub has no call that counts: they are taken for a moment, and given back. */
export const countDeadLetters = async (lessor: Lessor, deployment: Deployment): Promise<number> => {
  const subscription = deadLetterSubscription(deployment);
  const leased = await lessor.lease(subscription, COUNTED_DEAD_LETTERS, 10);
  await lessor.giveBack(subscription, leased);
  return leased.length;
};
