import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutated } from '#test/simulation/mutate.ts';
import { MUTATIONS } from '#test/simulation/mutations.ts';
import { profileNamed } from '#test/simulation/profiles.ts';

describe('the mutants of the protocol', () => {
  it.each(MUTATIONS)('the text of "$name" stands in the source, and its profile exists', (mutation) => {
    const changed = mutated(join(import.meta.dirname, '..', '..', '..'), mutation);
    expect(changed.size).toBeGreaterThan(0);
    expect(profileNamed(mutation.profile).name).toBe(mutation.profile);
    expect(MUTATIONS.filter(({ name }) => name === mutation.name)).toHaveLength(1);
  });
});
