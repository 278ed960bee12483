import { describe, expect, test } from 'vitest';
import { oddWords, oddWordsText } from '#cli/request/mixed-letters.ts';

describe('threat 64: a word whose letters pass for others is named, with its code points', () => {
  // Written as escapes: nobody could read here what is meant.
  test.each<[string, string, string[]]>([
    ['a Cyrillic letter among Latin ones', 'p\u0430ypal', ['U+0430']],
    ['a Greek letter among Latin ones', 'micr\u03bfsoft', ['U+03BF']],
    [
      'a Latin letter among Cyrillic ones',
      '\u043e\u043f\u043ba\u0442\u0430',
      ['U+043E', 'U+043F', 'U+043B', 'U+0442', 'U+0430'],
    ],
    ['Cyrillic among Greek', '\u03bb\u0430\u03bb', ['U+03BB', 'U+0430']],
    [
      'wholly Cyrillic, the example of UTS 39: scope',
      '\u0455\u0441\u043e\u0440\u0435',
      ['U+0455', 'U+0441', 'U+043E', 'U+0440', 'U+0435'],
    ],
    ['wholly Greek capitals: TAX', '\u03a4\u0391\u03a7', ['U+03A4', 'U+0391', 'U+03A7']],
    ['wholly Cyrillic with a digit: co2', '\u0441\u043e2', ['U+0441', 'U+043E']],
    ['full width', '\uff21\uff22', ['U+FF21', 'U+FF22']],
    ['a letter of mathematics', 'p\u{1d41a}y', ['U+1D41A']],
    ['a Roman numeral for l', 'he\u217c\u217co', ['U+217C']],
    ['a script out of use: Cherokee for AH', '\u13aa\u13bb', ['U+13AA', 'U+13BB']],
    ['wholly Armenian: hn', '\u0570\u0578', ['U+0570', 'U+0578']],
    ['a Cyrillic Ze among digits: 3000', '\u0417000', ['U+0417']],
    ['a Greek O among digits: 100', '10\u039f', ['U+039F']],
    ['a Bengali four, which is drawn as 8', '1\u09ea0', ['U+09EA']],
    ['a Cyrillic letter among Japanese ones', '\u6771\u0430', ['U+6771', 'U+0430']],
  ])('%s', (_, word, codePoints) => {
    expect(oddWords(`for ${word}, March`)).toEqual([{ word, codePoints }]);
  });
});

describe('honest text is not marked', () => {
  test.each([
    ['plain', 'Invoice 2026-03, 1,500.00 USDC (net)'],
    ['accents, composed', 'caf\u00e9 M\u00fcller \u0141\u00f3d\u017a Vi\u1ec7t'],
    ['accents, apart', 'cafe\u0301 Mu\u0308ller Vie\u0323\u0302t'],
    ['Russian beside a Latin word', '\u041e\u043f\u043b\u0430\u0442\u0430 USDC \u0437\u0430 \u043c\u0430\u0440\u0442'],
    ['one letter alone, and with a number', '\u0441 \u0410 \u04102'],
    ['a Russian sentence that begins with Ze', '\u0417\u0430 \u043c\u0430\u0440\u0442'],
    ['a house with a letter', '\u0434\u043e\u043c 5\u0431, 3\u0410'],
    ['a number in digits of one script', '\u09e7\u09ea\u09e6 and 140'],
    ['everyday Greek', '\u03b3\u03b9\u03b1 \u03c4\u03bf \u03bd\u03b1 \u03bf\u03b9'],
    ['Japanese with Latin in one word', '\u6771\u4eacABC\u30d3\u30eb \u3042\u308a\u304c\u3068\u3046'],
    ['Korean with Latin', '\ud55c\uad6dABC'],
    ['Hindi with its signs', '\u0939\u093f\u0928\u094d\u0926\u0940'],
    [
      'Arabic, Hebrew, Thai',
      '\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35',
    ],
    ['signs and emoji', 'm\u00b2 \u2116 5 \u2122 \u00bd \u{1f4b8} 1\u00ba'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(oddWordsText(text)).toBeUndefined();
  });
});

test('each word once; three are named, and the rest counted', () => {
  const odd = ['p\u0430y', 'p\u0435y', 'p\u043ey', 'p\u0443y', 'p\u0445y'];
  expect(oddWordsText([...odd, ...odd].join(' '))).toBe(
    'letters that pass for others in “p\u0430y” (U+0430), “p\u0435y” (U+0435), “p\u043ey” (U+043E), and 2 more',
  );
});

test('a long word is cut, and so is the list of its code points', () => {
  expect(oddWordsText(`${'a'.repeat(50)}\u0430\u0435\u043e\u0443`)).toBe(
    `letters that pass for others in “${'a'.repeat(40)}…” (U+0430, U+0435, U+043E, …)`,
  );
});

test('a memo of the largest size takes no time: there is nothing to go back over', () => {
  expect(oddWords('\u0430a'.repeat(341))).toHaveLength(1);
});
