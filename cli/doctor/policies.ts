import type { Inspector } from '#cli/app/session.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Findings, type Found, unread, wrong } from './finding.ts';
import { BASIC, type Level, type Roles } from './holders.ts';

/** The permission that shows a policy, by the kind of resource. */
const permissionToRead = (resource: string): string => {
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/\/topics\//, 'pubsub.topics.getIamPolicy'],
    [/\/subscriptions\//, 'pubsub.subscriptions.getIamPolicy'],
    [/\/serviceAccounts\//, 'iam.serviceAccounts.getIamPolicy'],
    [/\/cryptoKeys\//, 'cloudkms.cryptoKeys.getIamPolicy'],
    [/\/keyRings\//, 'cloudkms.keyRings.getIamPolicy'],
    [/\/buckets\//, 'storage.buckets.getIamPolicy'],
    [/\/services\//, 'run.services.getIamPolicy'],
  ];
  return kinds.find(([kind]) => kind.test(resource))?.[1] ?? 'resourcemanager.projects.getIamPolicy';
};

type Read = { readonly level: Level } | { readonly finding: Found };

/** Policies and roles, each asked for once, whatever number of rules speaks of them. */
export const policyReader = (inspector: Inspector) => {
  const policies = new Map<string, Promise<Read>>();
  const roles = new Map<string, Promise<ReadonlySet<string>>>();
  const read = async (resource: string): Promise<Read> => {
    try {
      return { level: { at: resource, bindings: await inspector.policy(resource) } };
    } catch (error) {
      const name = `the policy of ${resource.replace(/^\/\/[^/]+\//, '')}`;
      if (isKeyturnError(error, 'PERMISSION_DENIED')) return { finding: unread(name, permissionToRead(resource)) };
      if (isKeyturnError(error, 'NOT_FOUND'))
        return { finding: wrong(`${resource.replace(/^\/\/[^/]+\//, '')} is not there`, 'terraform apply makes it.') };
      throw error;
    }
  };
  const allows = async (role: string): Promise<ReadonlySet<string>> => {
    try {
      return await inspector.permissionsOf(role);
    } catch (error) {
      // A role that is gone allows nothing.
      if (isKeyturnError(error, 'NOT_FOUND')) return new Set();
      throw error;
    }
  };
  const once = <T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
  return {
    policy: (resource: string) => once(policies, resource, () => read(resource)),
    /** What the roles in these policies allow; a finding for one that may not be read. */
    roles: async (levels: readonly Level[]): Promise<{ readonly roles: Roles; readonly hidden: Findings }> => {
      const names = [...new Set(levels.flatMap(({ bindings }) => bindings.map(({ role }) => role)))];
      const hidden: Found[] = [];
      const known = await mapSome(
        names.filter((name) => !BASIC.includes(name)),
        async (name): Promise<readonly [string, ReadonlySet<string>]> => {
          try {
            return [name, await once(roles, name, () => allows(name))];
          } catch (error) {
            if (!isKeyturnError(error, 'PERMISSION_DENIED')) throw error;
            hidden.push(unread(`what ${name} allows`, 'iam.roles.get'));
            return [name, new Set()];
          }
        },
      );
      return { roles: new Map(known), hidden };
    },
  };
};
export type PolicyReader = ReturnType<typeof policyReader>;

/** The checks of one run share what they have read. */
const readers = new WeakMap<Inspector, PolicyReader>();
export const readerOf = (inspector: Inspector): PolicyReader => {
  const known = readers.get(inspector) ?? policyReader(inspector);
  readers.set(inspector, known);
  return known;
};
