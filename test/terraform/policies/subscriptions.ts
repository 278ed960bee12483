import { type Topics, topicsOf } from '#schemas/names.ts';
import { block, ofType, type Resource, text } from '../plan.ts';
import type { Policy, Subject } from './finding.ts';

/** Which topic feeds which function, and how long Pub/Sub waits for the answer (s): launch and reconcile wait for VMs. */
const FEEDS: readonly { readonly step: string; readonly topic: keyof Topics; readonly deadline: number }[] = [
  { step: 'intake', topic: 'transactionRequests', deadline: 60 },
  { step: 'collect', topic: 'shares', deadline: 60 },
  { step: 'launch', topic: 'approved', deadline: 600 },
  { step: 'finalize', topic: 'submitted', deadline: 60 },
  { step: 'reconcile', topic: 'ticks', deadline: 600 },
];

const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
const WEEK = '604800s';

export const pushes = ({ plan }: Pick<Subject, 'plan'>): readonly Resource[] =>
  ofType(plan, 'google_pubsub_subscription').filter(
    ({ values }) => text(block(values, 'push_config'), 'push_endpoint') !== '',
  );

const feedProblems = (
  { plan, config: { law } }: Subject,
  { address, values }: Resource,
  { step, topic, deadline }: (typeof FEEDS)[number],
): readonly string[] => {
  const endpoint = text(block(values, 'push_config'), 'push_endpoint');
  const token = block(values, 'push_config', 'oidc_token');
  const audience = text(token, 'audience');
  const service = ofType(plan, 'google_cloudfunctions2_function').find(({ values: of }) =>
    new RegExp(`(^|-)${step}$`).test(text(of, 'name')),
  );
  const timeout = Number(text(block(service?.values, 'service_config'), 'timeout_seconds') || '60');
  const root = text(block(service?.values, 'service_config'), 'uri');
  const retry = block(values, 'retry_policy');
  const dead = block(values, 'dead_letter_policy');
  const ticks = topic === 'ticks';
  const attempts = Number(text(dead, 'max_delivery_attempts') || '0');
  const checks: readonly (readonly [boolean, string])[] = [
    [text(values, 'ack_deadline_seconds') === String(deadline), `the deadline of ${step} must be ${deadline} s`],
    [service !== undefined, `there is no function ${step}`],
    [
      audience === root && root !== '',
      `the audience must be ${root || '(unknown)'}, the root of ${step}, not ${audience || '(unknown)'}`,
    ],
    [
      endpoint === root || endpoint === `${root}/`,
      `the endpoint must be the root of ${step}, not ${endpoint || '(unknown)'}`,
    ],
    [/^[^@]+@[^@]+$/.test(text(token, 'service_account_email')), 'must push with an OIDC token'],
    [timeout <= deadline, `${step} may run ${timeout} s, but Pub/Sub asks again after ${deadline} s`],
    [ticks || text(values, 'message_retention_duration') === WEEK, 'messages must be kept 7 days'],
    [!ticks || text(values, 'message_retention_duration') === '600s', 'ticks must be kept 10 minutes'],
    [
      ticks || (text(retry, 'minimum_backoff') !== '' && text(retry, 'maximum_backoff') === '600s'),
      'needs backoff to 600s',
    ],
    [ticks || last(text(dead, 'dead_letter_topic')) === topicsOf(law.name).deadLetters, 'has no dead letters'],
    [
      ticks || (attempts >= 20 && attempts <= 100),
      `${attempts} attempts: an outage of hours must not bury good requests`,
    ],
    [!ticks || dead === undefined, 'ticks must have no dead letters'],
    [text(values, 'filter') === '', 'a filter drops what it does not match'],
  ];
  return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: ${why}`]));
};

/** Two functions at one address would make every check of an address worthless. */
const rootsDiffer = ({ plan }: Subject): readonly string[] => {
  const roots = ofType(plan, 'google_cloudfunctions2_function').map(({ values }) =>
    text(block(values, 'service_config'), 'uri'),
  );
  return new Set(roots).size === roots.length ? [] : ['two functions have one uri'];
};

export const functionsAreFed: Policy = (subject) => {
  const topics = topicsOf(subject.config.law.name);
  const all = pushes(subject);
  const fed = FEEDS.flatMap((feed) => {
    const own = all.filter(({ values }) => last(text(values, 'topic')) === topics[feed.topic]);
    const [only] = own;
    return own.length !== 1 || only === undefined
      ? [`${topics[feed.topic]}: ${own.length} push subscriptions, not one`]
      : feedProblems(subject, only, feed);
  });
  const known = new Set(FEEDS.map(({ topic }) => topics[topic]));
  const strange = all.filter(({ values }) => !known.has(last(text(values, 'topic'))));
  return [
    ...rootsDiffer(subject),
    ...fed,
    ...strange.map(({ address }) => `${address}: feeds no function of the design`),
  ];
};

/** 31 idle days delete a subscription unless it says otherwise, and with it whatever comes after. */
export const subscriptionsStay: Policy = ({ plan }) =>
  ofType(plan, 'google_pubsub_subscription').flatMap(({ address, values }) => {
    const policy = block(values, 'expiration_policy');
    return policy !== undefined && policy.ttl === '' ? [] : [`${address}: expires: expiration_policy must have ttl ""`];
  });

/** Dead letters that nobody holds are gone. */
export const deadLettersAreHeld: Policy = ({ plan, config: { law } }) => {
  const topic = topicsOf(law.name).deadLetters;
  const held = ofType(plan, 'google_pubsub_subscription').some(
    ({ values }) => last(text(values, 'topic')) === topic && block(values, 'push_config') === undefined,
  );
  return held ? [] : [`${topic}: no subscription holds what arrives there`];
};
