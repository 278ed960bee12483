import { expect, test } from 'vitest';
import { skeletonOf } from '#schemas/look-alike.ts';

test.each([
  // The confusables of Unicode, UTS 39, within ASCII letters and digits.
  ['0', 'O'],
  ['1', 'l'],
  ['I', 'l'],
  ['m', 'rn'],
  ['Carol', 'cAR0L'],
  ['mallory', 'rnaIIory'],
  ['ops-team', 'ops.team'],
  ['ops-team', 'OPS_TEAM:'],
])('%s looks like %s', (one, other) => {
  expect(skeletonOf(one)).toBe(skeletonOf(other));
});

test.each([
  ['alice', 'alise'],
  ['bob', 'bobs'],
  ['holder-1', 'holder-2'],
  ['a', ''],
])('%s does not look like %s', (one, other) => {
  expect(skeletonOf(one)).not.toBe(skeletonOf(other));
});
