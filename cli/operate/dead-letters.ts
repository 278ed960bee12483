import { z } from 'zod';
import type { Deployment } from '#cli/app/deployment.ts';
import type { Leased, Lessor } from '#cli/app/session.ts';
import { readMessage } from '#core/decide/intake.ts';
import type { Message } from '#core/ports.ts';
import { keyObjectIn } from '#core/shares/list.ts';
import type { Config } from '#schemas/config.ts';
import { originalAttributes, toldBy } from '#schemas/dead-letters.ts';
import type { Topics } from '#schemas/names.ts';
import { hex64, isRequestId, spelled } from '#schemas/spellings.ts';

/** A message that lies among the dead letters, as an operator can read it. */
export interface DeadLetter {
  /** Of the dead letter: what `keyturn redrive` takes. */
  readonly messageId: string;
  /** Of the message as it was published first; undefined where it is not known. */
  readonly original: string | undefined;
  /** ms: when it was given up. */
  readonly deadSince: number;
  /** ms: when it was first published; undefined where it is not known. */
  readonly publishedAt: number | undefined;
  /** The function that gave it up, `Pub/Sub` where no function could, '' where neither says so. */
  readonly buriedBy: string;
  readonly subscription: string;
  readonly attempts: number | undefined;
  /** The topic that it came from; undefined where no subscription of ours is named. */
  readonly topic: string | undefined;
  /** Of the request that it is about; '' where it names none. */
  readonly id: string;
  /** '' where nobody gives one. */
  readonly code: string;
  readonly reason: string;
  /** Both in words, or where to look for them. */
  readonly why: string;
  /** The body as text, or a note where it is none. */
  readonly body: string;
}

/** Who is fed by which topic, and gives up what comes from there. */
const FED: Readonly<Record<string, keyof Topics>> = {
  intake: 'transactionRequests',
  collect: 'shares',
  launch: 'approved',
  finalize: 'submitted',
};

/** Where `keyturn redrive` may publish: what our own push subscriptions feed on. Ticks have no dead letters. */
const sourceTopics = (topics: Topics): readonly string[] => Object.values(FED).map((key) => topics[key]);

export const deadLetterSubscription = ({ topics }: Deployment): string => `${topics.deadLetters}-operator`;

const topicOf = (topics: Topics, subscription: string): string | undefined =>
  sourceTopics(topics).find((topic) => subscription === `${topic}-push`);

const functionFedBy = (topics: Topics, topic: string | undefined): string | undefined =>
  Object.entries(FED).find(([, key]) => topics[key] === topic)?.[0];

const textIn = (data: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
};

const event = z.object({ id: spelled(hex64) });

const idIn = ({ law, lawHash }: Config, { data, attributes }: Message, text: string | undefined): string => {
  const { bucketId, objectId, 'ce-subject': subject } = attributes;
  if (subject !== undefined && isRequestId(subject)) return subject;
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

/** What intake would say of it today, for a message that nobody gave a reason for. */
const refusalIn = ({ law, lawHash }: Config, data: Uint8Array) => {
  const reading = readMessage({ data, messageId: '' }, law, lawHash);
  return reading.kind === 'refused' ? reading.refusal : undefined;
};

const times = (attempts: number | undefined): string =>
  attempts === undefined ? 'too many deliveries' : `${attempts} deliveries`;

/** Pub/Sub gives no reason: the function did not answer, or could not bury the message itself. */
const forwardedWords = (attempts: number | undefined, subscription: string, by: string | undefined): string =>
  `buried by Pub/Sub after ${times(attempts)} from subscription ${subscription}; ${
    by === undefined ? 'its reader gave it back each time' : `see the log of the function ${by}`
  }`;

const instant = (text: string): number | undefined => {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
};

/** Nothing in a message is believed: it may have been published by anybody who may publish to its topic. */
export const readDeadLetter = ({ config, topics }: Deployment, message: Omit<Leased, 'ackId'>): DeadLetter => {
  const { attributes, data } = message;
  const told = toldBy(attributes);
  const { subscription, attempts } = told;
  const topic = topicOf(topics, subscription);
  const text = textIn(data);
  const refusal = told.by === 'function' || topic !== topics.transactionRequests ? undefined : refusalIn(config, data);
  const { code, reason } = refusal ?? told;
  const named = [code, reason].filter(Boolean).join(': ');
  const unnamed = told.by === 'pubsub' ? forwardedWords(attempts, subscription, functionFedBy(topics, topic)) : '';
  return {
    messageId: message.id,
    original: told.messageId,
    deadSince: message.publishedAt,
    publishedAt: instant(told.published),
    buriedBy: told.by === 'pubsub' ? 'Pub/Sub' : told.function,
    subscription,
    attempts,
    topic,
    id: idIn(config, message, text),
    code,
    reason,
    why: named === '' ? unnamed : named,
    body: text ?? `(${data.length} bytes that are no text)`,
  };
};

/** The message as it was published first: without what a burial added to it. */
export const redriven = ({ data, attributes }: Message): Message => ({
  data,
  attributes: originalAttributes(attributes),
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
