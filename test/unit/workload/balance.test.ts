import { describe, expect, test } from 'vitest';
import { type Pipeline, stage } from '#test/support/stage.ts';

const ETHER = 10n ** 18n;
const wei = (tenths: bigint): string => ((ETHER * tenths) / 10n).toString();

const sealed = (s: Pipeline, id: string): boolean => s.fact(id, 'submitted') !== undefined;

describe('given 2 ETH', () => {
  const poor = (): Pipeline => {
    const s = stage();
    s.chain().funds = 2n * ETHER;
    return s;
  };

  test('what is sealed and not mined yet is spent already: two turns do not seal twice 1.5 ETH', async () => {
    const s = poor();
    const first = await s.submit({ value: wei(15n), reference: 'a' }, 1n);
    const second = await s.submit({ value: wei(15n), reference: 'b' }, 2n);
    expect([sealed(s, first), sealed(s, second)]).toEqual([true, false]);
    expect(s.log.codes('warn')).toContain('BALANCE_LOW');
  });

  test('what a node says is mined is no longer reserved', async () => {
    const s = poor();
    await s.submit({ value: wei(15n), reference: 'a' }, 1n);
    s.chain().mine();
    const second = await s.submit({ value: wei(15n), reference: 'b' }, 2n);
    expect(sealed(s, second)).toBe(true);
  });

  test('a small one passes beside a dear one that is on its way', async () => {
    const s = poor();
    await s.submit({ value: wei(15n), reference: 'a' }, 1n);
    expect(sealed(s, await s.submit({ value: wei(1n), reference: 'b' }, 2n))).toBe(true);
  });

  test('a replacement needs only what it costs beyond what it replaces', async () => {
    const s = poor();
    const dear = await s.submit({ value: wei(15n), reference: 'a' }, 1n);
    const instead = { replaces: dear, nonce: '0', maxFeePerGas: '400000000000', maxPriorityFeePerGas: '4000000000' };
    expect(sealed(s, await s.submit({ ...instead, value: wei(15n), reference: 'b' }, 2n))).toBe(true);
    expect(sealed(s, await s.submit({ ...instead, value: wei(50n), reference: 'c' }, 3n))).toBe(false);
  });
});
