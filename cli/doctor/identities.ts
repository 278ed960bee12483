import type { CoSigner, Law } from '#schemas/config.ts';

/** Everybody whom the rules name, as IAM spells them (https://cloud.google.com/iam/docs/principal-identifiers). */
export const FUNCTIONS = ['intake', 'collect', 'launch', 'finalize', 'reconcile'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];
export const ACCOUNTS = [...FUNCTIONS, 'push', 'build', 'workload'] as const;
export type AccountName = (typeof ACCOUNTS)[number];

/** Ids as Terraform chooses them; the workload's stands in the law. */
export const emailOf = ({ name, operator }: Law, account: AccountName): string =>
  account === 'workload'
    ? operator.workloadAccount
    : `${name}-${account}@${operator.projectId}.iam.gserviceaccount.com`;
export const memberOf = (law: Law, account: AccountName): string => `serviceAccount:${emailOf(law, account)}`;

const agent = (projectNumber: string, service: string): string =>
  `serviceAccount:service-${projectNumber}@${service}.iam.gserviceaccount.com`;
/** Google's own, by their documented spelling. */
export const agentsOf = ({ operator }: Law) => ({
  pubsub: agent(operator.projectNumber, 'gcp-sa-pubsub'),
  scheduler: agent(operator.projectNumber, 'gcp-sa-cloudscheduler'),
});

/** //iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/P/providers/X → whatever runs the image with that digest, in that pool. */
export const attestedMember = (provider: string, digest: string): string =>
  `principalSet:${provider.replace(/\/providers\/[^/]+$/, '')}/attribute.image_digest/${digest}`;

export const projectNumberOf = ({ identityProvider }: CoSigner): string =>
  /\/projects\/(\d+)\//.exec(identityProvider)?.[1] ?? '';

/** The agent that announces uploads acts for the project of the bucket, which is the co-signer's or, where it is shared, the operator's. */
export const storageAgents = (law: Law): readonly string[] => [
  ...new Set(
    [law.operator.projectNumber, ...law.coSigners.map(projectNumberOf)].map((one) => agent(one, 'gs-project-accounts')),
  ),
];

export const PUBLIC = ['allUsers', 'allAuthenticatedUsers'];

export const isPerson = (member: string): boolean => /^(user|group):/.test(member);

/** "Owners of the project" in the policy of a bucket: a basic role in other clothes. */
export const isConvenience = (member: string): boolean => /^project(Owner|Editor|Viewer):/.test(member);

/** Google's own agents, which act for a service in a project and cannot be chosen. */
export const isAgent = (member: string): boolean =>
  /@(gcp-sa-[a-z0-9-]+|gs-project-accounts|gcf-admin-robot|serverless-robot-prod|compute-system|container-engine-robot|containerregistry|cloudcomposer-accounts|service-networking)\.iam\.gserviceaccount\.com$/.test(
    member,
  ) || /@cloudservices\.gserviceaccount\.com$/.test(member);
