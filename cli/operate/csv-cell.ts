/** Tells a spreadsheet that the file is UTF-8. Other readers take it for a part of the first column's name. */
export const BYTE_ORDER_MARK = '\ufeff';

/**
 * Where a spreadsheet begins a cell: in front, and behind each character that it may be told to part cells by. It then takes quotes for text.
 * The signs that begin a formula have full-width forms, which some programs read as the same.
 */
const FORMULA = /(^|[,;:|\t\r\n])([ \u00a0]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** An amount that is negative begins with a sign and is no formula. */
const isNumber = (text: string): boolean => /^-?[0-9]+(\.[0-9]+)?$/.test(text);

/**
 * One cell by RFC 4180. What could run as a formula gets an apostrophe in front, wherever in the cell it stands. Memo and reference are
 * whatever a requester wrote. Characters that cannot be seen are written as \uXXXX.
 */
export const csvCell = (text: string): string => {
  const tame = isNumber(text) ? text : text.replace(CONTROL, escaped).replace(FORMULA, "$1$2'");
  return /[",;\t\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
};
