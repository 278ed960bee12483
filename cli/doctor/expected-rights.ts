import type { Deployment } from '#cli/app/deployment.ts';
import { wakeSubscription } from '#schemas/names.ts';
import { ACCOUNTS, agentsOf, emailOf, FUNCTIONS, type FunctionName, memberOf, storageAgents } from './identities.ts';
import { accountResource, imageOf, projectResource, subscriptionResource, topicResource } from './resources.ts';
import { anyImage, people, type Rule } from './rules.ts';

/** Who must and who may do what, as terraform/README.md has it; a test compares the two. */

/** What differs from one rule of a kind to the next. */
export type Said = Pick<Rule, 'must' | 'others' | 'means'> & Partial<Rule>;

export const topicRules = (deployment: Deployment): readonly Rule[] => {
  const { law } = deployment.config;
  const { topics } = deployment;
  const image = imageOf(deployment);
  const former = anyImage(law.operator.identityProvider);
  const agents = agentsOf(law);
  const own = (...names: FunctionName[]) => names.map((name) => memberOf(law, name));
  const publish = (key: keyof typeof topics, rule: Said): Rule => ({
    resource: topicResource(law, topics[key]),
    name: `topic ${topics[key]}`,
    permission: 'pubsub.topics.publish',
    ...rule,
  });
  const attach = (key: keyof typeof topics): Rule => ({
    resource: topicResource(law, topics[key]),
    name: `topic ${topics[key]}`,
    permission: 'pubsub.topics.attachSubscription',
    must: [],
    ...(key === 'requestEvents' || key === 'receipts'
      ? { mayAlso: (member: string) => !member.startsWith('principal') }
      : {}),
    others: 'warn',
    means: 'read all that is published there from now on',
  });
  const hints = 'wake the pipeline without need (it decides nothing by a message)';
  return [
    publish('transactionRequests', { must: [], others: 'fine', means: 'ask for transactions' }),
    publish('requestEvents', {
      must: [...own('intake', 'collect', 'finalize', 'reconcile'), ...image],
      mayAlso: former,
      others: 'bad',
      means: 'tell dApps and co-signers false things',
    }),
    publish('receipts', {
      must: own('finalize', 'reconcile'),
      others: 'bad',
      means: 'put payments into the ledger that were never made',
    }),
    publish('approved', { must: own('collect', 'reconcile'), mayAlso: people, others: 'warn', means: hints }),
    publish('submitted', {
      must: [...own('reconcile'), ...image],
      mayAlso: (member) => former(member) || people(member),
      others: 'warn',
      means: hints,
    }),
    publish('shares', {
      must: [],
      may: storageAgents(law),
      mayAlso: people,
      others: 'warn',
      means: hints,
    }),
    publish('ticks', { must: [agents.scheduler], others: 'warn', means: hints }),
    publish('deadLetters', {
      must: [agents.pubsub],
      may: FUNCTIONS.map((name) => memberOf(law, name)),
      others: 'warn',
      means: 'add dead letters that were never messages',
    }),
    ...(['transactionRequests', 'requestEvents', 'receipts', 'approved', 'submitted', 'shares', 'ticks'] as const).map(
      attach,
    ),
  ];
};

/** Push subscriptions by the function that they feed. */
export const pushesOf = ({ topics }: Deployment) => ({
  intake: topics.transactionRequests,
  collect: topics.shares,
  launch: topics.approved,
  finalize: topics.submitted,
  reconcile: topics.ticks,
});

export const subscriptionRules = (deployment: Deployment): readonly Rule[] => {
  const { law } = deployment.config;
  const { topics } = deployment;
  const { pubsub } = agentsOf(law);
  const consume = (subscription: string, rule: Said): Rule => ({
    resource: subscriptionResource(law, subscription),
    name: `subscription ${subscription}`,
    permission: 'pubsub.subscriptions.consume',
    ...rule,
  });
  return [
    ...Object.entries(pushesOf(deployment)).map(([name, topic]) =>
      consume(`${topic}-push`, {
        must: name === 'reconcile' ? [] : [pubsub],
        others: 'bad',
        means: `take messages that ${name} should get`,
      }),
    ),
    ...law.wallets.map(({ name }) =>
      consume(wakeSubscription(law.name, name), {
        must: imageOf(deployment),
        others: 'warn',
        means: 'take what wakes a turn, and make it slower',
      }),
    ),
    ...[`${topics.deadLetters}-operator`, `${topics.receipts}-finance`, `${topics.requestEvents}-dapp`].map((name) =>
      consume(name, {
        must: [],
        may: [pubsub],
        mayAlso: (one) => !one.startsWith('principal'),
        others: 'warn',
        means: 'take its messages',
      }),
    ),
  ];
};

/** What stands in for an account, whoever's: to be it. */
const IMPERSONATION = [
  'iam.serviceAccounts.getAccessToken',
  'iam.serviceAccounts.signBlob',
  'iam.serviceAccounts.signJwt',
  'iam.serviceAccounts.implicitDelegation',
  'iam.serviceAccountKeys.create',
] as const;

export const accountRules = ({ config }: Deployment): readonly Rule[] => {
  const { law } = config;
  return ACCOUNTS.flatMap((account) => {
    const about = { resource: accountResource(emailOf(law, account)), name: `account ${emailOf(law, account)}` };
    return [
      {
        ...about,
        permission: 'iam.serviceAccounts.actAs',
        must: account === 'workload' ? [memberOf(law, 'launch')] : [],
        others: 'bad' as const,
        means: account === 'workload' ? 'start a machine as the workload' : `run code of their own as ${account}`,
      },
      ...IMPERSONATION.map((permission) => ({
        ...about,
        permission,
        must: [],
        others: 'bad' as const,
        means: `be ${account} (${permission})`,
      })),
    ];
  });
};

export const projectRules = ({ config }: Deployment): readonly Rule[] => {
  const { law, operations } = config;
  const about = { resource: projectResource(law.operator.projectId), name: `project ${law.operator.projectId}` };
  const [zone = ''] = operations.zones;
  const turn = `projects/${law.operator.projectId}/zones/${zone}/instances/turn-treasury-1`;
  return [
    {
      ...about,
      permission: 'compute.instances.create',
      object: turn,
      must: [memberOf(law, 'launch')],
      others: 'warn',
      means: 'start machines there',
    },
    {
      ...about,
      permission: 'compute.instances.setMetadata',
      object: turn,
      must: [memberOf(law, 'launch')],
      others: 'warn',
      means: 'change what machines are told',
    },
    {
      ...about,
      permission: 'compute.instances.list',
      must: [memberOf(law, 'reconcile')],
      others: 'fine',
      means: 'list machines',
    },
    {
      ...about,
      permission: 'compute.instances.delete',
      object: turn,
      must: [memberOf(law, 'reconcile')],
      others: 'warn',
      means: 'end machines in the middle of a turn',
    },
    {
      ...about,
      permission: 'confidentialcomputing.challenges.create',
      must: [memberOf(law, 'workload')],
      others: 'fine',
      means: 'ask for attestation',
    },
  ];
};
