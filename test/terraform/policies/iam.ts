import { grantsOf } from '../grants-of.ts';
import { KNOWN_PERMISSIONS, KNOWN_ROLES } from '../known-roles.ts';
import { ofType, type Plan, text, texts } from '../plan.ts';
import type { Policy } from './finding.ts';

const BASIC = new Set(['roles/owner', 'roles/editor', 'roles/viewer', 'roles/browser']);

/** Rights that would stay behind: keys outlive the person they were given to, and lists that replace others' members lock people out. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/^google_service_account_key$|^google_storage_hmac_key$/, 'is a key that leaves Google'],
  [/_iam_(binding|policy)$/, 'replaces the rights that others gave: use _iam_member'],
  [/_acl$|_access_control$/, 'is an access list beside IAM'],
];

/** Custom roles by the name that grants use: `projects/P/roles/ID`. */
export const customRoles = (plan: Plan): ReadonlyMap<string, readonly string[]> =>
  new Map(
    ofType(plan, 'google_project_iam_custom_role').map(({ values }) => [
      `projects/${text(values, 'project')}/roles/${text(values, 'role_id')}`,
      texts(values, 'permissions'),
    ]),
  );

export const rolesExist: Policy = ({ plan }) => {
  const custom = customRoles(plan);
  const used = grantsOf(plan).flatMap(({ address, role }) =>
    KNOWN_ROLES.has(role) || custom.has(role) ? [] : [`${address}: there is no role ${role || '(unknown)'}`],
  );
  const permissions = ofType(plan, 'google_project_iam_custom_role').flatMap(({ address, values }) =>
    texts(values, 'permissions').flatMap((permission) =>
      KNOWN_PERMISSIONS.has(permission) ? [] : [`${address}: known/permissions.txt has no permission ${permission}`],
    ),
  );
  return [...used, ...permissions];
};

export const noBasicRoles: Policy = ({ plan }) =>
  grantsOf(plan).flatMap(({ address, role }) => (BASIC.has(role) ? [`${address}: ${role} is a basic role`] : []));

const PUBLIC = /^(allUsers|allAuthenticatedUsers|domain:.*|principalSet:.*\/\*|principal(Set)?:.*workforcePools.*)$/;
const MEMBER_FORM =
  /^(user|group|serviceAccount):[^@\s]+@[a-z0-9.-]+$|^principal(Set)?:\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/(attribute\.[a-z0-9_]+|subject|group)\/.+$/;

export const membersAreNamed: Policy = ({ plan }) =>
  grantsOf(plan).flatMap(({ address, member }) => {
    if (PUBLIC.test(member)) return [`${address}: ${member} is anybody`];
    return MEMBER_FORM.test(member) ? [] : [`${address}: ${member || '(unknown)'} is no member that IAM knows`];
  });

export const nothingForbidden: Policy = ({ plan }) =>
  plan.resources.flatMap(({ address, type }) =>
    FORBIDDEN.flatMap(([pattern, why]) => (pattern.test(type) ? [`${address}: ${type} ${why}`] : [])),
  );

/** The few rights that no single resource can carry, each with the reason that the table of grants gives. */
export const PROJECT_GRANTS: Readonly<Record<string, string>> = {
  'roles/confidentialcomputing.workloadUser': 'attestation has no resource smaller than the project',
  'roles/logging.logWriter': 'log entries are written to the project',
  'roles/monitoring.metricWriter': 'metrics are written to the project',
  'roles/artifactregistry.writer': 'the build writes to a repository that Google makes at the first build',
  'roles/storage.objectViewer': 'the build reads a source bucket that Google makes at the first build',
  'roles/cloudbuild.builds.builder': 'the build runs in the project',
};

/** What no resource can carry before it is there: VMs are born in a project, and a list is asked of one. */
const PROJECT_PERMISSION = /^compute\.(instances|disks|zoneOperations)\.[a-zA-Z]+$/;

/** These would reach every bucket of the project: only with a condition that names the one. */
const ONLY_CONDITIONED = new Set(['roles/storage.objectViewer']);

export const projectGrantsAreListed: Policy = ({ plan }) => {
  const custom = customRoles(plan);
  return grantsOf(plan).flatMap(({ address, kind, role, condition }) => {
    if (kind !== 'project') return [];
    if (ONLY_CONDITIONED.has(role) && condition === undefined)
      return [`${address}: ${role} on a whole project without a condition`];
    const own = custom.get(role);
    return role in PROJECT_GRANTS || own?.every((permission) => PROJECT_PERMISSION.test(permission)) === true
      ? []
      : [`${address}: ${role} on a whole project is not on the list of unavoidable ones`];
  });
};
