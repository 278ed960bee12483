import { once } from '#adapters/calls/once.ts';
import { realClock } from '#adapters/clock.ts';
import { defaultClient, tokenFileClient } from '#adapters/identity/identity.ts';
import { publisherPort } from '#adapters/pubsub/pubsub.ts';
import { subscriberPort } from '#adapters/pubsub/pull.ts';
import { readerPort, type StorageReader } from '#adapters/storage/reader.ts';
import type { Clock, Publisher } from '#core/ports.ts';
import type { Law } from '#schemas/config.ts';
import type { AuthClient, Identity } from './api.ts';
import type { Follower } from './follow.ts';

/** All that the client asks of the world. Each is opened when it is first asked for. */
export interface ClientPorts {
  readonly clock: Clock;
  storage(): Promise<StorageReader>;
  publisher(): Promise<Publisher>;
  subscriber(): Promise<Follower>;
  close(): Promise<void>;
}

/** Google's services, or a lab's where the law names them. */
export const connect = (law: Law, { authClient, tokenFile }: Identity): ClientPorts => {
  const opened: Promise<{ close(): Promise<void> }>[] = [];
  const closing = <T extends { close(): Promise<void> }>(open: () => Promise<T>) =>
    once(() => {
      const made = open();
      opened.push(made);
      return made;
    });
  const identity = once(async (): Promise<AuthClient> => {
    if (authClient !== undefined) return authClient;
    return tokenFile === undefined ? defaultClient() : tokenFileClient(tokenFile);
  });
  const options = async () => ({ projectId: law.operator.projectId, authClient: await identity() });
  return {
    clock: realClock,
    storage: once(async () => readerPort({ authClient: await identity(), endpoint: law.endpoints?.storage })),
    publisher: closing(async () => publisherPort({ ...(await options()), endpoint: law.endpoints?.pubsubRest })),
    subscriber: closing(async () => subscriberPort({ ...(await options()), endpoint: law.endpoints?.pubsub })),
    close: async () => {
      await Promise.allSettled(opened.map(async (one) => (await one).close()));
    },
  };
};
