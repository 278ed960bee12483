import { type LabPlan, labPlanSchema, type PlannedGrant } from '#local/lab/plan-file.ts';
import { bucketsOf, topicsOf } from '#schemas/names.ts';
import { grantsOf } from './grants-of.ts';
import { block, type Json, ofType, type Resource, text, texts } from './plan.ts';
import type { Subject } from './policies/finding.ts';
import { customRoles } from './policies/iam.ts';
import { providersOf } from './providers.ts';
import { type Vocabulary, vocabularyOf, wakeOfAny } from './vocabulary.ts';

const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const keyOf = (names: object, name: string): string =>
  Object.entries(names).find(([, each]) => each === name)?.[0] ?? '';

/** A condition without the names of this deployment. */
const plain = ({ config: { law } }: Subject, condition: string): string =>
  Object.entries(bucketsOf(law.name))
    .reduce((so, [key, name]) => so.replaceAll(`/buckets/${name}/`, `/buckets/{bucket ${key}}/`), condition)
    .replaceAll(`projects/${law.operator.projectId}/`, 'projects/{project}/')
    .replaceAll(`-${law.operator.projectNumber}-`, '-{project number}-')
    .replaceAll(/timestamp\("[^"]+"\)/g, 'timestamp("{until}")');

const grants = (subject: Subject, words: Vocabulary): readonly PlannedGrant[] => {
  const custom = customRoles(subject.plan);
  return grantsOf(subject.plan).map((grant) => {
    const permissions = custom.get(grant.role);
    return {
      on: words.what(grant),
      role: permissions === undefined ? grant.role : 'custom',
      ...(permissions === undefined ? {} : { permissions: [...permissions].sort() }),
      who: words.who(grant.member),
      ...(grant.condition === undefined ? {} : { condition: plain(subject, grant.condition) }),
    };
  });
};

const seconds = (values: Readonly<Record<string, Json>> | undefined, name: string): number | undefined => {
  const found = /^(\d+)s$/.exec(text(values, name))?.[1];
  return found === undefined ? undefined : Number(found);
};

const known = (address: string, values: Readonly<Record<string, Json>> | undefined, names: readonly string[]): void => {
  for (const [name, value] of Object.entries(values ?? {})) {
    const isSet = value !== null && value !== false && value !== '' && (!Array.isArray(value) || value.length > 0);
    if (isSet && !names.includes(name))
      throw new Error(`${address}: local/lab has no ${name}: a setting left out is a setting unseen`);
  }
};

const SETTINGS = [
  'ack_deadline_seconds',
  'bigquery_config',
  'dead_letter_policy',
  'expiration_policy',
  'filter',
  'message_retention_duration',
  'name',
  'project',
  'push_config',
  'retry_policy',
  'topic',
];

/** Google deletes a subscription after 31 days without a use where nothing else is said. */
const expiresOf = (values: Resource['values']): 'never' | number => {
  const policy = block(values, 'expiration_policy');
  if (policy === undefined) return 31 * 86_400;
  return text(policy, 'ttl') === '' ? 'never' : (seconds(policy, 'ttl') ?? Number.NaN);
};

const pushOf = (
  { plan }: Subject,
  words: Vocabulary,
  { address, values }: Resource,
): LabPlan['subscriptions'][number]['push'] => {
  const push = block(values, 'push_config');
  if (push === undefined) return undefined;
  const token = block(push, 'oidc_token');
  known(address, push, ['oidc_token', 'push_endpoint']);
  known(address, token, ['audience', 'service_account_email']);
  const endpoint = text(push, 'push_endpoint');
  const to = ofType(plan, 'google_cloudfunctions2_function').find((each) => {
    const root = text(block(each.values, 'service_config'), 'uri');
    return root !== '' && endpoint.startsWith(root);
  });
  if (to === undefined) throw new Error(`${address} pushes to ${endpoint}, which is no function of this plan`);
  const root = text(block(to.values, 'service_config'), 'uri');
  return {
    function: text(block(to.values, 'build_config'), 'entry_point'),
    endpoint: endpoint.replace(root, '{root}'),
    audience: text(token, 'audience').replace(root, '{root}'),
    as: words.who(text(token, 'service_account_email')),
  };
};

/** Of what wakes the turns of a wallet, said of any wallet. */
const filterOf = ({ wallets }: Subject['config']['law'], values: Resource['values']): string => {
  const own = wallets.map(({ name }) => `attributes.wallet = "${name}"`);
  const filter = text(values, 'filter');
  return own.includes(filter) ? 'attributes.wallet = "{wallet}"' : filter;
};

const subscriptions = (subject: Subject, words: Vocabulary): LabPlan['subscriptions'] => {
  const {
    plan,
    config: { law },
  } = subject;
  return ofType(plan, 'google_pubsub_subscription').map((resource) => {
    const { address, values } = resource;
    known(address, values, SETTINGS);
    const retry = block(values, 'retry_policy');
    const dead = block(values, 'dead_letter_policy');
    const push = pushOf(subject, words, resource);
    return {
      name: wakeOfAny(law, text(values, 'name')).replace(`${law.name}-`, ''),
      topic: keyOf(topicsOf(law.name), last(text(values, 'topic'))),
      ...(block(values, 'bigquery_config') === undefined ? {} : { exports: true }),
      ...(push === undefined ? {} : { push }),
      ackDeadlineSeconds: Number(text(values, 'ack_deadline_seconds')),
      retentionSeconds: seconds(values, 'message_retention_duration') ?? 0,
      expires: expiresOf(values),
      ...(retry === undefined
        ? {}
        : {
            retry: {
              minimumSeconds: seconds(retry, 'minimum_backoff') ?? 10,
              maximumSeconds: seconds(retry, 'maximum_backoff') ?? 600,
            },
          }),
      ...(dead === undefined
        ? {}
        : {
            deadLetters: {
              topic: keyOf(topicsOf(law.name), last(text(dead, 'dead_letter_topic'))),
              attempts: Number(text(dead, 'max_delivery_attempts')),
            },
          }),
      ...(filterOf(law, values) === '' ? {} : { filter: filterOf(law, values) }),
    };
  });
};

/** What is said of every co-signer alike, once; throws where one differs. */
const alike = <T extends object>({ config: { law } }: Subject, all: readonly T[]): { all: T[]; each: T[] } => {
  const told = law.coSigners.map(({ name, shareLocation }) => {
    const word = new RegExp(`(?<![a-z0-9])${name}(?![a-z0-9])`, 'g');
    const own = all.map((one) => JSON.stringify(one)).filter((one) => new RegExp(word).test(one));
    const without = own.map((one) => {
      const prefixed =
        shareLocation.prefix === '' ? one : one.replaceAll(`/objects/${shareLocation.prefix}`, '/objects/{prefix}');
      return prefixed.replaceAll(word, '{co-signer}');
    });
    return { own, without: [...new Set(without)].sort() };
  });
  const [one, ...others] = told;
  for (const [n, other] of others.entries())
    if (other.without.join('\n') !== one?.without.join('\n'))
      throw new Error(`${law.coSigners[n + 1]?.name} has other rights than ${law.coSigners[0]?.name}`);
  const personal = new Set(told.flatMap(({ own }) => own));
  const rest = [...new Set(all.map((each) => JSON.stringify(each)))].filter((each) => !personal.has(each)).sort();
  return { all: rest.map((each) => JSON.parse(each)), each: (one?.without ?? []).map((each) => JSON.parse(each)) };
};

const provider = ({ plan, config: { law } }: Subject): LabPlan['provider'] => {
  const told = providersOf(plan).map(({ issuer, allowedAudiences, attributeMapping, attributeCondition }) => ({
    issuer,
    allowedAudiences: [...allowedAudiences],
    attributeMapping: Object.fromEntries(Object.entries(attributeMapping).sort()),
    attributeCondition: attributeCondition
      .replaceAll(`'${law.operator.projectNumber}'`, "'{project number}'")
      .replaceAll(`'${law.operator.workloadAccount}'`, "'{workload account}'"),
  }));
  const [one] = told;
  if (one === undefined || new Set(told.map((each) => JSON.stringify(each))).size !== 1)
    throw new Error('the pools of the lab must all ask for the same');
  return one;
};

const bucketWord = (words: Vocabulary, target: string): string =>
  words.what({ kind: 'bucket', target }).replace(/^bucket /, '');

const notifications = ({ plan, config: { law } }: Subject, words: Vocabulary): LabPlan['notifications'] =>
  ofType(plan, 'google_storage_notification').map(({ address, values }) => {
    known(address, values, ['bucket', 'event_types', 'object_name_prefix', 'payload_format', 'topic']);
    return {
      bucket: bucketWord(words, text(values, 'bucket')),
      topic: keyOf(topicsOf(law.name), last(text(values, 'topic'))),
      eventTypes: [...texts(values, 'event_types')],
      payloadFormat: text(values, 'payload_format'),
      ...(text(values, 'object_name_prefix') === '' ? {} : { prefix: text(values, 'object_name_prefix') }),
    };
  });

/** How long a bucket keeps what is in it, whoever wants it gone. */
const retention = ({ plan }: Subject, words: Vocabulary): LabPlan['retention'] =>
  ofType(plan, 'google_storage_bucket').flatMap(({ address, values }) => {
    const policy = block(values, 'retention_policy');
    if (policy === undefined) return [];
    known(address, policy, ['is_locked', 'retention_period']);
    const period = Number(text(policy, 'retention_period') || policy.retention_period);
    return [{ bucket: bucketWord(words, text(values, 'name')), seconds: period, locked: policy.is_locked === true }];
  });

/** Without the law, which a lab has its own of. The five are alike, or there is no one text for them. */
const functionEnvironment = ({ plan }: Subject): LabPlan['functionEnvironment'] => {
  const texts = ofType(plan, 'google_cloudfunctions2_function').map(({ values }) => {
    const given = block(values, 'service_config')?.environment_variables;
    const { KEYTURN_CONFIG: _, ...rest } = labPlanSchema.shape.functionEnvironment.parse(given);
    return JSON.stringify(rest);
  });
  const [text = '{}', ...others] = new Set(texts);
  if (others.length > 0) throw new Error(`local/lab has one environment for all functions, not ${texts.join(' ')}`);
  return labPlanSchema.shape.functionEnvironment.parse(JSON.parse(text));
};

/** What local/lab takes over from the plan of an example. */
export const labPlan = (subject: Subject): LabPlan => {
  const words = vocabularyOf(subject);
  const { all, each } = alike(subject, grants(subject, words));
  const pulled = alike(subject, subscriptions(subject, words));
  const told = alike(subject, notifications(subject, words));
  return {
    grants: all,
    coSignerGrants: each,
    subscriptions: pulled.all,
    coSignerSubscriptions: pulled.each,
    notifications: told.all,
    coSignerNotifications: told.each,
    retention: [...retention(subject, words)],
    functionEnvironment: functionEnvironment(subject),
    provider: provider(subject),
  };
};
