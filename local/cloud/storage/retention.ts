import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { StoredBucket, StoredObject } from './model.ts';

/** Google's bound: 100 years of 365.25 days. */
const LONGEST_SECONDS = 3_155_760_000;

/** ms since the epoch until which no one may remove this generation; null without a retention policy. */
export const retainedUntil = (bucket: StoredBucket, object: StoredObject): number | null =>
  bucket.retention === null ? null : object.created + bucket.retention.seconds * 1000;

/** Throws 403 while the bucket's retention policy keeps this generation. */
export const requireUnretained = (bucket: StoredBucket, object: StoredObject, now: number): void => {
  const until = retainedUntil(bucket, object);
  if (until !== null && now < until)
    throw new CloudError(
      'PERMISSION_DENIED',
      `Object '${bucket.name}/${object.name}' is subject to bucket's retention policy and cannot be deleted or overwritten until ${new Date(until).toISOString()}`,
      { reason: 'retentionPolicyNotMet' },
    );
};

/** The policy after a patch to `seconds` (null removes it). A locked one only ever grows: the operator who owns the bucket is held too. */
export const changeRetention = (
  bucket: string,
  current: StoredBucket['retention'],
  seconds: number | null,
  now: number,
): StoredBucket['retention'] => {
  if (seconds === null) {
    if (current?.locked)
      throw new CloudError(
        'PERMISSION_DENIED',
        `Bucket '${bucket}' has a locked Retention Policy which cannot be removed.`,
      );
    return null;
  }
  if (!Number.isSafeInteger(seconds) || seconds <= 0 || seconds > LONGEST_SECONDS)
    throw new CloudError(
      'INVALID_ARGUMENT',
      'Retention duration must be greater than zero and less than or equal to 100 years.',
    );
  if (current?.locked && seconds < current.seconds)
    throw new CloudError(
      'PERMISSION_DENIED',
      `Cannot reduce retention duration of a locked Retention Policy for bucket '${bucket}'.`,
    );
  return { seconds, effective: current?.effective ?? now, locked: current?.locked ?? false };
};
