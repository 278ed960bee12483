import { describe, expect, it } from 'vitest';
import { lower, risen } from '#test/bench/guard.ts';

const was = { counts: { get: 20 }, ratios: { import: 10 } };

describe('the guard of counts and ratios', () => {
  it.each([
    ['the same', { get: 20 }, { import: 10 }, []],
    ['fewer calls', { get: 1 }, { import: 10 }, []],
    ['a tenth more calls', { get: 22 }, { import: 10 }, []],
    ['more than a tenth more calls', { get: 22.1 }, { import: 10 }, ['get']],
    ['half as much again of CPU', { get: 20 }, { import: 15 }, []],
    ['more of CPU than that', { get: 20 }, { import: 15.1 }, ['import']],
    ['a count that was never written down', { get: 20, patch: 1 }, { import: 10 }, ['patch']],
  ] as const)('%s', (_, counts, ratios, names) => {
    expect(risen(was, { counts, ratios }).map(({ name }) => name)).toEqual(names);
  });

  it('of two measurements takes the lower of each', () => {
    const other = { counts: { get: 21 }, ratios: { import: 9 } };
    expect(lower(was, other)).toEqual({ counts: { get: 20 }, ratios: { import: 9 } });
  });
});
