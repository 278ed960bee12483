import type { Binding } from '#cli/app/session.ts';
import { judged } from './cel.ts';
import { attributesOf } from './resources.ts';

/** Who holds one permission, and by which binding. */
export interface Holder {
  readonly member: string;
  readonly role: string;
  /** The resource whose policy says so: the one in question, or its project. */
  readonly at: string;
  /** The condition that could not be judged, so that it is not known whether the binding grants. */
  readonly unjudged?: string;
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
 * Everybody to whom one of the levels grants it now, on that object. Basic roles are left out: they are reported once, for the project. Whoever
 * has it under a condition that cannot be judged is a holder too, and marked.
 */
export const holdersOf = (levels: readonly Level[], roles: Roles, question: Question): readonly Holder[] => {
  const { permission, object, now } = question;
  const context = { resource: attributesOf(object), request: { time: new Date(now) } };
  return levels.flatMap(({ at, bindings }) =>
    bindings
      .filter(({ role }) => !BASIC.includes(role) && roles.get(role)?.has(permission) === true)
      .flatMap(({ condition, members, role }): readonly Holder[] => {
        const holds = judged(condition, context);
        if (holds === false) return [];
        return members.map((member) => ({
          member,
          role,
          at,
          ...(holds === undefined ? { unjudged: condition } : {}),
        }));
      }),
  );
};
