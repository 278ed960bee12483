import type { AuthClient } from 'google-auth-library';
import type { Publisher, Storage } from '#core/ports.ts';
import type { Law } from '#schemas/config.ts';
import { type Caller, callerOn } from './calls/deadline.ts';
import { publisherPort } from './pubsub/pubsub.ts';
import { storagePort } from './storage/storage.ts';

/**
 * A lab's services where the law names them, Google's own otherwise; nothing here asks where it runs. Only what every part needs, since what
 * one imports from here ends in each bundle.
 */
export interface Google {
  readonly storage: Storage;
  readonly publisher: Publisher;
  /** Ends the connections that were opened. */
  close(): Promise<void>;
}

export const openGoogleClients = (
  options: { readonly law: Law; readonly authClient: AuthClient },
  call: Caller = callerOn(),
): Google => {
  const { law, authClient } = options;
  const { projectId } = law.operator;
  let publisher: ReturnType<typeof publisherPort> | undefined;
  return {
    storage: storagePort({ projectId, authClient, endpoint: law.endpoints?.storage }, call),
    publisher: {
      publish: (topic, message) => {
        publisher ??= publisherPort({ projectId, authClient, endpoint: law.endpoints?.pubsubRest }, call);
        return publisher.publish(topic, message);
      },
    },
    close: async () => publisher?.close(),
  };
};
