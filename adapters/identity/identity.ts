import { readFileSync } from 'node:fs';
import { type AuthClient, GoogleAuth, IdentityPoolClient, OAuth2Client } from 'google-auth-library';
import { type Caller, callerOn, type Limits, REPEATABLE } from '#adapters/calls/deadline.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';

/** The library repeats a failed exchange itself. */
const EXCHANGE: Limits = { attemptMs: 20_000, attempts: 2 };
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Application-default credentials, as functions and people in the cloud have them
 * (https://cloud.google.com/docs/authentication/application-default-credentials). Throws UNAUTHENTICATED where there are none.
 */
export const defaultClient = (call: Caller = callerOn()): Promise<AuthClient> =>
  call({ service: 'auth', call: 'find', resource: 'application-default credentials' }, REPEATABLE, () =>
    new GoogleAuth({ scopes: [SCOPE] }).getClient(),
  );

/** A lab's access token, one line in a file, that does not expire. Read once. Throws UNAUTHENTICATED. */
export const tokenFileClient = (path: string): AuthClient => {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new KeyturnError('UNAUTHENTICATED', `no access token can be read from ${path}`, { cause });
  }
  if (!/^[\w.~+/=-]+$/.test(token)) throw new KeyturnError('UNAUTHENTICATED', `${path} holds no access token`);
  const client = new OAuth2Client();
  client.setCredentials({ access_token: token });
  return client;
};

export interface Federation {
  /** The law's `identityProvider`: //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER */
  readonly audience: string;
  /** A lab's token endpoint; Google's own where absent. */
  readonly tokenUrl?: string | undefined;
  /** The attestation token. Asked for at every exchange, since the launcher renews it. */
  readonly subjectToken: () => Promise<string>;
}

/**
 * The attested identity in one pool: the attestation token against a federated access token, used directly, without impersonation
 * (https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token).
 */
export const federatedClient = (federation: Federation): AuthClient =>
  new IdentityPoolClient({
    type: 'external_account',
    audience: federation.audience,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: federation.tokenUrl ?? 'https://sts.googleapis.com/v1/token',
    subject_token_supplier: { getSubjectToken: federation.subjectToken },
    scopes: [SCOPE],
    universe_domain: 'googleapis.com',
  });

/**
 * Makes sure that `client` has a token, so that a refusal of the exchange shows as what it is. Inside another call it would not: gax makes
 * INVALID_ARGUMENT of the 400 of STS. That would blame a co-signer for a share that KMS never saw. Throws ATTESTATION_REFUSED (final),
 * UNAUTHENTICATED (a person must log in), UNAVAILABLE, DEADLINE.
 */
export const ensureToken = async (client: AuthClient, resource: string, call: Caller = callerOn()): Promise<void> => {
  try {
    await call({ service: 'sts', call: 'exchange', resource }, EXCHANGE, () => client.getAccessToken());
  } catch (error) {
    // STS says invalid_grant of a token by another key, for another audience, or of another time. No login helps there.
    if (client instanceof IdentityPoolClient && isKeyturnError(error, 'UNAUTHENTICATED'))
      throw new KeyturnError('ATTESTATION_REFUSED', error.message, { cause: error });
    throw error;
  }
};
