import { eventKeyOf } from '#schemas/event-keys.ts';
import { bucketsOf, topicsOf, wakeSubscription } from '#schemas/names.ts';
import type { Grant } from './grants-of.ts';
import { block, ofType, text } from './plan.ts';
import type { Subject } from './policies/finding.ts';
import { pushes } from './policies/subscriptions.ts';

/** The same deployment in words that no name, number or digest enters, so that two deployments can be compared and a table read. */
export interface Vocabulary {
  /** `function intake`, `co-signer alice`, `attested image, pool of alice`, `agent of Pub/Sub`, `dapp` … */
  readonly who: (member: string) => string;
  /** `bucket results`, `topic approved`, `release key of alice`, `project` … */
  readonly what: (grant: Pick<Grant, 'kind' | 'target'>) => string;
}

const swapped = (names: object): ReadonlyMap<string, string> =>
  new Map(Object.entries(names).map(([key, name]) => [String(name), key]));

/** The name of what wakes the turns of a wallet, said of any wallet. */
export const wakeOfAny = ({ name: deployment, wallets }: Subject['config']['law'], name: string): string =>
  wallets.some((wallet) => name === wakeSubscription(deployment, wallet.name))
    ? wakeSubscription(deployment, '{wallet}')
    : name;

const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Google's own agents act for a service; their numbers are projects'. */
const AGENTS: readonly (readonly [RegExp, string])[] = [
  [/@gs-project-accounts\.iam\.gserviceaccount\.com$/, 'agent of Cloud Storage'],
  [/@gcp-sa-pubsub\.iam\.gserviceaccount\.com$/, 'agent of Pub/Sub'],
  [/@gcp-sa-cloudscheduler\.iam\.gserviceaccount\.com$/, 'agent of Cloud Scheduler'],
];

const accountsOf = ({ plan, config: { law } }: Subject): ReadonlyMap<string, string> => {
  const functions = ofType(plan, 'google_cloudfunctions2_function');
  return new Map([
    ...functions.map(
      ({ values }) => [last(text(block(values, 'build_config'), 'service_account')), 'account build'] as const,
    ),
    ...functions.map(
      ({ values }) =>
        [
          text(block(values, 'service_config'), 'service_account_email'),
          `function ${text(block(values, 'build_config'), 'entry_point')}`,
        ] as const,
    ),
    ...pushes({ plan }).map(
      ({ values }) =>
        [text(block(values, 'push_config', 'oidc_token'), 'service_account_email'), 'account push'] as const,
    ),
    [law.operator.workloadAccount, 'account workload'] as const,
  ]);
};

const PRINCIPAL_SET = /\/workloadIdentityPools\/([^/]+)\/attribute\.image_digest\/sha256:[0-9a-f]{64}$/;

export const vocabularyOf = (subject: Subject): Vocabulary => {
  const { law } = subject.config;
  const accounts = accountsOf(subject);
  const pool = (identityProvider: string): string => identityProvider.split('/').at(-3) ?? '';
  const pools = new Map([
    [pool(law.operator.identityProvider), 'operator'],
    ...law.coSigners.map(({ name, identityProvider }) => [pool(identityProvider), name] as const),
  ]);
  const who = (member: string): string => {
    const email = member.replace(/^[a-zA-Z]+:/, '');
    const account = accounts.get(email) ?? AGENTS.find(([pattern]) => pattern.test(email))?.[1];
    if (account !== undefined) return account;
    const owner = pools.get(PRINCIPAL_SET.exec(member)?.[1] ?? '');
    if (owner !== undefined) return `attested image, pool of ${owner}`;
    const [local = ''] = email.split('@');
    return law.coSigners.some(({ name }) => name === local) ? `co-signer ${local}` : local;
  };
  const buckets = swapped(bucketsOf(law.name));
  const topics = swapped(topicsOf(law.name));
  const releaseKeys = new Map(law.coSigners.map(({ name, releaseKey }) => [releaseKey, name]));
  const plain = (name: string): string =>
    name === law.name
      ? 'main'
      : name.replace(new RegExp(`^${law.name}-`), '').replace(new RegExp(`^${law.name.replaceAll('-', '_')}_`), '');
  const what = ({ kind, target }: Pick<Grant, 'kind' | 'target'>): string => {
    if (kind === 'bucket') {
      const holder = law.coSigners.find(({ shareLocation }) => shareLocation.bucket === target);
      return `bucket ${buckets.get(target) ?? (holder === undefined ? plain(target) : `of ${holder.name}'s shares`)}`;
    }
    if (kind === 'topic') return `topic ${topics.get(target) ?? plain(target)}`;
    if (kind === 'key') {
      const owner = releaseKeys.get(target);
      if (owner !== undefined) return `release key of ${owner}`;
      if (target === eventKeyOf(law)) return 'event key';
      const ring = (name: string): string => name.replace(/\/cryptoKeys\/[^/]+$/, '');
      const holder = law.coSigners.find(({ releaseKey }) => ring(releaseKey) === ring(target));
      return holder === undefined ? `key ${target}` : `${last(target)} key of ${holder.name}`;
    }
    if (kind === 'subscription') return `subscription ${plain(wakeOfAny(law, target))}`;
    if (kind === 'service' || kind === 'function') return `function ${plain(target)}`;
    if (kind === 'service account') return accounts.get(target) ?? `account ${plain(target)}`;
    if (kind === 'project') return target === law.operator.projectId ? 'project' : `project ${target}`;
    return `${kind} ${plain(target)}`;
  };
  return { who, what };
};
