import { v1 } from '@google-cloud/pubsub';
import { Status as status } from 'google-gax';
import { type Caller, callerOn, type Limits } from '#adapters/calls/deadline.ts';
import { grpcCodeOf } from '#adapters/calls/error-facts.ts';
import { callOptions } from '#adapters/calls/gax.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import type { Publisher } from '#core/ports.ts';
import { clientOptions, type PubsubOptions } from './options.ts';

/** Publishing again may double a message, which every receiver takes: events are deduplicated by content. */
const PUBLISH: Limits = { attemptMs: 10_000, attempts: 4 };

/**
 * One message, one RPC, no batching delay (https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#publisher). It uses the
 * generated client, because the handwritten one keeps a failing message for up to ten minutes. Throws PERMISSION_DENIED, NOT_FOUND (topic),
 * INVALID_ARGUMENT (schema), UNAVAILABLE, DEADLINE.
 */
export const publisherPort = (
  options: PubsubOptions,
  call: Caller = callerOn(),
): Publisher & { close(): Promise<void> } => {
  const open = () => new v1.PublisherClient(clientOptions(options));
  let client = open();
  /**
   * A connection that breaks under several calls may never be noticed, since grpc-js calls it READY. Then no call on it is ever answered,
   * and no new connection is made. Silence is all there is to tell it by.
   */
  const renew = (silent: v1.PublisherClient): void => {
    if (client !== silent) return;
    client = open();
    silent.close().catch(() => {});
  };
  return {
    publish: async (topic, { data, attributes }) => {
      await ensureToken(options.authClient, `for ${topic}`, call);
      const message = { data: Buffer.from(data), attributes: { ...attributes } };
      const request = { topic: `projects/${options.projectId}/topics/${topic}`, messages: [message] };
      await call({ service: 'pubsub', call: 'publish', resource: request.topic }, PUBLISH, async (signal, ms) => {
        const used = client;
        signal.addEventListener('abort', () => renew(used), { once: true });
        try {
          return await used.publish(request, callOptions(signal, ms));
        } catch (error) {
          if (grpcCodeOf(error) === status.DEADLINE_EXCEEDED) renew(used);
          throw error;
        }
      });
    },
    close: () => client.close(),
  };
};
