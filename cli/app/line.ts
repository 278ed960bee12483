import { createRequire } from 'node:module';
import type { styleText } from 'node:util';

export type Format = Parameters<typeof styleText>[0];
export interface Styled {
  readonly text: string;
  readonly format: Format;
}
export type Span = string | Styled;
export type Line = Span | readonly Span[];

export const bold = (text: string): Styled => ({ text, format: 'bold' });
export const dim = (text: string): Styled => ({ text, format: 'dim' });
export const good = (text: string): Styled => ({ text, format: 'green' });
export const bad = (text: string): Styled => ({ text, format: ['red', 'bold'] });
export const warn = (text: string): Styled => ({ text, format: 'yellow' });

/** Most of what is printed. It draws itself, one column a character, and needs none of what follows, which takes 20 ms to load. */
const PLAIN = /^[\x20-\x7e]*$/;

const codePoint = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/**
 * Text that cannot draw: control, direction-changing, invisible and unassigned characters are written as \u{…}. Requests, facts and answers
 * come from outside, and one escape sequence could paint another destination over the true one. Lookalike spaces too: they move columns; and
 * marks from the third on one letter: stacked, they overdraw the lines above and below.
 */
export const printable = (text: string): string =>
  PLAIN.test(text)
    ? text
    : text.replace(
        /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0\u2800]|(?! )\p{Zs}|(?<=\p{M}{2})\p{M}/gu,
        codePoint,
      );

/** Its pieces. */
export const spans = (line: Line): readonly Span[] => (typeof line === 'string' || 'text' in line ? [line] : line);
/** A piece as it is printed. */
export const printedOf = (span: Span): string => printable(typeof span === 'string' ? span : span.text);
let stringWidth: ((text: string) => number) | undefined;
const measured = (text: string): number => {
  stringWidth ??= createRequire(import.meta.url)('string-width').default as (text: string) => number;
  return stringWidth(text);
};

/** Columns of a terminal: a character of East Asia or an emoji takes two, a combining mark none. */
export const widthOf = (line: Line): number => {
  const text = spans(line).map(printedOf).join('');
  return PLAIN.test(text) ? text.length : measured(text);
};

/** A line without its formats, for programs. */
export const plainText = (line: Line): string => spans(line).map(printedOf).join('');
