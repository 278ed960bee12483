import type { Provider } from '#local/cloud/identity/provider.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { accountEmail, type PoolPlace, PROVIDER, poolOf } from './people.ts';
import { readLabPlan } from './plan-file.ts';

/**
 * The provider of one pool, as the plan of terraform/examples/lab has it. There are k+1 of them, all with the same mapping and condition,
 * each trusted for its owner's things only.
 */
export const providerOf = (world: World, who: string): Provider =>
  providerAt(world, { projectNumber: world.project.number, pool: poolOf(who), provider: PROVIDER });

/** The same at the place that a law names, as the plan of its example has it. */
export const providerAt = (world: World, place: PoolPlace, plan = readLabPlan()): Provider => {
  const { issuer, allowedAudiences, attributeMapping, attributeCondition } = plan.provider;
  return {
    ...place,
    issuer,
    allowedAudiences,
    attributeMapping,
    attributeCondition: attributeCondition
      .replaceAll('{project number}', world.project.number)
      .replaceAll('{workload account}', accountEmail(world, 'workload')),
  };
};
