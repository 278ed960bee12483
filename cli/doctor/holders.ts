import type { Binding } from '#cli/app/session.ts';
import { admits } from './cel.ts';

/** Who holds one permission, and by which binding. */
export interface Holder {
  readonly member: string;
  readonly role: string;
  /** The resource whose policy says so: the one in question, or its project. */
  readonly at: string;
}

/** The policy of one resource. */
export interface Level {
  readonly at: string;
  readonly bindings: readonly Binding[];
}

/** A question that a policy answers: https://cloud.google.com/iam/docs/conditions-attribute-reference */
export interface Question {
  readonly permission: string;
  /** `resource.name` as conditions see it. */
  readonly object: string;
  /** ms */
  readonly now: number;
}

export const BASIC = ['roles/owner', 'roles/editor', 'roles/viewer'];

/** Permissions of every role that stands in the policies. */
export type Roles = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Everybody to whom one of the levels grants it now, on that object. Basic roles are left out: they are reported once, for the project. A
 * condition that cannot be evaluated grants nothing, as in IAM.
 */
export const holdersOf = (levels: readonly Level[], roles: Roles, question: Question): readonly Holder[] => {
  const { permission, object, now } = question;
  const context = { resource: { name: object }, request: { time: new Date(now) } };
  return levels.flatMap(({ at, bindings }) =>
    bindings
      .filter(({ role }) => !BASIC.includes(role) && roles.get(role)?.has(permission) === true)
      .filter(({ condition }) => condition === '' || admits(condition, context))
      .flatMap(({ members, role }) => members.map((member) => ({ member, role, at }))),
  );
};
