import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LIKE_DIGITS, LIKE_LATIN, oddWords } from '#cli/request/mixed-letters.ts';
import { type Confusables, VECTORS } from '#test/support/confusables/make-vectors.ts';

/** What Unicode calls confusable with ASCII, and what the table of the command line makes of it: nothing is left out in silence. */
const { scripts }: Confusables = JSON.parse(readFileSync(VECTORS, 'utf8'));

const DIFFERS = 'fonts draw it otherwise, and everyday words would be marked';
const LIGATURE = 'passes for a ligature, which is no ASCII letter';
const NUMBER = 'passes for a digit: marked beside digits only';
const SYMBOL = 'is a sign of music, and part of no word';

/** Code points that the table leaves out. */
const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Cyrl: {
    ...{ '0417': NUMBER, '04e0': NUMBER, a644: NUMBER },
    ...{ '0431': DIFFERS, '042c': DIFFERS, '042b': DIFFERS, '042e': DIFFERS, '0433': DIFFERS, '04bd': DIFFERS },
    ...{ '04d4': LIGATURE, '04d5': LIGATURE },
  },
  Grek: {
    ...{ '03b1': DIFFERS, '03b3': DIFFERS, '03b9': DIFFERS, '1fbe': DIFFERS, '037a': DIFFERS, '03c3': DIFFERS },
    ...{ '1d206': SYMBOL, '1d20d': SYMBOL, '1d212': SYMBOL, '1d213': SYMBOL, '1d216': SYMBOL, '1d22a': SYMBOL },
  },
  Armn: { '0561': DIFFERS, '0566': DIFFERS, '057c': DIFFERS, '0584': DIFFERS },
};

const hex = (letter: string): string => (letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
const letter = (code: string): string => String.fromCodePoint(Number.parseInt(code, 16));

describe.each(Object.keys(scripts))('letters of %s that Unicode calls confusable with ASCII', (script) => {
  const confusable = Object.keys(scripts[script] ?? {});
  const table = [...(LIKE_LATIN[script] ?? '')].map(hex);

  test('are in the table, or are left out with a reason; and the table holds no other', () => {
    expect(confusable.length).toBeGreaterThan(10);
    expect([...table, ...Object.keys(LEFT_OUT[script] ?? {})].sort()).toEqual([...confusable].sort());
  });

  test('each of the table is marked in a word of its own', () => {
    for (const code of table) expect(oddWords(`${letter(code)}${letter(code)}`), code).toHaveLength(1);
  });
});

test('what passes for a digit does so by the same data: in 0 and O, which are one there', () => {
  for (const one of LIKE_DIGITS) {
    const like = Object.values(scripts).flatMap((each) => each[hex(one)] ?? []);
    expect(like.length, hex(one)).toBe(1);
    expect(like[0]).toMatch(/^[0-9oO]$/);
  }
});
