import type { AuthClient } from 'google-auth-library';
import { agreementOf } from '#core/limits.ts';
import type { Chains, Encrypter, Machines, Publisher, ReleaseKeys, Storage } from '#core/ports.ts';
import type { Law, Operations } from '#schemas/config.ts';
import { chainsPort } from './chain.ts';
import { machinesPort } from './compute.ts';
import { type Caller, callerOn } from './deadline.ts';
import { federatedClient } from './identity.ts';
import { releaseKeysPort } from './kms.ts';
import { encrypterPort } from './kms-encrypt.ts';
import { publisherPort } from './pubsub.ts';
import { type Subscriber, subscriberPort } from './pubsub-pull.ts';
import { urlResolver } from './secrets.ts';
import { storagePort } from './storage.ts';

/** A lab's services where the law names them, Google's own otherwise. Nothing here asks where it runs. */
export interface Google {
  readonly storage: Storage;
  readonly publisher: Publisher;
  readonly subscriber: Subscriber;
  readonly encrypter: Encrypter;
  machines(operations: Operations): Machines;
  chains(operations: Operations): Chains;
  /** Ends every connection that was opened. */
  close(): Promise<void>;
}

export const googleOf = (
  options: { readonly law: Law; readonly authClient: AuthClient },
  call: Caller = callerOn(),
): Google => {
  const { law, authClient } = options;
  const { projectId } = law.operator;
  const opened = new Map<string, { close(): Promise<void> }>();
  /** At first use: a client that is never asked costs nothing. */
  const once = <T extends { close(): Promise<void> }>(name: string, make: () => T): (() => T) => {
    let made: T | undefined;
    return () => {
      made ??= make();
      opened.set(name, made);
      return made;
    };
  };
  const grpc = { projectId, authClient, endpoint: law.endpoints?.pubsub };
  const publisher = once('publisher', () => publisherPort(grpc, call));
  const subscriber = once('subscriber', () => subscriberPort(grpc, call));
  const encrypter = once('encrypter', () =>
    encrypterPort({ projectId, authClient, endpoint: law.endpoints?.kms }, call),
  );
  return {
    storage: storagePort({ projectId, authClient, endpoint: law.endpoints?.storage }, call),
    publisher: { publish: (topic, message) => publisher().publish(topic, message) },
    get subscriber() {
      return subscriber();
    },
    encrypter: { encrypt: (key, plaintext, aad) => encrypter().encrypt(key, plaintext, aad) },
    machines: (operations) =>
      once('machines', () => machinesPort({ law, operations, authClient, endpoint: law.endpoints?.compute }, call))(),
    chains: (operations) =>
      once('chains', () =>
        chainsPort(
          {
            rpc: operations.rpc,
            resolveUrl: urlResolver({ authClient }, call),
            agreement: agreementOf(law),
          },
          call,
        ),
      )(),
    close: async () => {
      await Promise.allSettled([...opened.values()].map((one) => one.close()));
    },
  };
};

export interface Attested {
  /** The identity in the operator's pool: buckets, topics, secrets. */
  readonly authClient: AuthClient;
  /** Each co-signer's own: that release key, and that share bucket where it is not the operator's. */
  readonly coSigners: ReadonlyMap<string, AuthClient>;
  readonly releaseKeys: ReleaseKeys & { close(): Promise<void> };
}

/** The workload's k + 1 identities, all by the one attestation token. */
export const attestedOf = (
  options: { readonly law: Law; readonly subjectToken: () => Promise<string> },
  call: Caller = callerOn(),
): Attested => {
  const { law, subjectToken } = options;
  const tokenUrl = law.endpoints === undefined ? undefined : new URL('/v1/token', law.endpoints.sts).href;
  const identity = (audience: string) => federatedClient({ audience, tokenUrl, subjectToken });
  const coSigners = new Map(law.coSigners.map((one) => [one.name, identity(one.identityProvider)]));
  const keys = new Map(
    law.coSigners.flatMap(({ name, releaseKey: key }) => {
      const authClient = coSigners.get(name);
      return authClient === undefined ? [] : [[name, { key, authClient }] as const];
    }),
  );
  return {
    authClient: identity(law.operator.identityProvider),
    coSigners,
    releaseKeys: releaseKeysPort({ projectId: law.operator.projectId, keys, endpoint: law.endpoints?.kms }, call),
  };
};
