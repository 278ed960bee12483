import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Binding, Inspector } from '#cli/app/session.ts';
import { permissionsOf } from '#local/cloud/runtime/roles.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Config, Law } from '#schemas/config.ts';
import { bucketsOf, topicsOf } from '#schemas/names.ts';

const grant = z.looseObject({
  on: z.string(),
  role: z.string(),
  who: z.string(),
  permissions: z.array(z.string()).optional(),
  condition: z.string().optional(),
});
/** What Terraform's plan of examples/lab grants, as far as this reads it. */
const plan = z
  .looseObject({
    grants: z.array(grant),
    coSignerGrants: z.array(grant),
    provider: z.looseObject({
      issuer: z.string(),
      allowedAudiences: z.array(z.string()),
      attributeMapping: z.record(z.string(), z.string()),
      attributeCondition: z.string(),
    }),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../local/lab/generated/lab-plan.json', import.meta.url), 'utf8')));

const avsc = (name: string) => readFileSync(new URL(`../../../schemas/${name}.avsc`, import.meta.url), 'utf8');
const UNTIL = '2027-01-31T00:00:00Z';

type Names = Readonly<Record<string, string>>;

/** Whom the plan's words mean. */
const memberOf = ({ law }: Config, digest: string, who: string): string => {
  const { operator, coSigners } = law;
  const account = (name: string) =>
    name === 'workload'
      ? operator.workloadAccount
      : `${law.name}-${name}@${operator.projectId}.iam.gserviceaccount.com`;
  const agent = (service: string) =>
    `serviceAccount:service-${operator.projectNumber}@${service}.iam.gserviceaccount.com`;
  const agents: Names = {
    'agent of Cloud Storage': agent('gs-project-accounts'),
    'agent of Pub/Sub': agent('gcp-sa-pubsub'),
    'agent of Cloud Scheduler': agent('gcp-sa-cloudscheduler'),
  };
  const [, own] = /^(?:function|account) (.+)$/.exec(who) ?? [];
  if (own !== undefined) return `serviceAccount:${account(own)}`;
  const [, pool] = /^attested image, pool of (.+)$/.exec(who) ?? [];
  if (pool !== undefined) {
    const provider = pool === 'operator' ? operator : coSigners.find(({ name }) => name === pool);
    const path = (provider?.identityProvider ?? '').replace(/\/providers\/.*$/, '');
    return `principalSet:${path}/attribute.image_digest/${digest}`;
  }
  return agents[who] ?? `user:${who.replace('co-signer ', '')}@example.com`;
};

const resourceOf = (law: Law, on: string): string => {
  const project = law.operator.projectId;
  const [, kind = '', key = ''] = /^(\w+) (.+)$/.exec(on) ?? [];
  const names: Readonly<Record<string, Names>> = {
    bucket: { ...bucketsOf(law.name) },
    topic: { ...topicsOf(law.name) },
  };
  switch (kind) {
    case 'bucket':
      return `//storage.googleapis.com/projects/_/buckets/${names.bucket?.[key]}`;
    case 'topic':
      return `//pubsub.googleapis.com/projects/${project}/topics/${names.topic?.[key]}`;
    case 'subscription':
      return `//pubsub.googleapis.com/projects/${project}/subscriptions/${law.name}-${key}`;
    case 'account':
      return `//iam.googleapis.com/projects/-/serviceAccounts/${law.operator.workloadAccount}`;
    case 'function':
      return `//run.googleapis.com/projects/${project}/locations/us-central1/services/${law.name}-${key}`;
    case 'release':
      return `//cloudkms.googleapis.com/${law.coSigners.find(({ name }) => on.endsWith(` ${name}`))?.releaseKey}`;
    default:
      return on === 'project' ? `//cloudresourcemanager.googleapis.com/projects/${project}` : `//unasked/${on}`;
  }
};

/** Roles that the local cloud has no use for, as Google describes them. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  'roles/iam.serviceAccountTokenCreator': [
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.implicitDelegation',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.signJwt',
  ],
  'roles/storage.legacyBucketOwner': [
    ...[
      'storage.buckets.get',
      'storage.buckets.getIamPolicy',
      'storage.buckets.setIamPolicy',
      'storage.buckets.update',
    ],
    ...['storage.objects.create', 'storage.objects.delete', 'storage.objects.list'],
  ],
  // Cut down to what concerns buckets.
  'roles/iam.securityAdmin': ['storage.buckets.getIamPolicy', 'storage.buckets.setIamPolicy'],
  'projects/lab-project/roles/bucketTuner': ['storage.buckets.get', 'storage.buckets.update'],
  'roles/pubsub.serviceAgent': ['iam.serviceAccounts.getOpenIdToken', 'iam.serviceAccounts.getAccessToken'],
};

export interface PlannedCloud extends Inspector {
  /** The policy of each resource: to be spoiled. */
  readonly policies: Map<string, Binding[]>;
  /** Resources and other things that this identity may not see. */
  readonly hidden: Set<string>;
  readonly asked: string[];
  readonly at: (on: string) => string;
  readonly member: (who: string) => string;
}

/** Google Cloud after Terraform was applied as examples/lab has it. */
export const plannedCloud = (config: Config, digest: string): PlannedCloud => {
  const { law } = config;
  const policies = new Map<string, Binding[]>();
  const roles = new Map<string, readonly string[]>(Object.entries(MORE));
  const lines = [
    ...plan.grants.flatMap((one) =>
      one.on.includes('{wallet}')
        ? law.wallets.map(({ name }) => ({ ...one, on: one.on.replace('{wallet}', name) }))
        : [one],
    ),
    ...law.coSigners.flatMap(({ name, shareLocation }) =>
      plan.coSignerGrants.map((one) => {
        const filled: typeof one = JSON.parse(
          JSON.stringify(one)
            .replaceAll('{co-signer}', name)
            .replaceAll('{bucket keys}', shareLocation.bucket)
            .replaceAll('{prefix}', shareLocation.prefix)
            .replaceAll('{until}', UNTIL),
        );
        return filled;
      }),
    ),
  ];
  for (const { on, role, who, permissions, condition = '' } of lines) {
    const name = permissions === undefined ? role : `projects/p/roles/${permissions.join('_').replaceAll('.', '_')}`;
    if (permissions !== undefined) roles.set(name, permissions);
    const resource = resourceOf(law, on);
    const text = condition
      .replaceAll('{bucket results}', bucketsOf(law.name).results)
      .replaceAll('{project}', law.operator.projectId)
      .replaceAll('{project number}', law.operator.projectNumber);
    const member = memberOf(config, digest, who);
    policies.set(resource, [...(policies.get(resource) ?? []), { role: name, members: [member], condition: text }]);
  }
  const hidden = new Set<string>();
  const asked: string[] = [];
  const see = (what: string): void => {
    asked.push(what);
    if (hidden.has(what)) throw new KeyturnError('PERMISSION_DENIED', `${what}: HTTP 403`);
  };
  const { provider } = plan;
  const { projectId } = law.operator;
  const functions = ['intake', 'collect', 'launch', 'finalize', 'reconcile'];
  return {
    policies,
    hidden,
    asked,
    at: (on) => resourceOf(law, on),
    member: (who) => memberOf(config, digest, who),
    schemaOf: async (topic) => avsc(topic.replace(`${law.name}-`, '')),
    enabledApis: async (_, apis) => new Set(apis),
    policy: async (resource) => {
      see(resource);
      return policies.get(resource) ?? [];
    },
    permissionsOf: async (role) => {
      see(role);
      return new Set(roles.get(role) ?? permissionsOf(role));
    },
    identityProvider: async (name) => {
      see(name);
      const { attributeCondition, attributeMapping, issuer, allowedAudiences } = provider;
      const own = attributeCondition
        .replace(/project_number == '[^']*'/, `project_number == '${law.operator.projectNumber}'`)
        .replace(/accounts == \['[^']*'\]/, `accounts == ['${law.operator.workloadAccount}']`);
      return { condition: own, mapping: attributeMapping, issuer, audiences: allowedAudiences, disabled: false };
    },
    subscription: async (name) => ({
      topic: `projects/${projectId}/topics/${name.replace(/-push$/, '')}`,
      push: {
        endpoint: 'https://function.invalid',
        account: `${law.name}-push@${projectId}.iam.gserviceaccount.com`,
        audience: 'https://function.invalid',
      },
      deadLetters: `projects/${projectId}/topics/${topicsOf(law.name).deadLetters}`,
      expires: false,
      detached: false,
    }),
    functionsIn: async () =>
      functions.map((name) => ({
        name: `${law.name}-${name}`,
        active: true,
        account: `${law.name}-${name}@${projectId}.iam.gserviceaccount.com`,
        service: `projects/${projectId}/locations/us-central1/services/${law.name}-${name}`,
      })),
    userKeys: async () => 0,
    hasValue: async () => true,
    taggedDigest: async () => undefined,
  };
};
