import { describe, expect, it } from 'vitest';
import { attestationClaims, type InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import { principalOf } from '#local/cloud/identity/provider.ts';
import { evaluateCondition } from '#local/cloud/runtime/cel.ts';
import { attestationCondition, attestationMapping, conditionClauses } from '#schemas/attestation-condition.ts';
import { ACCOUNT, DIGEST, instance, OPERATOR_NUMBER, START_MS } from '#test/support/local/identity.ts';

const options = { projectNumber: OPERATOR_NUMBER, serviceAccount: ACCOUNT, allowedEnv: ['KEYTURN_TURN'] };
const clauses = conditionClauses(options);
const condition = attestationCondition(options);

const claimsOf = (over: Partial<InstanceClaims>) =>
  JSON.parse(
    JSON.stringify(
      attestationClaims(
        { ...instance, ...over },
        { audience: 'https://sts.googleapis.com', nonces: [], nowMs: START_MS },
      ),
    ),
  );
const holds = (text: string, assertion: Parameters<typeof evaluateCondition>[1]) =>
  evaluateCondition(text, { assertion });

/** The claims with the member at `path` taken away, or set. */
const without = (path: string) => {
  const claims = claimsOf({});
  const names = path.split('.');
  const last = names.pop() ?? '';
  delete names.reduce((at, name) => at[name], claims)[last];
  return claims;
};
const withValue = (path: string, value: unknown) => {
  const claims = claimsOf({});
  const names = path.split('.');
  const last = names.pop() ?? '';
  names.reduce((at, name) => at[name], claims)[last] = value;
  return claims;
};

/** For each clause, in order, instances that it alone must keep out. */
const BAD: readonly (readonly [what: string, instance: Partial<InstanceClaims>])[][] = [
  [['a plain VM', { swname: 'GCE' }]],
  [
    ['an image that is only usable', { supportAttributes: ['USABLE'] }],
    ['a debug image', { supportAttributes: [] }],
  ],
  [
    ['a debugger', { dbgstat: 'enabled' }],
    ['a debugger as another page spells it', { dbgstat: 'enable' }],
  ],
  [['no secure boot', { secboot: false }]],
  [['other hardware', { hwmodel: 'GCP_SHIELDED_VM' }]],
  [['another project', { projectNumber: '210987654321' }]],
  [
    ['another account', { serviceAccount: 'other@keyturn-local.iam.gserviceaccount.com' }],
    ['one more account', { impersonated: ['other@keyturn-local.iam.gserviceaccount.com'] }],
  ],
  [
    ['restart always', { restartPolicy: 'Always' }],
    ['restart on failure', { restartPolicy: 'OnFailure' }],
  ],
  [['another command', { cmdOverride: ['node', '-e', '1'] }]],
  [['another environment', { envOverride: { KEYTURN_TURN: 'main/1', NODE_OPTIONS: '--inspect' } }]],
];

describe('the attestation condition', () => {
  it('has a bad case for every clause', () => {
    expect(BAD).toHaveLength(clauses.length);
  });

  it('lets a production VM in, on both kinds of hardware', () => {
    expect(holds(condition, claimsOf({}))).toBe(true);
    expect(holds(condition, claimsOf({ hwmodel: 'GCP_INTEL_TDX' }))).toBe(true);
  });

  it.each([undefined, null])('lets overrides be %s', (none) => {
    expect(holds(condition, claimsOf({ cmdOverride: none, envOverride: none }))).toBe(true);
  });

  it('lets overrides be empty', () => {
    expect(holds(condition, claimsOf({ cmdOverride: [], envOverride: {} }))).toBe(true);
  });

  describe.each(BAD.flatMap((cases, index) => cases.map(([what, over]) => ({ what, over, index }))))(
    'keeps out $what',
    ({ over, index }) => {
      it('and only the clause for it does', () => {
        expect(holds(condition, claimsOf(over))).toBe(false);
        const mutant = clauses.filter((_, at) => at !== index).join(' && ');
        expect(holds(mutant, claimsOf(over))).toBe(true);
      });
    },
  );

  it.each([
    'swname',
    'submods.confidential_space.support_attributes',
    'submods.confidential_space',
    'dbgstat',
    'secboot',
    'hwmodel',
    'submods.gce.project_number',
    'google_service_accounts',
    'submods.container.restart_policy',
    'submods.container',
    'submods',
  ])('refuses a token without %s, or with null there', (path) => {
    expect(holds(condition, without(path))).toBe(false);
    expect(holds(condition, withValue(path, null))).toBe(false);
  });

  it.each([
    ['support_attributes as one string', 'submods.confidential_space.support_attributes', 'LATEST STABLE'],
    ['an account as one string', 'google_service_accounts', ACCOUNT],
    ['a project number as a number', 'submods.gce.project_number', Number(OPERATOR_NUMBER)],
    ['secboot as a string', 'secboot', 'true'],
    ['a command as a string', 'submods.container.cmd_override', 'sh'],
    ['an environment as a list', 'submods.container.env_override', ['NODE_OPTIONS=--inspect']],
    ['an environment as a string', 'submods.container.env_override', 'KEYTURN_TURN'],
  ])('refuses %s', (_, path, value) => {
    expect(holds(condition, withValue(path, value))).toBe(false);
  });

  it('stays within the limits of IAM', () => {
    expect(condition.length).toBeLessThanOrEqual(4096);
  });

  it.each([
    ['projectNumber', { projectNumber: "1' || true || '" }],
    ['serviceAccount', { serviceAccount: "a@b'] || true" }],
    ['allowedEnv', { allowedEnv: ["X'"] }],
    ['allowedEnv', { allowedEnv: ['WITH-HYPHEN'] }],
    ['hardwareModels', { hardwareModels: [] }],
  ])('cannot be bent through %s', (field, over) => {
    expect(() => attestationCondition({ ...options, ...over })).toThrow(new RegExp(field));
  });
});

it('the mapping gives the subject and digest that grants name', () => {
  const provider = {
    projectNumber: '1',
    pool: 'operator',
    provider: 'attestation',
    issuer: 'x',
    allowedAudiences: [],
    attributeMapping: attestationMapping(),
    attributeCondition: condition,
  };
  const principal = principalOf(provider, claimsOf({}));
  expect(principal).toEqual({
    subject: `gcpcs::${DIGEST}::${OPERATOR_NUMBER}::1234567890123456789`,
    attributes: { image_digest: DIGEST },
  });
  expect(Buffer.byteLength(principal.subject)).toBeLessThanOrEqual(127);
});
