import { describe, expect, test } from 'vitest';
import { THREATS, threatProblems, threatsCited, threatsIn } from '#test/lint/threats.ts';
import { projectTree, type Tree } from '#test/lint/tree.ts';

const LANE = 'test/unit/workload/lane.test.ts';

const section = (number: number, tests: string, stoppedBy = 'a check (`core/policy.ts`).'): string =>
  `### ${number}. A title\n\nWhat happens.\n\n* Stopped by: ${stoppedBy}\n* Tests: ${tests}\n\n`;

const treeOf = (page: string, test_: string): Tree => {
  const files = new Map([
    [THREATS, page],
    [LANE, test_],
  ]);
  return { files: [...files.keys()], has: (path) => files.has(path), read: (path) => files.get(path) ?? '' };
};

test('the list and the tests that cite it say the same', () => {
  expect(threatProblems(projectTree())).toEqual([]);
});

test('a list that is wrapped and names several tests is read whole', () => {
  const page = section(1, '`a.test.ts` "one";\n  `b.test.ts` "two"', 'this,\n  and that');
  expect(threatsIn(page)).toEqual([
    {
      number: 1,
      stoppedBy: ' this, and that',
      tests: [
        { file: 'a.test.ts', title: 'one' },
        { file: 'b.test.ts', title: 'two' },
      ],
    },
  ]);
});

test.each([
  ['threat 3: x', [3]],
  ['y (threat 14, 15)', [14, 15]],
  ['threats 45, 47 and 48', [45, 47, 48]],
  ['a threat, 3 times', []],
  ['threatens 5', []],
])('%j cites %j', (text, numbers) => {
  expect(threatsCited(text)).toEqual(numbers);
});

describe('is found', () => {
  const good = section(1, `\`${LANE}\` "threat 1: x"`);
  const cited = "test('threat 1: x', run);";

  test('nothing, where all is well', () => {
    expect(threatProblems(treeOf(good, cited))).toEqual([]);
  });

  test.each<[string, string, string, string]>([
    ['a title that no test has', section(1, `\`${LANE}\` "threat 1: y"`), cited, `has no test "threat 1: y"`],
    ['a threat without a test', section(1, ''), cited, 'threat 1 names no test'],
    ['one that nothing stops', section(1, `\`${LANE}\` "threat 1: x"`, ''), cited, 'does not say what stops it'],
    [
      'a number that is left out',
      good + section(3, `\`${LANE}\` "threat 1: x"`),
      cited,
      'threat 3 stands where 2 must',
    ],
    ['a citation of none', good, `${cited} test('threat 9: z', run);`, 'cites threat 9'],
    ['a test that its threat does not name', section(1, '`other.test.ts` "t"'), cited, `does not name ${LANE}`],
  ])('%s', (_, page, source, message) => {
    expect(threatProblems(treeOf(page, source)).join()).toContain(message);
  });
});
