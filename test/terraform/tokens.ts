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

/** The claims with the member at a path taken away, or set. */
const spoiled = (law: Law, path: string, value?: unknown): Claims => {
  const change = (at: unknown, names: readonly string[]): unknown => {
    const [name = '', ...rest] = names;
    const members: Readonly<Record<string, unknown>> = typeof at === 'object' && at !== null ? { ...at } : {};
    if (rest.length > 0) return { ...members, [name]: change(members[name], rest) };
    const { [name]: _, ...others } = members;
    return value === undefined ? others : { ...others, [name]: value };
  };
  const changed = change(claims(production(law)), path.split('.'));
  return { ...(typeof changed === 'object' ? changed : {}) };
};

const CLAIMS = [
  'swname',
  'submods',
  'submods.confidential_space',
  'submods.confidential_space.support_attributes',
  'dbgstat',
  'secboot',
  'hwmodel',
  'submods.gce',
  'submods.gce.project_number',
  'google_service_accounts',
  'submods.container',
  'submods.container.restart_policy',
  'submods.container.image_digest',
];

/** Claims of another type, which a careless comparison would take for the right value. */
const retyped = (law: Law): readonly (readonly [string, unknown])[] => [
  ['submods.confidential_space.support_attributes', 'LATEST STABLE USABLE'],
  ['google_service_accounts', law.operator.workloadAccount],
  ['submods.gce.project_number', Number(law.operator.projectNumber)],
  ['secboot', 'true'],
  ['submods.container.cmd_override', 'sh'],
  ['submods.container.env_override', ['NODE_OPTIONS=--inspect']],
  ['submods.container.env_override', 'KEYTURN_TURN'],
];

/** Tokens that the attestation service would sign for somebody else, or for us on a bad day. None may open anything. */
export const badTokens = (law: Law): readonly Token[] => [
  ...variants(law, {
    'a plain VM': { swname: 'GCE' },
    'an image that is only usable': { supportAttributes: ['USABLE'] },
    'a debug image': { supportAttributes: [] },
    'a debugger': { dbgstat: 'enabled' },
    'no secure boot': { secboot: false },
    'a shielded VM': { hwmodel: 'GCP_SHIELDED_VM' },
    'another project': { projectNumber: '999999999999' },
    'another account': { serviceAccount: `other@${law.operator.projectId}.iam.gserviceaccount.com` },
    'one more account': { impersonated: [`other@${law.operator.projectId}.iam.gserviceaccount.com`] },
    'a container that restarts': { restartPolicy: 'Always' },
    'a container that restarts on failure': { restartPolicy: 'OnFailure' },
    'another command': { cmdOverride: ['node', '-e', '1'] },
    'one more environment value': { envOverride: { KEYTURN_TURN: 'main/1', NODE_OPTIONS: '--inspect' } },
    'another launcher folder': { envOverride: { KEYTURN_LAUNCHER_DIR: '/tmp' } },
  }),
  ...CLAIMS.flatMap((path) => [
    { what: `no ${path}`, claims: spoiled(law, path) },
    { what: `${path} of null`, claims: spoiled(law, path, null) },
  ]),
  ...retyped(law).map(([path, value]) => ({
    what: `${path} of ${JSON.stringify(value)}`,
    claims: spoiled(law, path, value),
  })),
];
