import { describe, expect, it } from 'vitest';
import { folders } from './folders.ts';
import { results } from './results.ts';

describe.skipIf(results === undefined)('terraform/ (SKIPPED where terraform is not installed)', () => {
  it('is formatted', () => {
    expect(results?.format).toBe('');
  });

  it('has the modules, the root and the examples', () => {
    expect(folders().map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'terraform',
        'terraform/examples/lab',
        'terraform/examples/split',
        'terraform/modules/co-signer',
        'terraform/modules/finance',
        'terraform/modules/lab-chain',
        'terraform/modules/operator',
      ]),
    );
  });

  describe.each(folders())('$name', ({ name, hasTests }) => {
    const checked = results?.checked[name];

    it('initialises and validates, without a warning', () => {
      expect(checked?.init).toBe('');
      expect(checked?.validation).toEqual([]);
    });

    it('has tests of its own', () => {
      expect(hasTests).toBe(true);
    });

    it('passes them', () => {
      expect(checked?.tests?.messages).toEqual([]);
      const runs = checked?.tests?.runs ?? [];
      expect(runs.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(runs.length).toBeGreaterThan(0);
    });
  });
});
