import { describe, expect, it } from 'vitest';
import { attestationClaims, type InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import { signJwt } from '#local/cloud/identity/jwt.ts';
import type { Provider } from '#local/cloud/identity/provider.ts';
import { newSigningKey } from '#local/cloud/identity/signing-key.ts';
import { Sts } from '#local/cloud/identity/sts.ts';
import { attestationCondition, attestationMapping } from '#schemas/attestation-condition.ts';
import {
  ACCOUNT,
  setUp as base,
  DIGEST,
  instance,
  OPERATOR_NUMBER,
  oidc,
  START_MS,
} from '#test/support/local/identity.ts';

const POOL = 'iam.googleapis.com/projects/555/locations/global/workloadIdentityPools/alice';
const AUDIENCE = `//${POOL}/providers/attestation`;
const NOW = START_MS / 1000;

const provider: Provider = {
  projectNumber: '555',
  pool: 'alice',
  provider: 'attestation',
  issuer: 'https://confidentialcomputing.googleapis.com',
  allowedAudiences: ['https://sts.googleapis.com'],
  attributeMapping: attestationMapping(),
  attributeCondition: attestationCondition({
    projectNumber: OPERATOR_NUMBER,
    serviceAccount: ACCOUNT,
    allowedEnv: ['KEYTURN_TURN'],
  }),
};

const setUp = (over: Partial<Provider> = {}) => {
  const { clock, world, verifier } = base();
  const sts = new Sts(world, new Map([[verifier.issuer, () => verifier.jwks()]]));
  sts.register({ ...provider, ...over });
  const form = (token: string, fields: Record<string, string> = {}) => ({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: AUDIENCE,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: token,
    ...fields,
  });
  const exchange = (token: string, fields: Record<string, string> = {}) => sts.exchange(form(token, fields));
  const token = (more: Partial<InstanceClaims> = {}) => verifier.defaultToken({ ...instance, ...more });
  return { clock, world, verifier, sts, exchange, token };
};
const handMade = (claims: object, key = oidc.privateKey) =>
  signJwt(
    key,
    { kid: oidc.jwk.kid },
    {
      ...attestationClaims(instance, { audience: 'https://sts.googleapis.com', nonces: [], nowMs: START_MS }),
      ...claims,
    },
  );
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('a request is refused', () => {
  it.each([
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type', /password/],
    ['no audience', { audience: '' }, 'invalid_request', /Missing required field: audience/],
    [
      'an audience that is no provider',
      { audience: 'https://sts.googleapis.com' },
      'invalid_request',
      /full resource name/,
    ],
    [
      'a provider that is not there',
      { audience: AUDIENCE.replace('alice', 'carol') },
      'invalid_target',
      /doesn't exist/,
    ],
    ['another requested type', { requested_token_type: 'x' }, 'invalid_request', /requested_token_type/],
    ['another subject type', { subject_token_type: 'x' }, 'invalid_request', /subject_token_type/],
    ['a narrower scope', { scope: 'x' }, 'invalid_request', /does not implement sts: scope x/],
    ['a field not known here', { options: '{}' }, 'invalid_request', /does not implement sts: field options/],
    ['no token', { subject_token: '' }, 'invalid_request', /subject_token/],
  ])('with %s', (_, fields, code, message) => {
    const { exchange, token } = setUp();
    expect(() => exchange(token(), fields)).toThrow(refusal(code, message));
  });
});

describe('a subject token is refused', () => {
  it.each([
    ['garbage', 'x', /not a JSON web token/],
    ['of another issuer', handMade({ iss: 'https://accounts.google.com' }), /issuer in ID Token https:\/\/accounts/],
    ['signed by a stranger', handMade({}, newSigningKey().privateKey), /signature is wrong/],
    ['for another audience', handMade({ aud: 'keyturn/v1/seal' }), /audience in ID Token \[keyturn\/v1\/seal\]/],
    ['expired', handMade({ exp: NOW }), /issued at \d+ is stale to sign-in\./],
    ['not valid yet', handMade({ nbf: NOW + 1 }), /not valid yet/],
    ['without exp', handMade({ exp: undefined }), /Invalid claim exp/],
  ])('%s', (_, token, message) => {
    expect(() => setUp().exchange(token)).toThrow(refusal('invalid_grant', message));
  });

  it('in PKI form: STS trusts the OIDC keys alone', () => {
    const { exchange, verifier } = setUp({ allowedAudiences: ['keyturn/v1/seal'] });
    const pki = verifier.customToken(instance, {
      audience: 'keyturn/v1/seal',
      tokenType: 'PKI',
      nonces: ['n'.repeat(10)],
    });
    expect(() => exchange(pki)).toThrow(refusal('invalid_grant', /unknown key/));
    const plain = verifier.customToken(instance, {
      audience: 'keyturn/v1/seal',
      tokenType: 'OIDC',
      nonces: ['n'.repeat(10)],
    });
    expect(exchange(plain).token_type).toBe('Bearer');
  });

  it('when the condition does not hold', () => {
    const { exchange, token } = setUp();
    expect(() => exchange(token({ dbgstat: 'enabled' }))).toThrow(
      refusal('unauthorized_client', /^The given credential is rejected by the attribute condition\.$/),
    );
  });

  it('when a mapped claim is missing, empty or too long', () => {
    const map = (subject: string) => setUp({ attributeMapping: { 'google.subject': subject } });
    const run = ({ exchange, token }: ReturnType<typeof setUp>) => exchange(token());
    expect(() => run(map('assertion.nothing'))).toThrow(refusal('invalid_request', /google\.subject must be/));
    expect(() => run(map('assertion.oemid'))).toThrow(refusal('invalid_request', /google\.subject must be/));
    expect(() => run(map('""'))).toThrow(refusal('invalid_request', /google\.subject must be/));
    expect(() => run(map(`"${'x'.repeat(128)}"`))).toThrow(refusal('invalid_request', /exceeds the 127 bytes limit/));
    expect(run(map(`"${'x'.repeat(127)}"`)).token_type).toBe('Bearer');
  });
});

describe('an access token', () => {
  it('makes its bearer the principal, the set of its image, and the pool', () => {
    const { exchange, token, world } = setUp();
    const { access_token, ...rest } = exchange(token());
    expect(rest).toEqual({
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 3600,
    });
    const name = `principal://${POOL}/subject/gcpcs::${DIGEST}::${OPERATOR_NUMBER}::1234567890123456789`;
    expect(world.iam.callerOf(`Bearer ${access_token}`)).toEqual({
      name,
      members: new Set([name, `principalSet://${POOL}/attribute.image_digest/${DIGEST}`, `principalSet://${POOL}/*`]),
    });
  });

  it('ends with the subject token', () => {
    const { clock, exchange, token, world } = setUp();
    const subject = token();
    clock.advance(3_000_000);
    const { access_token, expires_in } = exchange(subject);
    expect(expires_in).toBe(600);
    clock.advance(599_000);
    expect(world.iam.callerOf(`Bearer ${access_token}`).name).toMatch(/^principal:/);
    clock.advance(1_000);
    expect(() => world.iam.callerOf(`Bearer ${access_token}`)).toThrow(/expired/);
  });

  it('can be made to fail once, and the subject token is not single-use', () => {
    const { exchange, token, world } = setUp();
    world.faults.add({ method: 'sts.token', matching: 'alice', kind: 'before' });
    expect(() => exchange(token())).toThrow(expect.objectContaining({ status: 'UNAVAILABLE' }));
    expect(exchange(token()).access_token).not.toBe(exchange(token()).access_token);
  });

  it('without allowed audiences, the provider itself is the audience', () => {
    const { exchange } = setUp({ allowedAudiences: [] });
    expect(exchange(handMade({ aud: AUDIENCE })).token_type).toBe('Bearer');
    expect(exchange(handMade({ aud: `https:${AUDIENCE}` })).token_type).toBe('Bearer');
    expect(() => exchange(handMade({}))).toThrow(refusal('invalid_grant', /audience/));
  });
});

describe('a provider is refused at registration', () => {
  it.each<[string, Partial<Provider>, RegExp]>([
    ['a reserved pool id', { pool: 'gcp-pool' }, /gcp-pool/],
    ['a short provider id', { provider: 'abc' }, /id abc/],
    ['a project id for a number', { projectNumber: 'alice-project' }, /projectNumber/],
    ['no subject', { attributeMapping: {} }, /google\.subject/],
    ['an unknown target', { attributeMapping: { 'google.subject': '"x"', 'attribute.Bad': '"x"' } }, /attribute\.Bad/],
    ['groups', { attributeMapping: { 'google.subject': '"x"', 'google.groups': '[]' } }, /google\.groups/],
    [
      'a mapping that is not CEL',
      { attributeMapping: { 'google.subject': 'assertion.' } },
      /google\.subject is not CEL/,
    ],
    ['a condition that is not CEL', { attributeCondition: 'assertion ==' }, /condition is not CEL/],
    ['a long condition', { attributeCondition: `true || "${'x'.repeat(4096)}" == ""` }, /4096/],
  ])('%s', (_, over, message) => {
    expect(() => setUp(over)).toThrow(message);
  });
});
