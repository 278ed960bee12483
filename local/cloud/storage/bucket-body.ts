import { z } from 'zod';
import { strictBody } from '#local/cloud/runtime/body.ts';
import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { BucketSettings } from './buckets.ts';
import { parseLifecycle } from './lifecycle.ts';

const seconds = z.union([z.int(), z.string().regex(/^\d{1,12}$/)]).transform(Number);
/** What the service sets itself; a resource read before and sent back whole carries it. */
const output = z.unknown().optional();

const bucketBody = z.strictObject({
  name: z.string().optional(),
  location: z.string().optional(),
  storageClass: z.string().nullish(),
  versioning: z.strictObject({ enabled: z.boolean().nullish() }).nullish(),
  retentionPolicy: z
    .strictObject({ retentionPeriod: seconds, effectiveTime: output, isLocked: z.boolean().optional() })
    .nullish(),
  lifecycle: z.unknown().optional(),
  iamConfiguration: z
    .strictObject({
      uniformBucketLevelAccess: z.strictObject({ enabled: z.boolean().optional(), lockedTime: output }).optional(),
      bucketPolicyOnly: z.strictObject({ enabled: z.boolean().optional(), lockedTime: output }).optional(),
      publicAccessPrevention: z.enum(['inherited', 'enforced']).optional(),
    })
    .optional(),
  softDeletePolicy: z.strictObject({ retentionDurationSeconds: seconds, effectiveTime: output }).nullish(),
  labels: z.record(z.string(), z.string().nullable()).nullish(),
  kind: output,
  id: output,
  selfLink: output,
  etag: output,
  generation: output,
  metageneration: output,
  projectNumber: output,
  timeCreated: output,
  updated: output,
  locationType: output,
});

/** A bucket resource sent by a client. Throws INVALID_ARGUMENT, and UNIMPLEMENTED on whatever this store would not honour. */
export const parseBucketBody = (value: unknown): { name: string | undefined; settings: BucketSettings } => {
  const body = strictBody(bucketBody, value, 'storage: bucket');
  if (body.storageClass && body.storageClass !== 'STANDARD')
    throw unimplemented(`storage: storage class ${body.storageClass}`);
  const { uniformBucketLevelAccess, bucketPolicyOnly, publicAccessPrevention } = body.iamConfiguration ?? {};
  if (uniformBucketLevelAccess?.enabled === false || bucketPolicyOnly?.enabled === false)
    throw unimplemented('storage: access control lists (iamConfiguration.uniformBucketLevelAccess.enabled false)');
  if (body.retentionPolicy?.isLocked)
    throw new CloudError('INVALID_ARGUMENT', 'Retention Policy should not set/unset lock: use lockRetentionPolicy.');
  return {
    name: body.name,
    settings: {
      location: body.location,
      versioning: body.versioning === undefined ? undefined : (body.versioning?.enabled ?? false),
      retentionSeconds: body.retentionPolicy === null ? null : body.retentionPolicy?.retentionPeriod,
      lifecycle: body.lifecycle === undefined ? undefined : parseLifecycle(body.lifecycle),
      publicAccessPrevention,
      softDeleteSeconds: body.softDeletePolicy === null ? 0 : body.softDeletePolicy?.retentionDurationSeconds,
      labels: body.labels,
    },
  };
};
