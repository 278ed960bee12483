/**
 * What a name looks like. Two names with one skeleton can be taken for each other. It holds for texts of `token` (schemas/spellings.ts), which
 * are plain ASCII. Of the confusables of Unicode (UTS 39) four are left there: 0 and O, 1 and l, I and l, m and rn. Names differ in case, too,
 * and I is a capital i. So i, I, l and 1 are all one letter here. Signs between letters stand where people see a space, so they are left out.
 */
export const skeletonOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replaceAll('0', 'o')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('m', 'rn');
