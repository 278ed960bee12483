import type { Subscription } from './model.ts';

/** What Google's push does where no retry policy is set (https://cloud.google.com/pubsub/docs/push#push_backoff), ms. */
const PUSH_BACKOFF = { minimumBackoffMs: 100, maximumBackoffMs: 60_000 };

/**
 * ms from the `failed`th failed delivery to the next: doubled each time between the bounds of the retry policy. Without a policy a
 * pulling subscriber gets the message again at once.
 */
export const backoffMs = ({ retryPolicy, pushConfig }: Subscription, failed: number): number => {
  const policy = retryPolicy ?? (pushConfig === undefined ? undefined : PUSH_BACKOFF);
  if (policy === undefined) return 0;
  return Math.min(policy.maximumBackoffMs, policy.minimumBackoffMs * 2 ** Math.min(failed - 1, 30));
};
