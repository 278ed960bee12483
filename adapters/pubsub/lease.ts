import { v1 } from '@google-cloud/pubsub';
import type { CallOptions } from 'google-gax';
import { type Caller, callerOn, REPEATABLE } from '#adapters/calls/deadline.ts';
import { callOptions } from '#adapters/calls/gax.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import type { Message } from '#core/ports.ts';
import { clientOptions, type PubsubOptions } from './options.ts';
import { pulled } from './pull.ts';

/** A message that is ours until its lease ends. */
export interface Leased extends Message {
  readonly id: string;
  /** ms */
  readonly publishedAt: number;
  readonly ackId: string;
}

/** A pull subscription for who looks before deciding. `subscription` is a short name. Throws as the publisher does. */
export interface Lessor {
  /** What waits now, at most `max`, the oldest first. Only this caller has it until it is acknowledged, given back, or `seconds` are over. */
  lease(subscription: string, max: number, seconds: number): Promise<readonly Leased[]>;
  acknowledge(subscription: string, leased: readonly Leased[]): Promise<void>;
  giveBack(subscription: string, leased: readonly Leased[]): Promise<void>;
}

/** How many ackIds one call may carry, by its size limit of 512 KiB. */
const BATCH_SIZE = 500;

const read = (response: unknown): Leased[] =>
  pulled.parse(response).receivedMessages.map(({ ackId, message: { messageId: id, publishTime, ...message } }) => ({
    ...message,
    ackId,
    id,
    publishedAt: publishTime.seconds * 1000 + Math.floor(publishTime.nanos / 1e6),
  }));

/** https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscriber */
export const lessorPort = (options: PubsubOptions, call: Caller = callerOn()): Lessor & { close(): Promise<void> } => {
  const client = new v1.SubscriberClient(clientOptions(options));
  const nameOf = (subscription: string) => `projects/${options.projectId}/subscriptions/${subscription}`;
  const on = async <T>(what: string, resource: string, run: (options: CallOptions) => Promise<T>): Promise<T> => {
    await ensureToken(options.authClient, `for ${resource}`, call);
    return call({ service: 'pubsub', call: what, resource }, REPEATABLE, (signal, ms) => run(callOptions(signal, ms)));
  };
  /** Runs `each` on the ackIds in pieces. */
  const inPieces = async (leased: readonly Leased[], each: (ackIds: string[]) => Promise<unknown>): Promise<void> => {
    for (let at = 0; at < leased.length; at += BATCH_SIZE)
      await each(leased.slice(at, at + BATCH_SIZE).map(({ ackId }) => ackId));
  };
  const deadline = (subscription: string, leased: readonly Leased[], ackDeadlineSeconds: number) =>
    inPieces(leased, (ackIds) =>
      on('modifyAckDeadline', subscription, (o) =>
        client.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds }, o),
      ),
    );
  return {
    lease: async (short, max, seconds) => {
      const subscription = nameOf(short);
      const found = new Map<string, Leased>();
      try {
        // One pull may bring fewer than there are, and none although there are some: two in a row that bring nothing end it.
        for (let idle = 0; idle < 2 && found.size < max; ) {
          const batch = await on('pull', subscription, async (o) => {
            const request = { subscription, maxMessages: Math.min(max - found.size, 1000), returnImmediately: true };
            return read((await client.pull(request, o))[0]);
          });
          if (batch.length > 0) await deadline(subscription, batch, seconds);
          const before = found.size;
          for (const one of batch) found.set(one.id, one);
          idle = found.size > before ? 0 : idle + 1;
        }
      } catch (error) {
        await deadline(subscription, [...found.values()], 0).catch(() => {});
        throw error;
      }
      return [...found.values()].sort((a, b) => a.publishedAt - b.publishedAt);
    },
    acknowledge: (short, leased) =>
      inPieces(leased, (ackIds) =>
        on('acknowledge', nameOf(short), (o) => client.acknowledge({ subscription: nameOf(short), ackIds }, o)),
      ),
    giveBack: (short, leased) => deadline(nameOf(short), leased, 0),
    close: () => client.close(),
  };
};
