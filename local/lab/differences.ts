import type { PlannedSubscription } from './plan-file.ts';

/** One way in which the local cloud is not what the examples in terraform/ deploy. */
export interface Difference {
  readonly what: string;
  readonly cloud: string;
  readonly lab: string;
  readonly why: string;
}

/** Seconds between two tries of a push, first and at most. */
export const RETRY = { minimumSeconds: 0.5, maximumSeconds: 60 } as const;

/** When an acceptance of an image ends that nobody renews. */
export const ACCEPTED_MS = 365 * 86_400_000;

/**
 * All of it, for rights, subscriptions, notifications and attestation: whatever is not here is the plan's (a test compares them). Names,
 * project, accounts and digest are the lab's own, in the places where the plan has those of its example.
 */
export const DIFFERENCES: Readonly<Record<'retry' | 'push' | 'exports' | 'until' | 'keys', Difference>> = {
  retry: {
    what: 'retry policy of subscriptions',
    cloud: '10 to 600 s',
    lab: `${RETRY.minimumSeconds} to ${RETRY.maximumSeconds} s`,
    why: 'a person waits in front of a demonstration, and a test should end in seconds',
  },
  push: {
    what: '{root} of a function',
    cloud: 'https address of its service',
    lab: 'http address on a loopback port, another one at each start',
    why: 'a machine without a name has no certificate; the token is asked for all the same',
  },
  exports: {
    what: 'subscription that writes to BigQuery',
    cloud: 'rows in a table',
    lab: 'not made',
    why: 'there is no local BigQuery',
  },
  until: {
    what: 'end of an acceptance',
    cloud: 'the day that each co-signer names',
    lab: 'a year after the start',
    why: 'a lab started on any day must work; none lives that long',
  },
  keys: {
    what: 'keys of the issuer of attestations',
    cloud: 'published by Google',
    lab: 'made at the start, served by the local verifier under the same issuer',
    why: 'no chip signs here',
  },
};

/** A subscription of the plan as the lab has it; undefined where it has none. `root` is the address of the function it pushes to. */
export const inLab = (
  planned: PlannedSubscription,
  root: (name: string) => string,
): PlannedSubscription | undefined => {
  if (planned.exports === true) return undefined;
  const { push, retry, ...rest } = planned;
  const rooted = (text: string, name: string): string => text.replaceAll('{root}', root(name));
  return {
    ...rest,
    ...(retry === undefined ? {} : { retry: { ...RETRY } }),
    ...(push === undefined
      ? {}
      : {
          push: {
            ...push,
            endpoint: rooted(push.endpoint, push.function),
            audience: rooted(push.audience, push.function),
          },
        }),
  };
};
