import { describe, expect, test } from 'vitest';
import { SECURITY, THREATS, threatProblems, threatsCited, threatsIn } from '#test/lint/threats.ts';
import { projectTree, type Tree } from '#test/lint/tree.ts';

const LANE = 'test/unit/workload/lane.test.ts';

const section = (number: number, tests: string, stoppedBy = 'a check (`core/policy.ts`).'): string =>
  `### ${number}. A title\n\nWhat happens.\n\n* Stopped by: ${stoppedBy}\n* Tests: ${tests}\n\n`;

const tableOf = (...rows: readonly string[]): string =>
  `## Attacks, and more\n\n| a | b | c | d |\n|---|---|---|---|\n${rows.join('\n')}\n`;
const ROW = `| somebody | 1 | \`core/policy.ts\` | \`${LANE}\` |`;

const treeOf = (page: string, test_: string, security = tableOf(ROW)): Tree => {
  const files = new Map([
    [THREATS, page],
    [LANE, test_],
    [SECURITY, security],
    ['core/policy.ts', ''],
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

test('one file may show several tests, and a title may hold quotes', () => {
  const [threat] = threatsIn(section(1, '`a.test.ts` "one", "two";\n  `b.test.ts` "a "quoted" one, `so`"'));
  expect(threat?.tests).toEqual([
    { file: 'a.test.ts', title: 'one' },
    { file: 'a.test.ts', title: 'two' },
    { file: 'b.test.ts', title: 'a "quoted" one, `so`' },
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
    ['a title that is a part of one', section(1, `\`${LANE}\` "threat 1:"`), cited, 'has no test "threat 1:"'],
    ['a test file that is gone', section(1, '`gone.test.ts` "t"'), cited, 'threat 1: there is no gone.test.ts'],
    [
      'no file that stops it',
      section(1, `\`${LANE}\` "threat 1: x"`, 'care (`core/gone.ts`).'),
      cited,
      'name the file',
    ],
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

  test.each<[string, string, string]>([
    ['a threat that the table leaves out', tableOf(), 'threat 1 stands 0 times'],
    ['a threat that stands in two rows', tableOf(ROW, ROW), 'threat 1 stands 2 times'],
    ['a row of a threat that is not there', tableOf(ROW.replace('1', '1, 2')), 'has threat 2, which'],
    ['a row with a test of no threat in it', tableOf(ROW.replace(LANE, `${LANE}\`, \`x.test.ts`)), 'gives x.test.ts'],
    ['a row without a test of its threat', tableOf(ROW.replace(LANE, 'x.test.ts')), 'gives none of its tests'],
  ])('%s', (_, security, message) => {
    expect(threatProblems(treeOf(good, cited, security)).join()).toContain(message);
  });
});
