import { z } from 'zod';
import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';

/**
 * The body of instances.insert: the fields a Confidential Space VM needs, by allow-list (compute v1 Instance). A field that is not named
 * here is refused by name. The exceptions are the empty maps that the client adds to every call.
 */
const NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_KEY = /^[a-z][-_a-z0-9]{0,62}$/;
const LABEL_VALUE = /^[-_a-z0-9]{0,63}$/;
const METADATA_KEY = /^[-_a-zA-Z0-9]{1,127}$/;
const METADATA_VALUE_LIMIT = 256 * 1024;
const METADATA_LIMIT = 512 * 1024;
/** Machine families that can run each technology (supported-configurations page). */
const FAMILIES = { SEV: ['n2d', 'c2d', 'c3d', 'c4d'], TDX: ['c3'] } as const;

const int64 = z.string().regex(/^(?:0|[1-9][0-9]{0,18})$/, 'not an int64');
const rfc1035 = z.string().regex(NAME, 'not a valid RFC 1035 name of at most 63 characters');
const empty = z.strictObject({});

const labels = z
  .record(z.string(), z.string())
  .refine((map) => Object.entries(map).every(([key, value]) => LABEL_KEY.test(key) && LABEL_VALUE.test(value)), {
    message: 'label keys and values are lower-case letters, digits, - and _, at most 63 of them',
  });

const metadata = z.strictObject({
  items: z
    .array(
      z.strictObject({
        key: z.string().regex(METADATA_KEY, 'not a metadata key'),
        value: z.string().max(METADATA_VALUE_LIMIT, 'metadata value is over 256 KiB'),
      }),
    )
    .refine((items) => new Set(items.map(({ key }) => key)).size === items.length, {
      message: 'duplicate metadata key',
    })
    .refine(
      (items) => items.reduce((sum, { key, value }) => sum + key.length + value.length, 0) < METADATA_LIMIT,
      'metadata is over 512 KiB in total',
    )
    .default([]),
});

const scheduling = z.strictObject({
  // Only what the local machines really do is taken: they are never moved, restarted or preempted.
  onHostMaintenance: z.enum(['TERMINATE', 'MIGRATE']).optional(),
  automaticRestart: z.literal(false, { error: 'unimplemented: automaticRestart other than false' }),
  provisioningModel: z
    .literal('STANDARD', { error: 'unimplemented: provisioningModel other than STANDARD' })
    .optional(),
  maxRunDuration: z.strictObject({ seconds: int64 }).optional(),
  instanceTerminationAction: z.enum(['DELETE', 'STOP']).optional(),
});

const disk = z.strictObject({
  boot: z.literal(true, { error: 'unimplemented: disks that are not the boot disk' }),
  autoDelete: z.literal(true, { error: 'unimplemented: a disk with autoDelete other than true' }),
  initializeParams: z.strictObject({
    sourceImage: z.string().min(1),
    diskSizeGb: int64.refine((size) => BigInt(size) >= 10n, 'the disk is smaller than its image: 10 GB').optional(),
    diskType: z.string().optional(),
    labels: empty.optional(),
    resourceManagerTags: empty.optional(),
  }),
});

/** Also parses what the journal kept of an instance. */
export const instanceBody = z.strictObject({
  name: rfc1035,
  machineType: z.string(),
  minCpuPlatform: z.string().optional(),
  confidentialInstanceConfig: z
    .strictObject({
      enableConfidentialCompute: z.boolean().optional(),
      confidentialInstanceType: z
        .enum(['SEV', 'TDX'], { error: 'unimplemented: confidentialInstanceType other than SEV and TDX' })
        .optional(),
    })
    .optional(),
  shieldedInstanceConfig: z
    .strictObject({
      enableSecureBoot: z.boolean().optional(),
      enableVtpm: z.boolean().optional(),
      enableIntegrityMonitoring: z.boolean().optional(),
    })
    .optional(),
  scheduling,
  disks: z.array(disk).length(1, 'unimplemented: other than exactly one disk'),
  networkInterfaces: z
    .array(z.strictObject({ subnetwork: z.string().optional(), nicType: z.enum(['GVNIC', 'VIRTIO_NET']).optional() }))
    .length(1, 'unimplemented: other than exactly one network interface'),
  serviceAccounts: z
    .array(z.strictObject({ email: z.email(), scopes: z.array(z.string().min(1)).min(1) }))
    .max(1, 'only one service account is allowed per instance')
    .optional(),
  metadata: metadata.optional(),
  labels: labels.optional(),
  tags: z.strictObject({ items: z.array(rfc1035).max(64) }).optional(),
  deletionProtection: z.boolean().optional(),
});

export type InstanceBody = z.infer<typeof instanceBody>;

const invalid = (field: string, message: string): CloudError =>
  new CloudError('INVALID_ARGUMENT', `Invalid value for field 'resource.${field}': ${message}.`);

const dotted = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');

const refusalOf = (issue: z.core.$ZodIssue): CloudError => {
  const path = dotted(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const fields = issue.keys.map((key) => (path === '' ? key : `${path}.${key}`)).join(', ');
    return unimplemented(`compute: field ${fields} of instances.insert`);
  }
  const [marked, rest] = issue.message.split('unimplemented: ');
  return marked === '' && rest !== undefined
    ? unimplemented(`compute: ${path}: ${rest}`)
    : invalid(path, issue.message);
};

/** `zones/Z/machineTypes/T`, also behind a project or a full URL. Throws INVALID_ARGUMENT for a type of another zone. */
const machineTypeOf = (text: string, zone: string): string => {
  const match = /(?:^|\/)zones\/([^/]+)\/machineTypes\/([a-z0-9-]+)$/.exec(text);
  if (match?.[1] !== zone || match[2] === undefined)
    throw invalid('machineType', `'${text}' is not zones/${zone}/machineTypes/TYPE`);
  return match[2];
};

const checkConfidential = (given: InstanceBody, machineType: string): void => {
  if (given.confidentialInstanceConfig?.enableConfidentialCompute !== true) return;
  const technology = given.confidentialInstanceConfig.confidentialInstanceType ?? 'SEV';
  if (!FAMILIES[technology].some((family) => machineType.startsWith(`${family}-`)))
    throw invalid('machineType', `${machineType} does not support confidential computing with ${technology}`);
  if (technology === 'TDX' && given.scheduling.onHostMaintenance !== 'TERMINATE')
    throw invalid('scheduling.onHostMaintenance', 'a confidential TDX instance needs TERMINATE');
};

const checkDuration = ({ maxRunDuration, instanceTerminationAction }: InstanceBody['scheduling']): void => {
  if ((maxRunDuration === undefined) !== (instanceTerminationAction === undefined))
    throw invalid('scheduling', 'maxRunDuration and instanceTerminationAction must be given together');
  const seconds = BigInt(maxRunDuration?.seconds ?? 30n);
  if (seconds < 30n || seconds > 10_368_000n)
    throw invalid('scheduling.maxRunDuration', 'must be between 30 seconds and 120 days');
};

/** Parses an instance resource for `zone`. Throws UNIMPLEMENTED naming an unknown field, or INVALID_ARGUMENT naming a bad one. */
export const parseInstanceBody = (given: unknown, zone: string): InstanceBody => {
  const parsed = instanceBody.safeParse(given);
  if (!parsed.success) {
    // An unknown field is told first: a typing error elsewhere must not hide that something would be ignored.
    const issues = parsed.error.issues;
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    throw issue === undefined ? invalid('', 'not an instance') : refusalOf(issue);
  }
  checkConfidential(parsed.data, machineTypeOf(parsed.data.machineType, zone));
  checkDuration(parsed.data.scheduling);
  return parsed.data;
};
