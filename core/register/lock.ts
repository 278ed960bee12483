import type { Law } from '#schemas/config.ts';
import type { BucketSettings } from '../ports.ts';

/** Why nothing may be signed over this bucket. `reason` is said of the bucket: "it …". */
export interface RegisterProblem {
  readonly kind: 'other-project' | 'hierarchical-namespace' | 'not-locked' | 'kept-too-short';
  readonly reason: string;
}

/**
 * What is wrong with the register's bucket. Empty where it is the one in the law, locked for as long as the law says. The owner of any
 * other bucket can make a wallet forget what it signed. Folders of a hierarchical namespace can be renamed under any lock.
 */
export const registerProblems = (
  settings: BucketSettings,
  { register }: Pick<Law, 'register'>,
): readonly RegisterProblem[] => {
  const problems: RegisterProblem[] = [];
  if (settings.projectNumber !== register.projectNumber)
    problems.push({
      kind: 'other-project',
      reason: `it is in project ${settings.projectNumber}, the law says ${register.projectNumber}`,
    });
  if (settings.hierarchicalNamespace)
    problems.push({
      kind: 'hierarchical-namespace',
      reason: 'it has a hierarchical namespace, in which folders can be renamed',
    });
  if (register.lock === 'off') return problems;
  if (!settings.retentionLocked) problems.push({ kind: 'not-locked', reason: 'its retention policy is not locked' });
  if (settings.retentionSeconds < register.retentionSeconds)
    problems.push({
      kind: 'kept-too-short',
      reason: `it keeps entries ${settings.retentionSeconds} s, the law says ${register.retentionSeconds}`,
    });
  return problems;
};
