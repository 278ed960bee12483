import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Resource } from '#local/cloud/runtime/iam.ts';

/** https://cloud.google.com/storage/docs/buckets#naming; throws INVALID_ARGUMENT. */
export const requireBucketName = (name: string): void => {
  const labels = name.split('.');
  const ok =
    /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name) &&
    labels.every((label) => label.length > 0 && label.length <= 63) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !name.startsWith('goog') &&
    !name.includes('google');
  if (!ok) throw new CloudError('INVALID_ARGUMENT', `Invalid bucket name: '${name}'`);
};

/** https://cloud.google.com/storage/docs/objects#naming; throws INVALID_ARGUMENT. */
export const requireObjectName = (name: string): void => {
  const length = Buffer.byteLength(name);
  const ok =
    length >= 1 &&
    length <= 1024 &&
    name.isWellFormed() &&
    !/[\r\n]/.test(name) &&
    name !== '.' &&
    name !== '..' &&
    !name.startsWith('.well-known/acme-challenge/');
  if (!ok)
    throw new CloudError('INVALID_ARGUMENT', length === 0 ? 'Required object name is empty.' : 'Invalid object name.');
};

const service = 'storage.googleapis.com';

/** What IAM sees of a call on one object. */
export const objectAt = (projectId: string, bucket: string, name: string): Resource => ({
  name: `projects/_/buckets/${bucket}/objects/${name}`,
  type: `${service}/Object`,
  service,
  policies: [`buckets/${bucket}`, `projects/${projectId}`],
});

/** What IAM sees of a call on a bucket, listing its objects included: a condition on object names never grants a list. */
export const bucketAt = (projectId: string, bucket: string): Resource => ({
  name: `projects/_/buckets/${bucket}`,
  type: `${service}/Bucket`,
  service,
  policies: [`buckets/${bucket}`, `projects/${projectId}`],
});

/** What IAM sees of a call on all buckets of a project. */
export const projectAt = (projectId: string): Resource => ({
  name: `projects/${projectId}`,
  type: 'cloudresourcemanager.googleapis.com/Project',
  service,
  policies: [`projects/${projectId}`],
});
