import { describe, expect, it } from 'vitest';
import { evaluateCel } from '#local/cloud/runtime/cel.ts';

/** https://github.com/google/cel-spec/blob/master/doc/langdef.md: has(e.f) and `in` ask whether the key is there, whatever its value is. */
describe('a claim of null', () => {
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
    expect(evaluateCel(expression, { assertion })).toBe(value);
  });

  it('has no size, as an absent one has none', () => {
    expect(() => evaluateCel('!has(assertion.n) || size(assertion.n) == 0', { assertion })).toThrow();
    expect(() => evaluateCel('size(assertion.other) == 0', { assertion })).toThrow();
  });
});
