import { v1 } from '@google-cloud/pubsub';
import type { Publisher } from '#core/ports.ts';
import { type Caller, callerOn, type Limits } from './deadline.ts';
import { callOptions } from './gax.ts';
import { ensureToken } from './identity.ts';
import { clientOptions, type PubsubOptions } from './pubsub-options.ts';

/** Publishing again may double a message, which every receiver takes: events are deduplicated by content. */
const PUBLISH: Limits = { attemptMs: 10_000, attempts: 4 };

/**
 * One message, one RPC, no batching delay (https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#publisher): by the
 * generated client, because the handwritten one keeps a failing message for up to ten minutes.
 * Throws PERMISSION_DENIED, NOT_FOUND (topic), INVALID_ARGUMENT (schema), UNAVAILABLE, DEADLINE.
 */
export const publisherPort = (
  options: PubsubOptions,
  call: Caller = callerOn(),
): Publisher & { close(): Promise<void> } => {
  const client = new v1.PublisherClient(clientOptions(options));
  return {
    publish: async (topic, { data, attributes }) => {
      await ensureToken(options.authClient, `for ${topic}`, call);
      const message = { data: Buffer.from(data), attributes: { ...attributes } };
      const request = { topic: `projects/${options.projectId}/topics/${topic}`, messages: [message] };
      await call({ service: 'pubsub', call: 'publish', resource: request.topic }, PUBLISH, (signal, ms) =>
        client.publish(request, callOptions(signal, ms)),
      );
    },
    close: () => client.close(),
  };
};
