import { z } from 'zod';
import type { Law } from './config.ts';

const optionsSchema = z.strictObject({
  projectNumber: z.string().regex(/^\d{1,20}$/),
  serviceAccount: z.string().regex(/^[a-z0-9.-]+@[a-z0-9.-]+$/),
  allowedEnv: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)),
  hardwareModels: z.array(z.string().regex(/^[A-Z0-9_]+$/)).min(1),
});

export interface ConditionOptions {
  /** The operator's project, where the VM must run. */
  readonly projectNumber: string;
  /** The only account that the VM may have. */
  readonly serviceAccount: string;
  /** Names of `tee-env-*` values that may be set; anything else refuses the VM. */
  readonly allowedEnv: readonly string[];
  readonly hardwareModels?: readonly string[];
}

const list = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(', ')}]`;

/**
 * What an attested VM must be before any pool believes it, as CEL over `assertion`, one clause each (SECURITY.md, "Identity"). Which image may
 * do what is not said here: grants name `attribute.image_digest`. The values go into the text of the condition, so each is checked.
 */
export const conditionClauses = (options: ConditionOptions): readonly string[] => {
  const { projectNumber, serviceAccount, allowedEnv, hardwareModels } = optionsSchema.parse({
    hardwareModels: ['GCP_AMD_SEV', 'GCP_INTEL_TDX'],
    ...options,
  });
  const container = 'assertion.submods.container';
  return [
    "assertion.swname == 'CONFIDENTIAL_SPACE'",
    "'STABLE' in assertion.submods.confidential_space.support_attributes",
    "assertion.dbgstat == 'disabled-since-boot'",
    'assertion.secboot == true',
    `assertion.hwmodel in ${list(hardwareModels)}`,
    `assertion.submods.gce.project_number == '${projectNumber}'`,
    `assertion.google_service_accounts == ['${serviceAccount}']`,
    `${container}.restart_policy == 'Never'`,
    // Tokens differ by the age of image and verifier: an override that was not used is absent, null or empty.
    `(!has(${container}.cmd_override) || ${container}.cmd_override == null || size(${container}.cmd_override) == 0)`,
    `(!has(${container}.env_override) || ${container}.env_override == null || ${container}.env_override.all(name, name in ${list(allowedEnv)}))`,
  ];
};

export const attestationCondition = (options: ConditionOptions): string => conditionClauses(options).join(' && ');

/** What a VM may be told from outside: adapters/compute/instance-resource.ts hands in nothing else. */
export const ALLOWED_ENV = ['KEYTURN_TURN'];

const optionsOf = ({ operator }: Law): ConditionOptions => ({
  projectNumber: operator.projectNumber,
  serviceAccount: operator.workloadAccount,
  allowedEnv: ALLOWED_ENV,
});

/** The clauses that every provider which the law names must ask for, as terraform/modules/attested-pool writes them. */
export const clausesWanted = (law: Law): readonly string[] => conditionClauses(optionsOf(law));

export const conditionWanted = (law: Law): string => attestationCondition(optionsOf(law));

/** The mapping that Google recommends: a subject of about 113 bytes, and the digest that grants name. */
export const attestationMapping = (): Record<string, string> => ({
  'google.subject':
    '"gcpcs::"+assertion.submods.container.image_digest+"::"+assertion.submods.gce.project_number+"::"+assertion.submods.gce.instance_id',
  'attribute.image_digest': 'assertion.submods.container.image_digest',
});
