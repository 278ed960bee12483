import { describe, expect, it } from 'vitest';
import { askedFor, PARTS, USAGE } from '#test/bench/options.ts';

describe('the command line of the bench', () => {
  it('without words measures every part', () => {
    expect(askedFor([])).toEqual({
      kind: 'bench',
      options: { parts: PARTS, full: false, baseline: false, strict: false, json: false, write: false },
    });
  });

  it('runs the named parts, in the order of the table', () => {
    expect(askedFor(['register', 'cli', '--json'])).toMatchObject({
      kind: 'bench',
      options: { parts: ['register', 'cli'], json: true },
    });
  });

  it('measures the baseline in a full run', () => {
    expect(askedFor(['--full'])).toMatchObject({ options: { full: true, baseline: true } });
  });

  it.each([
    ['an unknown part', ['pipelin'], /no part "pipelin"/],
    ['an unknown option', ['--fast'], /--fast/],
    ['a table of some parts', ['cli', '--write'], /--write needs all parts/],
    ['a guard with parts', ['cli', '--guard'], /--guard/],
  ] as const)('refuses %s', (_, args, why) => {
    expect(askedFor(args)).toMatchObject({ kind: 'usage', why: expect.stringMatching(why) });
  });

  it('names every part and exit code in its help', () => {
    expect(askedFor(['-h'])).toEqual({ kind: 'help' });
    for (const word of [...PARTS, '0 measured', '2 wrong usage', '130']) expect(USAGE).toContain(word);
  });
});
