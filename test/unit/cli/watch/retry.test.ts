import { expect, test } from 'vitest';
import { MAX_ATTEMPTS, pauseAfter } from '#cli/watch/retry.ts';

test.each([
  [1, 500, 1000],
  [2, 1000, 2000],
  [3, 2000, 4000],
  [8, 64_000, 128_000],
  [9, 128_000, 256_000],
  [10, 150_000, 300_000],
  [11, 150_000, 300_000],
  [1000, 150_000, 300_000],
])('after %i failed attempts, from %i to %i ms', (failed, least, most) => {
  expect([pauseAfter(failed, 0), pauseAfter(failed, 1)]).toEqual([least, most]);
  expect(pauseAfter(failed, 0.5)).toBe((least + most) / 2);
});

test('one run gives up after twenty minutes at the latest', () => {
  const pauses = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, n) => pauseAfter(n + 1, 1));
  expect(pauses.reduce((sum, one) => sum + one, 0)).toBe((1 + 2 + 4 + 8 + 16 + 32 + 64 + 128 + 256 + 300 + 300) * 1000);
});
