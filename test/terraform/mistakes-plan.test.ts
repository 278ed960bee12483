import { describe, expect, it } from 'vitest';
import { OPERATIONS_MISTAKES } from './mistakes-operations.ts';
import { PLAN_MISTAKES } from './mistakes-plan.ts';
import { RIGHTS_MISTAKES } from './mistakes-rights.ts';
import { POLICIES } from './policies/all.ts';
import { results, SKIPPED } from './results.ts';
import { subjectOf } from './subject.ts';

/** The policies checked: each mistake is made in the plan of the lab, and must be found by one of them at least. */
describe.skipIf(results === undefined)(`the policies${SKIPPED}`, () => {
  it.each([...PLAN_MISTAKES, ...OPERATIONS_MISTAKES, ...RIGHTS_MISTAKES])('find $what', ({ change, message }) => {
    if (results === undefined) return;
    const subject = subjectOf(results, 'lab');
    const plan = change(subject.plan);
    expect(plan, 'the mistake must change something').not.toEqual(subject.plan);
    const findings = Object.values(POLICIES).flatMap((policy) => policy({ ...subject, plan }));
    expect(findings).toContainEqual(expect.stringMatching(message));
  });
});
