import { expect, test } from 'vitest';
import { projectTree } from '../../../lint/tree.ts';

/** Each of them gives its lab to a LeakWatch, which looks at all of it at the end. */
const WATCHED = ['test/e2e/support/lab.ts', 'test/faults/support/lab.ts'];

test('no end-to-end, hostile or fault test starts a lab that is not looked through for secrets', () => {
  const tree = projectTree();
  const files = tree.files.filter((file) => /^test\/(?:e2e|hostile|faults)\/.*\.ts$/.test(file));
  const starting = files.filter((file) => /\bstartLab\b/.test(tree.read(file)));
  expect(starting).toEqual(WATCHED);
  for (const file of WATCHED) expect(tree.read(file)).toMatch(/await lab\.close\(\);\s+leaks\.check\(/);
});
