import { v1 } from '@google-cloud/pubsub';
import type { AuthClient } from 'google-auth-library';
import { type Caller, callerOn, type Limits } from '#adapters/calls/deadline.ts';
import { callOptions, restOptions } from '#adapters/calls/gax.ts';
import { ensureToken } from '#adapters/identity/identity.ts';
import type { Publisher } from '#core/ports.ts';

/** Publishing again may double a message, which every receiver takes: events are deduplicated by content. */
const PUBLISH: Limits = { attemptMs: 10_000, attempts: 4 };

/**
 * One message, one call, no batching delay (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish). It uses the
 * generated client, because the handwritten one keeps a failing message for up to ten minutes. It speaks REST: nothing is streamed here, and gRPC
 * would be most of what functions and image load. A connection that falls silent ends with its call. `endpoint`: a lab's url. Throws
 * PERMISSION_DENIED, NOT_FOUND (topic), INVALID_ARGUMENT (schema), UNAVAILABLE, DEADLINE.
 */
export const publisherPort = (
  options: { readonly projectId: string; readonly authClient: AuthClient; readonly endpoint?: string | undefined },
  call: Caller = callerOn(),
): Publisher & { close(): Promise<void> } => {
  const { projectId, authClient, endpoint } = options;
  const client = new v1.PublisherClient(restOptions(projectId, authClient, endpoint));
  return {
    publish: async (topic, { data, attributes }) => {
      await ensureToken(authClient, `for ${topic}`, call);
      const message = { data: Buffer.from(data), attributes: { ...attributes } };
      const request = { topic: `projects/${projectId}/topics/${topic}`, messages: [message] };
      await call({ service: 'pubsub', call: 'publish', resource: request.topic }, PUBLISH, (signal, ms) =>
        client.publish(request, callOptions(signal, ms)),
      );
    },
    close: () => client.close(),
  };
};
