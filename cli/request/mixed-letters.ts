/**
 * Words in which letters pass for others, as a Cyrillic U+0430 does for the a of `paypal`. Whoever writes a request writes its memo, and may spell
 * a name that a co-signer trusts. Every other text of a request is ASCII. The kinds are those of Unicode (UTS 39, 4 and 5.1).
 */

/** Kept as they are: scripts in common use (UAX 31, table 5), and the three mixtures that people write in (UTS 39, "Highly Restrictive"). */
const SCRIPTS = [
  ...'Arab Armn Beng Bopo Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hani Hebr Hira Kana Khmr Knda Laoo Latn Mlym Mymr'.split(
    ' ',
  ),
  ...'Orya Sinh Taml Telu Thaa Thai Tibt'.split(' '),
  'Latn Hani Hira Kana',
  'Latn Hani Bopo',
  'Latn Hani Hang',
].map((names) => {
  const classes = `${names} Zyyy Zinh`.split(' ').map((script) => `\\p{scx=${script}}`);
  return new RegExp(`^[${classes.join('')}]+$`, 'u');
});

/**
 * Letters that pass for Latin ones. Of confusables.txt (UTS 39) it holds those that fonts draw alike; test/vectors/confusables.test.ts says which
 * are left out, and why. The Greek α, γ, ι and σ differ enough, and with them many everyday words would be marked.
 */
export const LIKE_LATIN: Readonly<Record<string, string>> = {
  Cyrl:
    '\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u0475\u0461\u051d\u0445\u0443\u04af\ua647\ua699' +
    '\u0410\u0412\u0421\u0415\u050c\u041d\u0406\u0408\u04c0\u041a\u041c\u041e\u0420\u0405\u0422\u0474\u051c\u0425\u04ae\u0423\ua698',
  Grek:
    '\u03bf\u03bd\u03c1\u03f1\u03c5\u03f2\u03f3\u1d26' +
    '\u0391\u0392\u03f9\u0395\u03dc\u0396\u0397\u0399\u037f\u039a\u039c\u03fa\u039d\u039f\u03a1\u03a4\u03a5\u03d2\u03a7',
  Armn: '\u0570\u0578\u057d\u0581\u0563\u0585\u054d\u054f\u0555',
};

const WHOLLY_LIKE_LATIN = Object.values(LIKE_LATIN).map((letters) => new RegExp(`^[${letters}0-9]+$`, 'u'));

/** Letters that pass for a digit, where digits stand beside them: an amount may be read out of it. */
export const LIKE_DIGITS = '\u0417\u04e0\ua644\u041e\u043e\u039f\u03bf\u0555\u0585';
const AS_NUMBER = new RegExp(`^(?=.*[0-9])(?=.*[${LIKE_DIGITS}])[0-9${LIKE_DIGITS}]+$`, 'u');

/** Digits of two scripts in one number (UTS 39, 5.3): a Bengali four is drawn as 8. */
const isMixedNumber = (word: string): boolean => /[0-9]/.test(word) && /(?![0-9])\p{Nd}/u.test(word);

/** A letter or digit in another dress, as in mathematics or of full width: its plain form is one of ASCII (NFKC). */
const isDressed = (character: string): boolean =>
  /[^\p{ASCII}]/u.test(character) &&
  /[\p{Lu}\p{Ll}\p{Nd}\p{Nl}]/u.test(character) &&
  /^[A-Za-z0-9]$/.test(character.normalize('NFKC'));

const passesForAnother = (word: string): boolean =>
  !SCRIPTS.some((script) => script.test(word)) ||
  [...word].some(isDressed) ||
  isMixedNumber(word) ||
  AS_NUMBER.test(word) ||
  // One letter alone is a word of several languages.
  (WHOLLY_LIKE_LATIN.some((letters) => letters.test(word)) && word.replaceAll(/[0-9]/g, '').length > 1);

/** A word that a person may read as another one. */
export interface OddWord {
  readonly word: string;
  /** Each that is not ASCII, once, as `U+0430`. */
  readonly codePoints: readonly string[];
}

const codePointText = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Each such word once, in the order of the text. Look-alikes within one script (Latin ı for i) are not found. */
export const oddWords = (text: string): readonly OddWord[] => {
  const words = new Set(text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []);
  return [...words].filter(passesForAnother).map((word) => ({
    word,
    codePoints: [...new Set(word.match(/[^\p{ASCII}]/gu) ?? [])].map(codePointText),
  }));
};

/** At most so many are named in one sentence. */
const NAMED = 3;

/** What to warn of; undefined where no word is odd. */
export const oddWordsText = (text: string): string | undefined => {
  const odd = oddWords(text);
  if (odd.length === 0) return undefined;
  const named = odd.slice(0, NAMED).map(({ word, codePoints }) => {
    const more = codePoints.length > NAMED ? ', …' : '';
    return `“${word.length > 40 ? `${[...word].slice(0, 40).join('')}…` : word}” (${codePoints.slice(0, NAMED).join(', ')}${more})`;
  });
  const rest = odd.length > NAMED ? `, and ${odd.length - NAMED} more` : '';
  return `letters that pass for others in ${named.join(', ')}${rest}`;
};
