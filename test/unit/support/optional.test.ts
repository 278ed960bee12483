import { afterEach, describe, expect, test, vi } from 'vitest';
import { optional } from '#test/support/optional.ts';

afterEach(() => vi.restoreAllMocks());
const missing = (what: string) => () =>
  Promise.reject(
    Object.assign(new Error(`Cannot find package '${what}' imported from x`), { code: 'ERR_MODULE_NOT_FOUND' }),
  );

describe('an optional package', () => {
  test('that is there is given', async () => {
    expect(await optional('ethers')).toHaveProperty('Wallet');
  });

  test('that is not there is undefined, which is said once', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    expect([await optional('heavy', missing('heavy')), await optional('heavy', missing('heavy'))]).toEqual([
      undefined,
      undefined,
    ]);
    expect(warn.mock.calls).toEqual([['SKIPPED: tests with heavy (the optional package is not installed)']]);
  });

  test('that lacks a package of its own, or breaks otherwise, is a failure', async () => {
    await expect(optional('heavy', missing('part-of-heavy'))).rejects.toThrow('part-of-heavy');
    await expect(optional('heavy', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
