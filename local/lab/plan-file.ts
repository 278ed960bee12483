import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * What the plan of an example in terraform/ says, in words that hold for any deployment. `npx node test/terraform/plan-to-bindings.ts
 * --write` makes the file, and a test keeps it fresh. Texts may hold `{project}`, `{bucket KEY}`, `{name}` (the deployment's) and `{until}`
 * (when an acceptance ends). In what is said once for each co-signer they may hold `{co-signer}` and `{prefix}`.
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
  /** None: somebody pulls. `{root}` is the address of the function's service. */
  push: z.strictObject({ function: z.string(), endpoint: z.string(), audience: z.string(), as: z.string() }).optional(),
  ackDeadlineSeconds: z.number().int(),
  retentionSeconds: z.number().int(),
  expires: z.union([z.literal('never'), z.number().int()]),
  retry: z.strictObject({ minimumSeconds: z.number(), maximumSeconds: z.number() }).optional(),
  deadLetters: z.strictObject({ topic: z.string(), attempts: z.number().int() }).optional(),
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
  prefix: z.string().optional(),
});

const retention = z.strictObject({ bucket: z.string(), seconds: z.number().int(), locked: z.boolean() });

export const labPlanSchema = z.strictObject({
  grants: z.array(grant),
  /** For each co-signer alike. */
  coSignerGrants: z.array(grant),
  subscriptions: z.array(subscription),
  coSignerSubscriptions: z.array(subscription),
  notifications: z.array(notification),
  coSignerNotifications: z.array(notification),
  retention: z.array(retention),
  /** What each function finds in its environment besides its law: what Node is told. */
  functionEnvironment: z.record(z.string(), z.string()),
  /** Of the operator's pool and of each co-signer's. */
  provider,
});

export type LabPlan = z.infer<typeof labPlanSchema>;
export type PlannedGrant = LabPlan['grants'][number];
export type PlannedSubscription = LabPlan['subscriptions'][number];

/** The examples of terraform/ that a lab can have the shape of. */
export const SHAPES = ['lab', 'split'] as const;
export type Shape = (typeof SHAPES)[number];

export const planFile = (shape: Shape): URL => new URL(`generated/${shape}-plan.json`, import.meta.url);

const known = new Map<Shape, LabPlan>();

/** Read once: a simulation sets up thousands of labs. Throws where the file is not what the schema says. */
export const readLabPlan = (shape: Shape = 'lab'): LabPlan => {
  const found = known.get(shape) ?? labPlanSchema.parse(JSON.parse(readFileSync(planFile(shape), 'utf8')));
  known.set(shape, found);
  return found;
};
