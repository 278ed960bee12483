import { z } from 'zod';
import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';
import type { LifecycleRule, StoredObject } from './model.ts';

const DAY = 86_400_000;

const CONDITIONS = z.strictObject({
  age: z.int().nonnegative().optional(),
  isLive: z.boolean().optional(),
  daysSinceNoncurrentTime: z.int().nonnegative().optional(),
  numNewerVersions: z.int().nonnegative().optional(),
  matchesPrefix: z.array(z.string()).optional(),
  matchesSuffix: z.array(z.string()).optional(),
});

const body = z.looseObject({
  rule: z
    .array(z.looseObject({ action: z.looseObject({ type: z.string() }), condition: z.record(z.string(), z.unknown()) }))
    .optional(),
});

/** Rules from a bucket's `lifecycle` field: action Delete only. https://cloud.google.com/storage/docs/lifecycle */
export const parseLifecycle = (value: unknown): LifecycleRule[] => {
  if (value === null) return [];
  const parsed = body.safeParse(value);
  if (!parsed.success) throw new CloudError('INVALID_ARGUMENT', `Invalid lifecycle: ${z.prettifyError(parsed.error)}`);
  return (parsed.data.rule ?? []).map(({ action, condition }) => {
    if (action.type !== 'Delete') throw unimplemented(`storage: lifecycle action ${action.type}`);
    for (const name of Object.keys(condition))
      if (!(name in CONDITIONS.shape)) throw unimplemented(`storage: lifecycle condition ${name}`);
    const known = CONDITIONS.safeParse(condition);
    if (!known.success)
      throw new CloudError('INVALID_ARGUMENT', `Invalid lifecycle condition: ${z.prettifyError(known.error)}`);
    if (Object.keys(condition).length === 0)
      throw new CloudError('INVALID_ARGUMENT', 'A lifecycle rule needs at least one condition.');
    return {
      age: known.data.age ?? null,
      isLive: known.data.isLive ?? null,
      daysSinceNoncurrentTime: known.data.daysSinceNoncurrentTime ?? null,
      numNewerVersions: known.data.numNewerVersions ?? null,
      matchesPrefix: known.data.matchesPrefix ?? null,
      matchesSuffix: known.data.matchesSuffix ?? null,
    };
  });
};

/** The same rule as the API spells it. */
export const lifecycleResource = (rule: LifecycleRule) => ({
  action: { type: 'Delete' },
  condition: Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null)),
});

/** Whether every condition of the rule holds for this generation, which has `newer` newer ones. */
export const ruleHits = (rule: LifecycleRule, object: StoredObject, newer: number, now: number): boolean =>
  (rule.age === null || now - object.created >= rule.age * DAY) &&
  (rule.isLive === null || rule.isLive === (object.deleted === null)) &&
  (rule.daysSinceNoncurrentTime === null ||
    (object.deleted !== null && now - object.deleted >= rule.daysSinceNoncurrentTime * DAY)) &&
  (rule.numNewerVersions === null || newer >= rule.numNewerVersions) &&
  (rule.matchesPrefix === null || rule.matchesPrefix.some((prefix) => object.name.startsWith(prefix))) &&
  (rule.matchesSuffix === null || rule.matchesSuffix.some((suffix) => object.name.endsWith(suffix)));
