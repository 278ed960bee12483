import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * What the plan of terraform/examples/lab says, in words that hold for any deployment (`npx node test/terraform/plan-to-bindings.ts
 * --write` makes the file, a test keeps it fresh). Texts may hold `{project}`, `{bucket KEY}`, `{name}` (the deployment's), `{until}`
 * (when an acceptance ends) and, in what is said once for each co-signer, `{co-signer}` and `{prefix}`.
 */
const grant = z.strictObject({
  /** `bucket results`, `topic approved`, `subscription approved-push`, `release key of {co-signer}`, `function intake`, `project` … */
  on: z.string(),
  role: z.string(),
  /** Of a custom role; a predefined one means what Google says. */
  permissions: z.array(z.string()).optional(),
  /** `function intake`, `account push`, `agent of Pub/Sub`, `attested image, pool of operator`, `co-signer {co-signer}`, `dapp` … */
  who: z.string(),
  condition: z.string().optional(),
});

const subscription = z.strictObject({
  name: z.string(),
  topic: z.string(),
  /** Written to BigQuery by Pub/Sub itself, which has no local server. */
  exports: z.boolean().optional(),
  /** The function that it pushes to; none: somebody pulls. */
  pushesTo: z.string().optional(),
  pushesAs: z.string().optional(),
  ackDeadlineSeconds: z.number().int(),
  retentionSeconds: z.number().int(),
  minimumBackoffSeconds: z.number().int().optional(),
  maximumBackoffSeconds: z.number().int().optional(),
  maxDeliveryAttempts: z.number().int().optional(),
  filter: z.string().optional(),
});

const provider = z.strictObject({
  issuer: z.string(),
  allowedAudiences: z.array(z.string()),
  attributeMapping: z.record(z.string(), z.string()),
  /** With `{project number}` and `{workload account}`. */
  attributeCondition: z.string(),
});

const notification = z.strictObject({
  bucket: z.string(),
  topic: z.string(),
  eventTypes: z.array(z.string()),
  payloadFormat: z.string(),
});

export const labPlanSchema = z.strictObject({
  grants: z.array(grant),
  /** For each co-signer alike. */
  coSignerGrants: z.array(grant),
  subscriptions: z.array(subscription),
  coSignerSubscriptions: z.array(subscription),
  notifications: z.array(notification),
  /** Of the operator's pool and of each co-signer's. */
  provider,
});

export type LabPlan = z.infer<typeof labPlanSchema>;
export type PlannedGrant = LabPlan['grants'][number];

export const LAB_PLAN_FILE = new URL('generated/lab-plan.json', import.meta.url);

export const readLabPlan = (): LabPlan => labPlanSchema.parse(JSON.parse(readFileSync(LAB_PLAN_FILE, 'utf8')));
