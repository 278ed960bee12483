import { describe, expect, it } from 'vitest';
import { POLICIES } from './policies/all.ts';
import { results, SKIPPED } from './results.ts';
import { EXAMPLES, subjectOf } from './subject.ts';

describe.skipIf(results === undefined).each(EXAMPLES)(`the plan of examples/%s${SKIPPED}`, (example) => {
  it.each(Object.entries(POLICIES))('%s', (_, policy) => {
    if (results === undefined) return;
    expect(policy(subjectOf(results, example))).toEqual([]);
  });
});
