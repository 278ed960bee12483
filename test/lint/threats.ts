import type { Tree } from './tree.ts';

/** docs/threats.md is the list that tests cite as "threat N": both must say the same. */
export const THREATS = 'docs/threats.md';
/** The tests of this check cite threats that do not exist. */
const OWN_TESTS = 'test/unit/lint/';

interface Shown {
  readonly file: string;
  readonly title: string;
}

interface Threat {
  readonly number: number;
  readonly stoppedBy: string;
  readonly tests: readonly Shown[];
}

const WORDS = { stoppedBy: '* Stopped by:', tests: '* Tests:' };

/** From `word` to the next bullet, on one line. */
const bullet = (section: string, word: string): string =>
  section
    .slice(section.includes(word) ? section.indexOf(word) + word.length : section.length)
    .split(/\n\*|\n\n/)[0]
    ?.replaceAll(/\s+/g, ' ') ?? '';

export const threatsIn = (page: string): Threat[] =>
  page
    .split(/^### (?=\d)/m)
    .slice(1)
    .map((section) => ({
      number: Number.parseInt(section, 10),
      stoppedBy: bullet(section, WORDS.stoppedBy),
      tests: [...bullet(section, WORDS.tests).matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, file = '', title = '']) => ({
        file,
        title,
      })),
    }));

/** Numbers that a text cites: "threat 3", "threats 45, 47", "threats 10 and 33". */
export const threatsCited = (text: string): number[] =>
  [...text.matchAll(/\bthreats? (\d+(?:(?:, | and )\d+)*)/g)].flatMap(([, list = '']) =>
    list.split(/, | and /).map(Number),
  );

/** As it stands in a source: a quote of the kind that delimits it is escaped. */
const holds = (source: string, title: string): boolean =>
  source.includes(title) || source.replaceAll("\\'", "'").includes(title);

export const threatProblems = (tree: Tree): string[] => {
  const threats = threatsIn(tree.read(THREATS));
  const problems: string[] = [];
  const say = (what: string): unknown => problems.push(`${THREATS}: ${what}`);
  threats.forEach(({ number, stoppedBy, tests }, n) => {
    if (number !== n + 1) say(`threat ${number} stands where ${n + 1} must`);
    if (stoppedBy.trim() === '') say(`threat ${number} does not say what stops it`);
    if (tests.length === 0) say(`threat ${number} names no test`);
    for (const { file, title } of tests)
      if (tree.has(file) && !holds(tree.read(file), title)) say(`threat ${number}: ${file} has no test "${title}"`);
  });
  for (const file of tree.files.filter(
    (one) => one.startsWith('test/') && one.endsWith('.test.ts') && !one.startsWith(OWN_TESTS),
  ))
    for (const number of new Set(threatsCited(tree.read(file)))) {
      const threat = threats[number - 1];
      if (threat === undefined) problems.push(`${file}: cites threat ${number}, which ${THREATS} does not have`);
      else if (!threat.tests.some((test) => test.file === file))
        say(`threat ${number} does not name ${file}, which cites it`);
    }
  return problems;
};
