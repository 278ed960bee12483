import { attestationClaims, type InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import type { Claims } from '#local/cloud/identity/jwt.ts';
import type { Law } from '#schemas/config.ts';

export const DIGEST = `sha256:${'ab'.repeat(32)}`;
const NOW_MS = Date.UTC(2026, 10, 22, 12);

/** The longest names that a token may carry: the mapped subject must stay within its 127 bytes with them too. */
const production = ({ operator }: Law): InstanceClaims => ({
  projectId: operator.projectId,
  projectNumber: operator.projectNumber,
  zone: 'northamerica-northeast1-b',
  instanceName: `turn-${'w'.repeat(31)}-999999999999`,
  instanceId: '18446744073709551615',
  serviceAccount: operator.workloadAccount,
  imageReference: `northamerica-northeast1-docker.pkg.dev/${operator.projectId}/keyturn/workload@${DIGEST}`,
  imageDigest: DIGEST,
  imageId: `sha256:${'cd'.repeat(32)}`,
  restartPolicy: 'Never',
  args: ['/nodejs/bin/node', 'main.mjs'],
  env: { NODE_ENV: 'production' },
  envOverride: { KEYTURN_TURN: 'main/1' },
});

const claims = (instance: InstanceClaims): Claims =>
  JSON.parse(
    JSON.stringify(attestationClaims(instance, { audience: 'https://sts.googleapis.com', nonces: [], nowMs: NOW_MS })),
  );

export interface Token {
  readonly what: string;
  readonly claims: Claims;
}

const variants = (law: Law, list: Readonly<Record<string, Partial<InstanceClaims>>>): readonly Token[] =>
  Object.entries(list).map(([what, over]) => ({ what, claims: claims({ ...production(law), ...over }) }));

/** Tokens that must open what the image may open. */
export const goodTokens = (law: Law): readonly Token[] =>
  variants(law, {
    'a production VM': {},
    'a production VM on TDX': { hwmodel: 'GCP_INTEL_TDX' },
    'a VM without overrides': { cmdOverride: undefined, envOverride: undefined },
    'a VM with overrides of null': { cmdOverride: null, envOverride: null },
    'a VM with empty overrides': { cmdOverride: [], envOverride: {} },
  });

/** One claim changed: the path of a member, and what stands there instead. Undefined takes it away. */
export interface Change {
  readonly what: string;
  readonly path: string;
  readonly value?: unknown;
}

/** The claims with one change. */
export const changed = (given: Claims, { path, value }: Change): Claims => {
  const change = (at: unknown, names: readonly string[]): unknown => {
    const [name = '', ...rest] = names;
    const members: Readonly<Record<string, unknown>> = typeof at === 'object' && at !== null ? { ...at } : {};
    if (rest.length > 0) return { ...members, [name]: change(members[name], rest) };
    const { [name]: _, ...others } = members;
    return value === undefined ? others : { ...others, [name]: value };
  };
  const made = change(given, path.split('.'));
  return { ...(typeof made === 'object' ? made : {}) };
};

const SPACE = 'submods.confidential_space.support_attributes';
const CONTAINER = 'submods.container';

/** Every claim that the condition or the mapping reads, and what holds it. */
const CLAIMS = [
  'swname',
  'submods',
  'submods.confidential_space',
  SPACE,
  'dbgstat',
  'secboot',
  'hwmodel',
  'submods.gce',
  'submods.gce.project_number',
  'submods.gce.instance_id',
  'google_service_accounts',
  CONTAINER,
  `${CONTAINER}.restart_policy`,
  `${CONTAINER}.image_digest`,
];

/** Another value of the right type. */
const others = ({ operator }: Law): Readonly<Record<string, readonly [path: string, value: unknown]>> => {
  const other = `other@${operator.projectId}.iam.gserviceaccount.com`;
  return {
    'a plain VM': ['swname', 'GCE'],
    'a name in small letters': ['swname', 'confidential_space'],
    'an image that is only usable': [SPACE, ['USABLE']],
    'a debug image': [SPACE, []],
    'an attribute that begins alike': [SPACE, ['LATEST', 'STABLE_CANDIDATE', 'USABLE']],
    'a debugger': ['dbgstat', 'enabled'],
    'a debugger that was there since boot': ['dbgstat', 'disabled'],
    'no secure boot': ['secboot', false],
    'a shielded VM': ['hwmodel', 'GCP_SHIELDED_VM'],
    'another project': ['submods.gce.project_number', '999999999999'],
    'another account': ['google_service_accounts', [other]],
    'one more account': ['google_service_accounts', [operator.workloadAccount, other]],
    'the account twice': ['google_service_accounts', [operator.workloadAccount, operator.workloadAccount]],
    'no account': ['google_service_accounts', []],
    'a container that restarts': [`${CONTAINER}.restart_policy`, 'Always'],
    'a container that restarts on failure': [`${CONTAINER}.restart_policy`, 'OnFailure'],
    'another command': [`${CONTAINER}.cmd_override`, ['node', '-e', '1']],
    'one more word in the command': [`${CONTAINER}.cmd_override`, ['']],
    'one more environment value': [`${CONTAINER}.env_override`, { KEYTURN_TURN: 'main/1', NODE_OPTIONS: '--inspect' }],
    'another launcher folder': [`${CONTAINER}.env_override`, { KEYTURN_LAUNCHER_DIR: '/tmp' }],
  };
};

/** Claims of another type, which a careless comparison would take for the right value. */
const retyped = ({ operator }: Law): readonly (readonly [path: string, value: unknown])[] => [
  [SPACE, 'LATEST STABLE USABLE'],
  ['google_service_accounts', operator.workloadAccount],
  ['submods.gce.project_number', Number(operator.projectNumber)],
  ['secboot', 'true'],
  ['secboot', 1],
  ['swname', ['CONFIDENTIAL_SPACE']],
  ['dbgstat', ['disabled-since-boot']],
  ['hwmodel', ['GCP_AMD_SEV']],
  [`${CONTAINER}.restart_policy`, ['Never']],
  [`${CONTAINER}.cmd_override`, 'sh'],
  [`${CONTAINER}.env_override`, ['NODE_OPTIONS=--inspect']],
  [`${CONTAINER}.env_override`, 'KEYTURN_TURN'],
];

/** What the attestation service would sign for somebody else, or for us on a bad day. Each differs from a good token in one claim. */
export const badChanges = (law: Law): readonly Change[] => [
  ...Object.entries(others(law)).map(([what, [path, value]]) => ({ what, path, value })),
  ...CLAIMS.flatMap((path) => [
    { what: `no ${path}`, path },
    { what: `${path} of null`, path, value: null },
  ]),
  ...retyped(law).map(([path, value]) => ({ what: `${path} of ${JSON.stringify(value)}`, path, value })),
];

/** None of them may open anything. */
export const badTokens = (law: Law): readonly Token[] =>
  badChanges(law).map((change) => ({ what: change.what, claims: changed(claims(production(law)), change) }));
