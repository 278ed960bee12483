import { z } from 'zod';

/** What a plan will make of one resource: every expression is worked out, what only Google knows is absent. */
const changeSchema = z.object({
  address: z.string(),
  mode: z.enum(['managed', 'data']),
  type: z.string(),
  name: z.string(),
  index: z.union([z.string(), z.number()]).optional(),
  change: z.object({ actions: z.array(z.string()), after: z.record(z.string(), z.json()).nullable() }),
});

export const testPlanSchema = z.object({ resource_changes: z.array(changeSchema).default([]) });

export type Json = z.infer<ReturnType<typeof z.json>>;

export interface Resource {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly index: string | number | undefined;
  readonly values: Readonly<Record<string, Json>>;
}

export interface Plan {
  readonly resources: readonly Resource[];
}

export const planOf = (testPlan: z.infer<typeof testPlanSchema>): Plan => ({
  resources: testPlan.resource_changes
    .filter(({ mode }) => mode === 'managed')
    .map(({ address, type, name, index, change }) => ({ address, type, name, index, values: change.after ?? {} })),
});

export const ofType = (plan: Plan, ...types: readonly string[]): readonly Resource[] =>
  plan.resources.filter(({ type }) => types.includes(type));

/** A member that must be a text. A value that is not known at plan time reads as "". */
export const text = (values: Readonly<Record<string, Json>> | undefined, name: string): string => {
  const value = values?.[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
};

const isObject = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The blocks of a name, as a list, whatever their nesting. */
export const blocks = (
  values: Readonly<Record<string, Json>> | undefined,
  name: string,
): readonly Readonly<Record<string, Json>>[] => {
  const value = values?.[name];
  return (Array.isArray(value) ? value : [value]).filter(isObject);
};

/** The first block along a path of names: `block(values, 'push_config', 'oidc_token')`. */
export const block = (
  values: Readonly<Record<string, Json>> | undefined,
  ...names: readonly string[]
): Readonly<Record<string, Json>> | undefined =>
  names.reduce<Readonly<Record<string, Json>> | undefined>((at, name) => blocks(at, name)[0], values);

export const texts = (values: Readonly<Record<string, Json>> | undefined, name: string): readonly string[] => {
  const value = values?.[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
};
