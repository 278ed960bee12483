import { v1 } from '@google-cloud/pubsub';
import type { CallOptions } from 'google-gax';
import { z } from 'zod';
import { type Caller, callerOn, type Limits, REPEATABLE } from '#adapters/calls/deadline.ts';
import { grpcCodeOf } from '#adapters/calls/error-facts.ts';
import { callOptions } from '#adapters/calls/gax.ts';
import { realClock } from '#adapters/clock.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import { member } from '#core/error-fields.ts';
import type { Clock, Message } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { clientOptions, type PubsubOptions } from './options.ts';

/** Longer than Pub/Sub holds an empty pull open, as far as that is bounded at all. */
const LONG: Limits = { attemptMs: 100_000, attempts: 10 };
const ALREADY_EXISTS = 6;
/** Seconds that a message stays ours, and ms after which that is said again. Half an hour at most: who hangs keeps nothing. */
const LEASE_SECONDS = 60;
const RENEW_MS = 20_000;
const MOST_RENEWALS = 90;

export interface Received extends Message {
  readonly id: string;
  /** ms */
  readonly publishedAt: number;
}

/** Subscriptions as the command line uses them. `subscription` and `topic` are short names. Throws as the publisher does. */
export interface Subscriber {
  /** Already there is fine. `filter`: https://cloud.google.com/pubsub/docs/subscription-message-filter */
  create(subscription: string, topic: string, filter?: string): Promise<void>;
  /** Absent is fine. */
  delete(subscription: string): Promise<void>;
  /** What is waiting now, at most `max`, acknowledged before it is returned: for looking, not for a ledger. */
  pullOnce(subscription: string, max: number): Promise<readonly Received[]>;
  /**
   * Until `signal` aborts: each message is acknowledged once `onMessage` has resolved; where it throws, given back, and thrown. What waits its turn
   * stays ours meanwhile, for half an hour.
   */
  follow(subscription: string, onMessage: (message: Received) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Of one pull, what is not acknowledged yet, and how often its time was made longer since the last one was. */
interface Held {
  ackIds: string[];
  renewals: number;
}

/** What a pull answers, as far as it is used. */
export const pulled = z.object({
  receivedMessages: z.array(
    z.object({
      ackId: z.string(),
      message: z.object({
        data: z.instanceof(Uint8Array),
        attributes: z.record(z.string(), z.string()),
        messageId: z.string(),
        publishTime: z.object({ seconds: z.coerce.number(), nanos: z.number() }),
      }),
    }),
  ),
});

const read = (response: unknown) =>
  pulled.parse(response).receivedMessages.map(({ ackId, message: { messageId: id, publishTime, ...message } }) => ({
    ackId,
    message: { ...message, id, publishedAt: publishTime.seconds * 1000 + Math.floor(publishTime.nanos / 1e6) },
  }));

/** https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscriber */
export const subscriberPort = (
  options: PubsubOptions,
  call: Caller = callerOn(),
  clock: Clock = realClock,
): Subscriber => {
  const client = new v1.SubscriberClient(clientOptions(options));
  const nameOf = (subscription: string) => `projects/${options.projectId}/subscriptions/${subscription}`;
  const on = async <T>(what: string, resource: string, limits: Limits, run: (options: CallOptions) => Promise<T>) => {
    await ensureToken(options.authClient, `for ${resource}`, call);
    return call({ service: 'pubsub', call: what, resource }, limits, (signal, ms) => run(callOptions(signal, ms)));
  };
  const acknowledge = (subscription: string, ackIds: string[]) =>
    on('acknowledge', subscription, REPEATABLE, (o) => client.acknowledge({ subscription, ackIds }, o));
  const lease = (subscription: string, ackIds: string[], ackDeadlineSeconds: number) =>
    on('modifyAckDeadline', subscription, REPEATABLE, (o) =>
      client.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds }, o),
    );
  const giveBack = (subscription: string, ackIds: string[]) => lease(subscription, ackIds, 0);
  /**
   * For a whole pull, since what waits its turn ages while others are handled. One that fails costs a second delivery, which every receiver
   * takes.
   */
  const renew = async (subscription: string, held: Held, done: AbortSignal): Promise<void> => {
    for (; held.renewals < MOST_RENEWALS; held.renewals++) {
      await clock.sleep(RENEW_MS, done);
      if (done.aborted) return;
      await lease(subscription, [...held.ackIds], LEASE_SECONDS).catch(() => {});
    }
  };

  /** What a long pull brings; nothing where it ran out of time, or `stop` ended it. */
  const waitFor = async (subscription: string, stop: AbortSignal) => {
    try {
      return await on('pull', subscription, LONG, async (o) => {
        const signal = o.signal === undefined ? stop : AbortSignal.any([o.signal, stop]);
        const [response] = await client.pull({ subscription, maxMessages: 10 }, { ...o, signal });
        return read(response);
      });
    } catch (error) {
      if (stop.aborted || isKeyturnError(error, 'DEADLINE')) return [];
      throw error;
    }
  };

  return {
    create: async (subscription, topic, filter = '') => {
      const name = nameOf(subscription);
      const wanted = {
        name,
        topic: `projects/${options.projectId}/topics/${topic}`,
        filter,
        ackDeadlineSeconds: LEASE_SECONDS,
      };
      await on('createSubscription', name, REPEATABLE, (o) => client.createSubscription(wanted, o)).catch((error) => {
        if (grpcCodeOf(member(error, 'cause')) !== ALREADY_EXISTS) throw error;
      });
    },
    delete: async (subscription) => {
      const name = nameOf(subscription);
      await on('deleteSubscription', name, REPEATABLE, (o) =>
        client.deleteSubscription({ subscription: name }, o),
      ).catch((error) => {
        if (!isKeyturnError(error, 'NOT_FOUND')) throw error;
      });
    },
    pullOnce: async (short, max) => {
      const subscription = nameOf(short);
      const request = { subscription, maxMessages: max, returnImmediately: true };
      const received = await on('pull', subscription, REPEATABLE, async (o) =>
        read((await client.pull(request, o))[0]),
      );
      const ackIds = received.map(({ ackId }) => ackId);
      if (ackIds.length > 0) await acknowledge(subscription, ackIds);
      return received.map(({ message }) => message);
    },
    follow: async (short, onMessage, stop) => {
      const subscription = nameOf(short);
      while (!stop.aborted) {
        const waiting = await waitFor(subscription, stop);
        const held: Held = { ackIds: waiting.map(({ ackId }) => ackId), renewals: 0 };
        const over = new AbortController();
        const renewing = renew(subscription, held, over.signal);
        const letGo = async (): Promise<void> => {
          over.abort();
          await renewing;
        };
        try {
          for (const { ackId, message } of waiting) {
            try {
              if (stop.aborted) throw new DOMException('no longer followed', 'AbortError');
              await onMessage(message);
            } catch (error) {
              await letGo();
              await giveBack(subscription, held.ackIds);
              if (stop.aborted) return;
              throw error;
            }
            await acknowledge(subscription, [ackId]);
            held.ackIds = held.ackIds.slice(1);
            held.renewals = 0;
          }
        } finally {
          await letGo();
        }
      }
    },
    close: () => client.close(),
  };
};
