import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { compileFilter } from './filter.ts';
import type { PushConfig, Subscription } from './model.ts';
import { parseName } from './names.ts';

type Given<T> = T | undefined;

export interface PushDraft {
  readonly pushEndpoint?: Given<string>;
  readonly attributes?: Given<Readonly<Record<string, string>>>;
  readonly oidcToken?: Given<{ readonly serviceAccountEmail?: Given<string>; readonly audience?: Given<string> }>;
}

/** A subscription as a caller asks for it; absent and 0 mean the service's default. Durations in ms. */
export interface SubscriptionDraft {
  readonly name: string;
  readonly topic: string;
  readonly labels?: Given<Readonly<Record<string, string>>>;
  readonly filter?: Given<string>;
  readonly pushConfig?: Given<PushDraft>;
  readonly ackDeadlineSeconds?: Given<number>;
  readonly messageRetentionMs?: Given<number>;
  /** `{}` is never. */
  readonly expirationPolicy?: Given<{ readonly ttlMs?: Given<number> }>;
  readonly deadLetterPolicy?: Given<{
    readonly deadLetterTopic?: Given<string>;
    readonly maxDeliveryAttempts?: Given<number>;
  }>;
  readonly retryPolicy?: Given<{
    readonly minimumBackoffMs?: Given<number>;
    readonly maximumBackoffMs?: Given<number>;
  }>;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const refuse = (why: string): CloudError => new CloudError('INVALID_ARGUMENT', why);

const within = (what: string, value: number, least: number, most: number): number => {
  if (value < least || value > most)
    throw refuse(`${what} out of bounds. You passed ${value}; the value must be between ${least} and ${most}.`);
  return value;
};

/** Undefined where the subscription is pulled. Endpoints may be http here: nothing on loopback has a public certificate. */
const checkPush = (draft: PushDraft | undefined): PushConfig | undefined => {
  const { pushEndpoint = '', attributes = {}, oidcToken } = draft ?? {};
  if (pushEndpoint === '') return undefined;
  if (!/^https?:$/.test(URL.parse(pushEndpoint)?.protocol ?? ''))
    throw refuse(`Invalid push endpoint given (endpoint=${pushEndpoint}).`);
  for (const [key, value] of Object.entries(attributes))
    if (key !== 'x-goog-version' || value !== 'v1') throw refuse(`Unsupported push attribute ${key}=${value}.`);
  if (oidcToken === undefined) return { pushEndpoint, attributes: { ...attributes } };
  const { serviceAccountEmail = '', audience = '' } = oidcToken;
  if (!/^[^@\s]+@[^@\s]+$/.test(serviceAccountEmail))
    throw refuse(`Invalid service account email in the OIDC token config: ${serviceAccountEmail}`);
  return {
    pushEndpoint,
    attributes: { ...attributes },
    oidcToken: audience === '' ? { serviceAccountEmail } : { serviceAccountEmail, audience },
  };
};

const checkDeadLetter = (draft: SubscriptionDraft['deadLetterPolicy']): Pick<Subscription, 'deadLetterPolicy'> => {
  if (draft === undefined) return {};
  const deadLetterTopic = draft.deadLetterTopic ?? '';
  parseName('topics', deadLetterTopic);
  const maxDeliveryAttempts = draft.maxDeliveryAttempts || 5;
  if (maxDeliveryAttempts < 5 || maxDeliveryAttempts > 100)
    throw new CloudError(
      'OUT_OF_RANGE',
      `The value for max_delivery_attempts is out of range. You passed ${maxDeliveryAttempts} in the request, but the value must be between 5 and 100.`,
    );
  return { deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts } };
};

const checkRetry = (draft: SubscriptionDraft['retryPolicy']): Pick<Subscription, 'retryPolicy'> => {
  if (draft === undefined) return {};
  const minimumBackoffMs = within('minimum_backoff (ms)', draft.minimumBackoffMs ?? 10_000, 0, 600_000);
  const maximumBackoffMs = within('maximum_backoff (ms)', draft.maximumBackoffMs ?? 600_000, 0, 600_000);
  if (maximumBackoffMs < minimumBackoffMs)
    throw refuse(
      `The value for maximum_backoff is too small. You passed ${maximumBackoffMs} ms in the request, but the minimum value is ${minimumBackoffMs} ms.`,
    );
  return { retryPolicy: { minimumBackoffMs, maximumBackoffMs } };
};

/** The whole subscription with the service's defaults filled in. Throws INVALID_ARGUMENT or OUT_OF_RANGE. */
export const checkSubscription = (draft: SubscriptionDraft): Subscription => {
  parseName('subscriptions', draft.name);
  const filter = draft.filter ?? '';
  compileFilter(filter);
  const pushConfig = checkPush(draft.pushConfig);
  const expiration = draft.expirationPolicy ?? { ttlMs: 31 * DAY };
  if (expiration.ttlMs !== undefined && expiration.ttlMs < DAY)
    throw refuse(`expiration_policy.ttl (ms) out of bounds. You passed ${expiration.ttlMs}; the minimum is ${DAY}.`);
  return {
    name: draft.name,
    topic: draft.topic,
    labels: { ...draft.labels },
    filter,
    ...(pushConfig === undefined ? {} : { pushConfig }),
    ackDeadlineSeconds: within('ack_deadline_seconds', draft.ackDeadlineSeconds || 10, 10, 600),
    messageRetentionMs: within(
      'message_retention_duration (ms)',
      draft.messageRetentionMs ?? 7 * DAY,
      10 * MINUTE,
      31 * DAY,
    ),
    expirationTtlMs: expiration.ttlMs ?? null,
    ...checkDeadLetter(draft.deadLetterPolicy),
    ...checkRetry(draft.retryPolicy),
  };
};

/** The stored form as a draft again, so that an update changes named fields and is checked as a whole. */
export const draftOf = ({ expirationTtlMs, ...rest }: Subscription): SubscriptionDraft => ({
  ...rest,
  expirationPolicy: expirationTtlMs === null ? {} : { ttlMs: expirationTtlMs },
});
