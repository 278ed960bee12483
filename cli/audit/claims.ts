import { z } from 'zod';
import { ALLOWED_ENV } from '#schemas/attestation-condition.ts';
import type { Law } from '#schemas/config.ts';
import { type Check, judged, unchecked } from './check.ts';
import type { Claims } from './token.ts';

/** The claims that count, in the form in which the attestation service writes them. */
const shape = z.looseObject({
  iss: z.string(),
  aud: z.string(),
  eat_nonce: z.string(),
  dbgstat: z.string(),
  secboot: z.boolean(),
  swname: z.string(),
  hwmodel: z.string(),
  google_service_accounts: z.array(z.string()),
  submods: z.looseObject({
    confidential_space: z.looseObject({ support_attributes: z.array(z.string()).optional() }),
    container: z.looseObject({
      image_digest: z.string(),
      restart_policy: z.string(),
      cmd_override: z.array(z.unknown()).nullish(),
      env_override: z.record(z.string(), z.unknown()).nullish(),
    }),
    gce: z.looseObject({ project_id: z.string(), project_number: z.string() }),
  }),
});

const ISSUER = 'https://confidentialcomputing.googleapis.com';
const HARDWARE = ['GCP_AMD_SEV', 'GCP_INTEL_TDX'];

const differs = (what: string, told: string, wanted: string): string | undefined =>
  told === wanted ? undefined : `the token says ${what} ${told}, not ${wanted}`;

export const CLAIM_CHECKS = ['claims', 'nonce', 'debug', 'platform', 'project', 'overrides', 'image'] as const;

/** What the machine was that made the seal. `nonce`: hash of the seal. `image`: the digest that the auditor expects, `sha256:…`. */
export const claimChecks = (
  claims: Claims,
  { nonce, law, image }: { readonly nonce: string; readonly law: Law; readonly image: string | undefined },
): readonly Check[] => {
  const parsed = shape.safeParse(claims);
  if (!parsed.success)
    return CLAIM_CHECKS.map((name) => judged(name, 'the token lacks a claim, or has it in another form', ''));
  const { submods, ...top } = parsed.data;
  const { container, confidential_space: space, gce } = submods;
  const { operator } = law;
  const isStable = space.support_attributes?.includes('STABLE') === true;
  const platform =
    differs('software', top.swname, 'CONFIDENTIAL_SPACE') ??
    (isStable ? undefined : 'the token does not call the image STABLE') ??
    (top.secboot ? undefined : 'the machine did not boot securely') ??
    (HARDWARE.includes(top.hwmodel) ? undefined : `the token names the hardware ${top.hwmodel}`);
  const accounts = top.google_service_accounts.join(', ');
  const project =
    differs('project', gce.project_id, operator.projectId) ??
    differs('project number', gce.project_number, operator.projectNumber) ??
    differs('account', accounts, operator.workloadAccount);
  const named = Object.keys(container.env_override ?? {}).find((name) => !ALLOWED_ENV.includes(name));
  const overrides =
    differs('restart policy', container.restart_policy, 'Never') ??
    ((container.cmd_override ?? []).length === 0 ? undefined : 'the command was given from outside') ??
    (named === undefined ? undefined : `the value ${named} was given from outside`);
  return [
    judged(
      'claims',
      differs('issuer', top.iss, ISSUER) ?? differs('audience', top.aud, 'keyturn/v1/seal'),
      `issued ${new Date(claims.iat * 1000).toISOString()} for keyturn/v1/seal`,
    ),
    judged('nonce', differs('nonce', top.eat_nonce, nonce), 'the nonce is the hash of the seal'),
    judged('debug', differs('dbgstat', top.dbgstat, 'disabled-since-boot'), 'debugging was disabled since boot'),
    judged('platform', platform, `Confidential Space, STABLE, secure boot, ${top.hwmodel}`),
    judged('project', project, `project ${gce.project_id}, account ${accounts}, as the law says`),
    judged('overrides', overrides, 'nothing was given from outside but the number of the turn'),
    image === undefined
      ? unchecked('image', `no --image was given to compare with; the token says ${container.image_digest}`)
      : judged('image', differs('image', container.image_digest, image), image),
  ];
};
