import { describe, expect, it } from 'vitest';
import { folders } from './folders.ts';
import { validatedIn } from './validations.ts';

/** A validation that never refused anything may be one that cannot. */
describe.each(folders())('the validations of $name', ({ path }) => {
  it('each have a run of their own that expects them to refuse', () => {
    const unproven = validatedIn(path).filter(({ rules, refusals }) => refusals < rules);
    expect(unproven).toEqual([]);
  });
});
