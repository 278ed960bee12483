import type { Law } from '#schemas/config.ts';

/** Claims of an attestation token, as far as a condition can ask for them. */
export type Claims = Readonly<Record<string, unknown>>;

/** Tokens as Google would sign them: https://cloud.google.com/confidential-computing/confidential-space/docs/reference/token-claims */
export interface Specimen {
  readonly what: string;
  readonly claims: Claims;
  /** The claims that give it away, by the last part of their names. */
  readonly betrayedBy: readonly Claim[];
}

/** What each claim that a condition must read is there for. */
export const PURPOSES = {
  swname: 'assertion.swname (CONFIDENTIAL_SPACE)',
  support_attributes: 'assertion.submods.confidential_space.support_attributes (STABLE)',
  dbgstat: 'assertion.dbgstat (no debugger)',
  secboot: 'assertion.secboot',
  hwmodel: 'assertion.hwmodel (a confidential VM)',
  project_number: "assertion.submods.gce.project_number (the operator's)",
  google_service_accounts: 'assertion.google_service_accounts (the workload account alone)',
  restart_policy: 'assertion.submods.container.restart_policy (Never)',
  cmd_override: 'assertion.submods.container.cmd_override (none)',
  env_override: 'assertion.submods.container.env_override (KEYTURN_TURN alone)',
} as const;
export type Claim = keyof typeof PURPOSES;

interface TokenOptions {
  readonly hwmodel?: string;
  readonly swname?: string;
  readonly dbgstat?: string;
  readonly secboot?: unknown;
  readonly support?: readonly string[];
  readonly projectNumber?: string;
  readonly accounts?: readonly string[];
  readonly restart?: string;
  /** More members of `submods.container`. */
  readonly container?: Claims;
}

/** What a machine runs as: `SEV` or `TDX`, as operations.confidentialType has it. */
const MODELS = { SEV: 'GCP_AMD_SEV', TDX: 'GCP_INTEL_TDX' } as const;
export type Technology = keyof typeof MODELS;

const tokenOf = ({ operator }: Law, digest: string, machine: TokenOptions): Claims => {
  const { hwmodel = 'GCP_AMD_SEV', swname = 'CONFIDENTIAL_SPACE', dbgstat = 'disabled-since-boot' } = machine;
  const { secboot = true, support = ['LATEST', 'STABLE', 'USABLE'], restart = 'Never' } = machine;
  const { projectNumber = operator.projectNumber, accounts = [operator.workloadAccount] } = machine;
  return {
    iss: 'https://confidentialcomputing.googleapis.com',
    aud: 'https://sts.googleapis.com',
    ...{ secboot, oemid: 11129, hwmodel, swname, swversion: ['260900'], dbgstat },
    google_service_accounts: accounts,
    submods: {
      confidential_space: { support_attributes: support, monitoring_enabled: { memory: false } },
      container: {
        image_reference: `registry.invalid/workload@${digest}`,
        image_digest: digest,
        image_id: digest,
        restart_policy: restart,
        args: ['/nodejs/bin/node', 'main.mjs'],
        env: { NODE_ENV: 'production', KEYTURN_TURN: 'treasury/1' },
        env_override: { KEYTURN_TURN: 'treasury/1' },
        ...machine.container,
      },
      gce: {
        zone: 'us-central1-a',
        project_id: operator.projectId,
        project_number: projectNumber,
        instance_name: 'turn-treasury-1',
        instance_id: '1234567890123456789',
      },
    },
  };
};

type Variant = readonly [what: string, betrayedBy: readonly Claim[], machine: TokenOptions];

const specimens = (law: Law, digest: string, variants: readonly Variant[]): readonly Specimen[] =>
  variants.map(([what, betrayedBy, machine]) => ({
    what,
    betrayedBy,
    // Through JSON, as a token comes: a member that is undefined is not there.
    claims: JSON.parse(JSON.stringify(tokenOf(law, digest, machine))),
  }));

/** What must get in. An override that was not used is left out, null or empty, by the age of image and verifier. */
export const goodTokens = (law: Law, digest: string, technology: Technology): readonly Specimen[] => {
  const hwmodel = MODELS[technology];
  return specimens(law, digest, [
    ['the workload', [], { hwmodel }],
    ['the workload with nothing overridden', [], { hwmodel, container: { env_override: undefined } }],
    ['the workload with overrides of null', [], { hwmodel, container: { env_override: null, cmd_override: null } }],
    ['the workload with empty overrides', [], { hwmodel, container: { env_override: {}, cmd_override: [] } }],
  ]);
};

const MORE = { KEYTURN_TURN: 'treasury/1', NODE_OPTIONS: '--inspect' };

/** What must stay out: each differs from the workload in one thing. */
export const badTokens = (law: Law, digest: string): readonly Specimen[] => {
  const { workloadAccount: own, projectId, projectNumber } = law.operator;
  const stranger = `stranger@${projectId}.iam.gserviceaccount.com`;
  const accounts = 'google_service_accounts';
  return specimens(law, digest, [
    ['a VM that is not in Confidential Space', ['swname'], { swname: 'GCE' }],
    ['a debug image', ['dbgstat', 'support_attributes'], { dbgstat: 'enabled', support: [] }],
    ['a debugger in a production image', ['dbgstat'], { dbgstat: 'enabled' }],
    ['a Confidential Space image without support attributes', ['support_attributes'], { support: [] }],
    ['an image that is no longer stable', ['support_attributes'], { support: ['USABLE'] }],
    ['a VM without secure boot', ['secboot'], { secboot: false }],
    ['a shielded VM, whose memory its host can read', ['hwmodel'], { hwmodel: 'GCP_SHIELDED_VM' }],
    ["a VM in another project, with the operator's image", ['project_number'], { projectNumber: `9${projectNumber}` }],
    ['a VM with another service account', [accounts], { accounts: [stranger] }],
    ['a VM with one more service account', [accounts], { accounts: [own, stranger] }],
    ['a container that is restarted always', ['restart_policy'], { restart: 'Always' }],
    ['a container that is restarted on failure', ['restart_policy'], { restart: 'OnFailure' }],
    ['a container with another command', ['cmd_override'], { container: { cmd_override: ['node', '-e', '1'] } }],
    ['a container with one more environment value', ['env_override'], { container: { env_override: MORE } }],
    [
      'a container that is told another launcher',
      ['env_override'],
      { container: { env_override: { KEYTURN_LAUNCHER_DIR: '/tmp' } } },
    ],
  ]);
};

/** The claims of the machine as they are when it runs this image. */
export const claimsOf = (law: Law, digest: string): Claims => tokenOf(law, digest, {});
