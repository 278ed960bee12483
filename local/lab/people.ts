import { type Caller, callerNamed } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Law } from '#schemas/config.ts';

/** Everyone in the lab, by the IAM member that the bindings name. */
export const CO_SIGNER_NAMES = [
  'alice',
  'bob',
  'carol',
  'dave',
  'erin',
  'frank',
  'grace',
  'heidi',
  'ivan',
  'judy',
  'mike',
  'niaj',
  'olivia',
  'peggy',
  'rupert',
  'sybil',
] as const;

export const FUNCTION_NAMES = ['intake', 'collect', 'launch', 'finalize', 'reconcile'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

const DOMAIN = 'keyturn.local';

export const user = (name: string): Caller => callerNamed(`user:${name}@${DOMAIN}`);

export const accountEmail = (world: World, name: string): string =>
  `${name}@${world.project.id}.iam.gserviceaccount.com`;
export const account = (world: World, name: string): Caller =>
  callerNamed(`serviceAccount:${accountEmail(world, name)}`);

/** Google's own service agents, which act for Cloud Storage and Pub/Sub. */
export const storageAgent = (world: World): Caller =>
  callerNamed(`serviceAccount:service-${world.project.number}@gs-project-accounts.iam.gserviceaccount.com`);
export const pubsubAgent = (world: World): Caller =>
  callerNamed(`serviceAccount:service-${world.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com`);

/** Whoever set the lab up, and whoever comes through the plain Pub/Sub port. */
export const OWNER = callerNamed(`user:dev@${DOMAIN}`);

/** Pools: the operator's opens buckets and topics, each co-signer's opens that co-signer's key and shares and nothing else. */
export const poolOf = (who: string): string => `keyturn-${who}`;
export const PROVIDER = 'confidential-space';

const attestedIn = (projectNumber: string, pool: string, digest: string): string =>
  `principalSet://iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}/attribute.image_digest/${digest}`;

/** Everything that runs the image of this digest, as one pool sees it. */
export const attested = (world: World, who: string, digest: string): string =>
  attestedIn(world.project.number, poolOf(who), digest);

/** Where the law says that a pool is. */
export interface PoolPlace {
  readonly projectNumber: string;
  readonly pool: string;
  readonly provider: string;
}

/** The pool of the operator or of a co-signer, as the law names it. Throws on anybody else. */
export const poolIn = (law: Law, who: string): PoolPlace => {
  const resource =
    who === 'operator'
      ? law.operator.identityProvider
      : law.coSigners.find(({ name }) => name === who)?.identityProvider;
  const [, projectNumber, pool, provider] =
    /\/projects\/([^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/providers\/([^/]+)$/.exec(
      resource ?? '',
    ) ?? [];
  if (projectNumber === undefined || pool === undefined || provider === undefined)
    throw new Error(`the law names no pool of ${who}`);
  return { projectNumber, pool, provider };
};

/** The same as `attested`, by the law. */
export const attestedBy = (law: Law, who: string, digest: string): string => {
  const { projectNumber, pool } = poolIn(law, who);
  return attestedIn(projectNumber, pool, digest);
};
