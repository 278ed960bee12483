import { z } from 'zod';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { type Claims, type Jwks, JwtError, unverifiedClaims, verifiedClaims } from './jwt.ts';
import { checkProvider, type Principal, type Provider, principalOf, providerResource } from './provider.ts';
import { StsError } from './sts-error.ts';

const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const SUBJECT_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token'];
const LIFETIME_S = 3600;
const FIELDS = [
  'grant_type',
  'audience',
  'scope',
  'requested_token_type',
  'subject_token',
  'subject_token_type',
] as const;

const claimsSchema = z.looseObject({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: z.number(),
  exp: z.number(),
  nbf: z.number().optional(),
});

export interface TokenResponse {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: 'Bearer';
  /** s. */
  readonly expires_in: number;
}

/** Issuers whose keys STS can fetch, by `iss`. In the cloud that is any https issuer with a discovery document. */
export type Issuers = ReadonlyMap<string, () => Jwks>;

const memberNames = ({ projectNumber, pool }: Provider, { subject, attributes }: Principal): Caller => {
  const path = `iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}`;
  const name = `principal://${path}/subject/${subject}`;
  const sets = Object.entries(attributes).map(([key, value]) => `principalSet://${path}/attribute.${key}/${value}`);
  return { name, members: new Set([name, ...sets, `principalSet://${path}/*`]) };
};

/** The Security Token Service: an attestation token in, an access token of the pool's principal out (https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token). */
export class Sts {
  readonly world: World;
  readonly #issuers: Issuers;
  readonly #providers = new Map<string, Provider>();

  constructor(world: World, issuers: Issuers) {
    this.world = world;
    this.#issuers = issuers;
  }

  /** Throws on a provider that IAM would refuse. The same name again replaces it. */
  register(provider: Provider): void {
    checkProvider(provider);
    this.#providers.set(providerResource(provider), provider);
  }

  /** Throws StsError, or CloudError for planned faults. */
  exchange(form: Readonly<Record<string, string>>): TokenResponse {
    const { audience, subjectToken } = this.#readForm(form);
    return this.world.faults.around('sts.token', audience, () => {
      const provider = this.#provider(audience);
      const claims = this.#verified(provider, subjectToken);
      const principal = principalOf(provider, claims);
      const left = Math.floor(claims.exp - this.world.clock.now() / 1000);
      const expires = Math.min(LIFETIME_S, left);
      return {
        access_token: this.world.iam.issueToken(memberNames(provider, principal), expires * 1000),
        issued_token_type: ACCESS_TOKEN,
        token_type: 'Bearer',
        expires_in: expires,
      };
    });
  }

  #readForm(form: Readonly<Record<string, string>>): { audience: string; subjectToken: string } {
    const bad = (text: string) => new StsError('invalid_request', text);
    const unknown = Object.keys(form).find((name) => !FIELDS.some((field) => field === name));
    if (unknown !== undefined) throw bad(`the local cloud does not implement sts: field ${unknown}`);
    const missing = FIELDS.find((field) => (form[field] ?? '') === '');
    if (missing !== undefined) throw bad(`Missing required field: ${missing}.`);
    if (form.grant_type !== GRANT)
      throw new StsError('unsupported_grant_type', `Invalid grant type: ${form.grant_type}.`);
    if (form.requested_token_type !== ACCESS_TOKEN) throw bad('Invalid value for "requested_token_type".');
    if (!SUBJECT_TYPES.includes(form.subject_token_type ?? '')) throw bad('Invalid value for "subject_token_type".');
    if (form.scope !== CLOUD_PLATFORM) throw bad(`the local cloud does not implement sts: scope ${form.scope}`);
    return { audience: form.audience ?? '', subjectToken: form.subject_token ?? '' };
  }

  #provider(audience: string): Provider {
    if (
      !/^\/\/iam\.googleapis\.com\/projects\/[^/]+\/locations\/global\/workloadIdentityPools\/[^/]+\/providers\/[^/]+$/.test(
        audience,
      )
    )
      throw new StsError(
        'invalid_request',
        'Invalid value for "audience". This value should be the full resource name of the Identity Provider. See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.',
      );
    const provider = this.#providers.get(audience);
    if (provider === undefined)
      throw new StsError(
        'invalid_target',
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      );
    return provider;
  }

  #verified(provider: Provider, token: string): Claims & { exp: number } {
    const refuse = (text: string) => new StsError('invalid_grant', text);
    try {
      const { iss } = unverifiedClaims(token);
      if (iss !== provider.issuer)
        throw refuse(`The issuer in ID Token ${String(iss)} does not match the expected ones.`);
      const jwks = this.#issuers.get(provider.issuer);
      if (jwks === undefined) throw refuse("Error connecting to the given credential's issuer.");
      const claims = verifiedClaims(token, jwks());
      const parsed = claimsSchema.safeParse(claims);
      if (!parsed.success) throw refuse(`Invalid claim ${parsed.error.issues[0]?.path.join('.')} in ID Token.`);
      this.#checkTimeAndAudience(provider, parsed.data);
      return parsed.data;
    } catch (error) {
      if (error instanceof JwtError) throw refuse(`Unable to verify the ID Token: ${error.message}.`);
      throw error;
    }
  }

  #checkTimeAndAudience(provider: Provider, claims: z.infer<typeof claimsSchema>): void {
    const refuse = (text: string) => new StsError('invalid_grant', text);
    const now = this.world.clock.now() / 1000;
    if (now >= claims.exp) throw refuse(`ID Token issued at ${claims.iat} is stale to sign-in.`);
    if (now < claims.iat || now < (claims.nbf ?? 0)) throw refuse(`ID Token issued at ${claims.iat} is not valid yet.`);
    const own = providerResource(provider);
    const expected = provider.allowedAudiences.length > 0 ? provider.allowedAudiences : [own, `https:${own}`];
    const audiences = [claims.aud].flat();
    if (!audiences.some((audience) => expected.includes(audience)))
      throw refuse(`The audience in ID Token [${audiences.join(', ')}] does not match the expected audience.`);
  }
}
