import { permissionsOf } from '#local/cloud/runtime/roles.ts';
import { grantsOf } from '../grants-of.ts';
import type { Plan } from '../plan.ts';
import type { Policy } from './finding.ts';
import { customRoles } from './iam.ts';

/**
 * What a role allows. A custom role counts by its definition in the plan, a predefined one as local/cloud/runtime/roles.ts has it. That one
 * is cut down to what the local servers ask for, which holds every right over objects and keys. A role that local/ does not know is empty
 * here; `dataRolesAreUnderstood` keeps such roles away from buckets and keys.
 */
export const permissionsIn = (plan: Plan, role: string): ReadonlySet<string> =>
  understood(plan, role) ?? new Set<string>();

const understood = (plan: Plan, role: string): ReadonlySet<string> | undefined => {
  const custom = customRoles(plan).get(role);
  if (custom !== undefined) return new Set(custom);
  try {
    return permissionsOf(role);
  } catch {
    return undefined;
  }
};

export const dataRolesAreUnderstood: Policy = ({ plan }) =>
  grantsOf(plan).flatMap(({ address, kind, role }) =>
    !['bucket', 'key'].includes(kind) || understood(plan, role) !== undefined
      ? []
      : [`${address}: local/cloud/runtime/roles.ts does not say what ${role} allows: nothing can be checked about it`],
  );
