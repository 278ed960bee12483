import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import { type Caller, callerOn, type Limits, ONCE } from '#adapters/calls/deadline.ts';
import { post } from '#adapters/kms/decrypt.ts';
import type { Wakes } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { Law } from '#schemas/config.ts';
import { wakeSubscription } from '#schemas/names.ts';

/** Longer than Pub/Sub holds an empty pull open, as far as that is bounded at all. */
const LONG: Limits = { attemptMs: 100_000, attempts: 1 };
/** Some 2 KB each. The rest comes with the next pull. */
const MOST = 10;

/** Nothing of the messages themselves is read. */
const pulled = z.object({ receivedMessages: z.array(z.object({ ackId: z.string() })).default([]) });

export interface WakesOptions {
  readonly projectId: string;
  readonly authClient: AuthClient;
  /** A lab's; Google's own where absent. */
  readonly endpoint?: string | undefined;
  /** Short name. */
  readonly subscription: string;
}

/**
 * Long pulls over REST (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/pull). No stream is needed, so no gRPC. A
 * message that comes again only wakes again: an acknowledgement that fails is nobody's trouble.
 */
export const wakesPort = (
  { projectId, authClient, endpoint = 'https://pubsub.googleapis.com', subscription }: WakesOptions,
  call: Caller = callerOn(),
): Wakes => {
  const ask = (verb: 'pull' | 'acknowledge', body: object, limits: Limits, stop?: AbortSignal): Promise<unknown> =>
    call({ service: 'pubsub', call: verb, resource: subscription }, limits, async (late) => {
      const { token } = await authClient.getAccessToken();
      const { status, bytes } = await post(
        new URL(`/v1/projects/${projectId}/subscriptions/${subscription}:${verb}`, endpoint).href,
        {
          token: token ?? '',
          body: JSON.stringify(body),
          signal: stop === undefined ? late : AbortSignal.any([late, stop]),
        },
      );
      if (status !== 200) throw Object.assign(new Error(`status ${status}`), { response: { status } });
      return JSON.parse(Buffer.from(bytes).toString('utf8'));
    });
  return {
    pull: async (stop) => {
      try {
        const { receivedMessages } = pulled.parse(await ask('pull', { maxMessages: MOST }, LONG, stop));
        const ackIds = receivedMessages.map(({ ackId }) => ackId);
        if (ackIds.length > 0) await ask('acknowledge', { ackIds }, ONCE).catch(() => {});
        return ackIds.length;
      } catch (error) {
        if (stop.aborted || isKeyturnError(error, 'DEADLINE')) return 0;
        throw error;
      }
    },
  };
};

/** What wakes the turns of this wallet. */
export const openWakes = (law: Law, wallet: string, authClient: AuthClient): Wakes =>
  wakesPort({
    projectId: law.operator.projectId,
    authClient,
    endpoint: law.endpoints?.pubsubRest,
    subscription: wakeSubscription(law.name, wallet),
  });
