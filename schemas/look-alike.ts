/**
 * The letters of a name as they look. It holds for plain ASCII. Of the confusables of Unicode (UTS 39) four are left there: 0 and O, 1 and l, I and
 * l, m and rn. Names differ in case, too, and I is a capital i. So i, I, l and 1 are all one letter here.
 */
const lettersOf = (text: string): string =>
  text.toLowerCase().replaceAll('0', 'o').replaceAll(/[1i]/g, 'l').replaceAll('m', 'rn');

/**
 * What a name looks like. Two names with one skeleton can be taken for each other. It holds for texts of `token` (schemas/spellings.ts) and for
 * names of addresses, which are plain ASCII. Signs between letters stand where people see a space, so they are left out.
 */
export const skeletonOf = (text: string): string => lettersOf(text).replaceAll(/[^a-z0-9]/g, '');

/** The same for a number of an invoice, where signs part its numbers: 2026-1-11 is not 2026-11-1. Which sign it is does not count. */
export const referenceSkeletonOf = (text: string): string => lettersOf(text).replaceAll(/[^a-z0-9]+/g, '-');
