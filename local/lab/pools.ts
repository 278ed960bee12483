import type { Provider } from '#local/cloud/identity/provider.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { accountEmail, PROVIDER, poolOf } from './people.ts';
import { readLabPlan } from './plan-file.ts';

/**
 * The provider of one pool, as the plan of terraform/examples/lab has it. There are k+1 of them, all with the same mapping and condition,
 * each trusted for its owner's things only.
 */
export const providerOf = (world: World, who: string): Provider => {
  const { issuer, allowedAudiences, attributeMapping, attributeCondition } = readLabPlan().provider;
  return {
    projectNumber: world.project.number,
    pool: poolOf(who),
    provider: PROVIDER,
    issuer,
    allowedAudiences,
    attributeMapping,
    attributeCondition: attributeCondition
      .replaceAll('{project number}', world.project.number)
      .replaceAll('{workload account}', accountEmail(world, 'workload')),
  };
};
