import { describe, expect, test } from 'vitest';
import type { IdentityProvider } from '#cli/app/session.ts';
import { clausesOf } from '#cli/doctor/cel.ts';
import { providerFindings } from '#cli/doctor/check-identity.ts';
import { badTokens } from '#cli/doctor/tokens.ts';
import { plannedCloud } from '#test/support/cli/doctor.ts';
import { configOf } from '#test/support/cli/people.ts';

const CONFIG = configOf();
const DIGEST = `sha256:${'a'.repeat(64)}`;
const OPERATIONS = { image: `image@${DIGEST}`, confidentialType: 'SEV' } as const;
const NAME = CONFIG.law.operator.identityProvider;
/** What Terraform plans. */
const planned = await plannedCloud(CONFIG, DIGEST).identityProvider(NAME);
const findings = (over: Partial<IdentityProvider>, operations: Parameters<typeof providerFindings>[3] = OPERATIONS) =>
  providerFindings(NAME, { ...planned, ...over }, CONFIG.law, operations);
const bad = (over: Partial<IdentityProvider>) =>
  findings(over).flatMap(({ level, what, todo }) =>
    level === 'bad' && todo !== '' ? [what.replace(`${NAME}: `, '')] : [],
  );
const clauses = clausesOf(planned.condition);
const without = (claim: string) => clauses.filter((clause) => !clause.includes(claim)).join(' && ');
const instead = (claim: string, clause: string) =>
  clauses.map((one) => (one.includes(claim) ? clause : one)).join(' && ');

test('what Terraform plans is found good, on either technology', () => {
  expect(clauses).toHaveLength(10);
  for (const confidentialType of ['SEV', 'TDX'] as const)
    expect(findings({}, { ...OPERATIONS, confidentialType })).toMatchObject([{ level: 'ok' }]);
});

/** The claim that a condition no longer asks for, and who gets in by that. */
const NEEDED: readonly (readonly [string, string])[] = [
  ['swname', 'a VM that is not in Confidential Space'],
  ['support_attributes', 'a Confidential Space image without support attributes'],
  ['dbgstat', 'a debugger in a production image'],
  ['secboot', 'a VM without secure boot'],
  ['hwmodel', 'a shielded VM, whose memory its host can read'],
  ['project_number', "a VM in another project, with the operator's image"],
  ['google_service_accounts', 'a VM with one more service account'],
  ['restart_policy', 'a container that is restarted always'],
  ['cmd_override', 'a container with another command'],
  ['env_override', 'a container with one more environment value'],
];

describe('a condition without one clause', () => {
  test.each(NEEDED)('%s lets in %s, and is named', (claim, who) => {
    const found = bad({ condition: without(claim) });
    expect(found).toContainEqual(
      expect.stringMatching(`^lets in ${who}: no clause asks for assertion\\.[a-z_.]*${claim}`),
    );
  });

  // What it should say is compared with the clause of Terraform's text that was taken out.
  test.each(NEEDED)('%s: what it should say is told', (claim, who) => {
    const [clause = ''] = clauses.filter((one) => one.includes(claim));
    const told = bad({ condition: without(claim) }).find((one) => one.startsWith(`lets in ${who}: `));
    expect(told?.replace(/^.*; it should say /, '')).toBe(clause);
  });

  test('a clause for each bad machine', () => {
    const named = new Set(badTokens(CONFIG.law, DIGEST).flatMap(({ betrayedBy }) => betrayedBy));
    expect(named).toEqual(new Set(NEEDED.map(([claim]) => claim)));
  });
});

describe('a clause that asks for too little', () => {
  test.each([
    ['dbgstat', "assertion.dbgstat != 'enabled-since-boot'", 'a debugger in a production image'],
    ['hwmodel', "assertion.hwmodel.startsWith('GCP_')", 'a shielded VM'],
    ['google_service_accounts', "'vm@lab' in assertion.google_service_accounts", 'a VM with one more service account'],
    ['env_override', 'has(assertion.submods.container.env_override) || true', 'one more environment value'],
    ['project_number', "assertion.submods.gce.project_number != '0'", 'a VM in another project'],
  ])('%s: %s', (claim, clause, who) => {
    const found = bad({ condition: instead(claim, clause) });
    expect(found).toContainEqual(expect.stringMatching(`lets in .*${who}`));
    expect(found.join('\n')).toContain(`by the clause ${clause}`);
  });

  test('words in a string or a comment are no clause', () => {
    const condition = `assertion.swname == 'CONFIDENTIAL_SPACE' || "STABLE dbgstat secboot ${CONFIG.law.operator.projectNumber}" == ''`;
    expect(bad({ condition }).length).toBeGreaterThan(8);
  });
});

describe('a condition that asks for too much', () => {
  test.each([
    ['hwmodel', "assertion.hwmodel == 'GCP_INTEL_TDX'", 'keeps out the workload:'],
    ['project_number', "assertion.submods.gce.project_number == '999'", 'keeps out the workload:'],
    [
      'env_override',
      'size(assertion.submods.container.env_override) == 0',
      'keeps out the workload with nothing overridden',
    ],
    ['cmd_override', 'assertion.submods.container.cmd_override == []', 'keeps out the workload:'],
  ])('%s: %s', (claim, clause, words) => {
    const found = bad({ condition: instead(claim, clause) });
    expect(found).toContainEqual(expect.stringContaining(words));
    expect(found).toContainEqual(expect.stringContaining(clause));
  });
});

test('not CEL at all lets nobody in, the workload neither', () => {
  expect(bad({ condition: 'assertion.swname ==' })[0]).toMatch(/^keeps out the workload/);
});

test.each<[string, Partial<IdentityProvider>, RegExp]>([
  ['no condition', { condition: '' }, /has no condition: any Confidential Space VM of anybody gets in/],
  ['disabled', { disabled: true }, /is disabled/],
  ['another issuer', { issuer: 'https://accounts.google.com' }, /trusts the issuer https:\/\/accounts.google.com/],
  ['another audience', { audiences: ['https://other'] }, /does not take tokens for https:\/\/sts.googleapis.com/],
  ['no audience', { audiences: [] }, /does not take tokens/],
  ['no mapping', { mapping: {} }, /google.subject is mapped to nothing/],
  [
    'a digest that is the same for all images',
    { mapping: { ...planned.mapping, 'attribute.image_digest': `'${DIGEST}'` } },
    /attribute.image_digest is mapped to '.*grants to one image would hold for others/,
  ],
  [
    'the reference in place of the digest',
    { mapping: { ...planned.mapping, 'attribute.image_digest': 'assertion.submods.container.image_reference' } },
    /grants to one image would hold for others/,
  ],
  [
    "the codelab's subject, which is too long",
    {
      mapping: {
        ...planned.mapping,
        'google.subject': "'x'+assertion.submods.container.image_reference+assertion.iss",
      },
    },
    /google.subject has \d+ bytes/,
  ],
])('%s', (_, over, words) => {
  expect(bad(over)).toContainEqual(expect.stringMatching(words));
});

/** A token of an older launcher says null where no override was used: a clause that asks has() alone then meets the null. */
test('a claim of null is there, as the definition of CEL says', () => {
  const override = 'assertion.submods.container.cmd_override';
  const naive = instead('cmd_override', `(!has(${override}) || size(${override}) == 0)`);
  expect(bad({ condition: naive })).toContainEqual(
    expect.stringMatching(/^keeps out the workload with overrides of null: /),
  );
});
