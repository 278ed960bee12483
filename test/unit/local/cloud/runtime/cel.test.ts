import { describe, expect, it } from 'vitest';
import { evaluated } from '#cli/doctor/cel.ts';
import { evaluateCel } from '#local/cloud/runtime/cel.ts';

/**
 * The local cloud may import no room of ours, so it and doctor each have their own evaluator. One table holds both.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md: has(e.f) and `in` ask whether the key is there, whatever its value is.
 */
describe.each([
  ['the local cloud', evaluateCel],
  ['doctor', evaluated],
])('a claim of null, as %s sees it', (_, judge) => {
  const assertion = { n: null, inner: { n: null }, list: [{ n: null }] };
  it.each([
    ['has(assertion.n)', true],
    ["'n' in assertion", true],
    ['assertion.n == null', true],
    ['has(assertion.inner.n)', true],
    ["'n' in assertion.list[0]", true],
    ['assertion.list.all(one, has(one.n))', true],
    ['size(assertion) == 3', true],
    ['has(assertion.other)', false],
    ["'other' in assertion", false],
    ["'n' in assertion.list", false],
  ])('%s is %s', (expression, value) => {
    expect(judge(expression, { assertion })).toBe(value);
  });

  it('has no size, as an absent one has none', () => {
    expect(() => judge('!has(assertion.n) || size(assertion.n) == 0', { assertion })).toThrow();
    expect(() => judge('size(assertion.other) == 0', { assertion })).toThrow();
  });
});
