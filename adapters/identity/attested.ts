import type { AuthClient } from 'google-auth-library';
import { type Caller, callerOn } from '#adapters/calls/deadline.ts';
import { type ReleaseAccess, releaseAccess } from '#adapters/kms/kms.ts';
import type { Law } from '#schemas/config.ts';
import { federatedClient } from './identity.ts';

export interface Attested {
  /** The identity in the operator's pool: buckets, topics, secrets. */
  readonly authClient: AuthClient;
  /** Each co-signer's own: that release key, and that share bucket where it is not the operator's. */
  readonly coSigners: ReadonlyMap<string, AuthClient>;
  readonly releaseAccess: ReleaseAccess;
}

/** The workload's k + 1 identities, all by the one attestation token. */
export const openAttestedClients = (
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
    releaseAccess: releaseAccess(keys, call),
  };
};
