import type { Tree } from './tree.ts';

/** docs/threats.md is the list that tests cite as "threat N": both must say the same. */
export const THREATS = 'docs/threats.md';
/** Its table of attacks groups them by who attacks. */
export const SECURITY = 'SECURITY.md';
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

/** A title without a file before it is one more of the file that was named last. A title may hold quotes, but ends at one. */
const shownIn = (text: string): Shown[] => {
  const shown: Shown[] = [];
  let file = '';
  for (const [, named, title] of text.matchAll(/`([^`\s]+)`(?= ")|"(.+?)"(?=\s*(?:[;,]|$))/g))
    if (named !== undefined) file = named;
    else if (title !== undefined) shown.push({ file, title });
  return shown;
};

export const threatsIn = (page: string): Threat[] =>
  page
    .split(/^### (?=\d)/m)
    .slice(1)
    .map((section) => ({
      number: Number.parseInt(section, 10),
      stoppedBy: bullet(section, WORDS.stoppedBy),
      tests: shownIn(bullet(section, WORDS.tests)),
    }));

/** Numbers that a text cites: "threat 3", "threats 45, 47", "threats 10 and 33". */
export const threatsCited = (text: string): number[] =>
  [...text.matchAll(/\bthreats? (\d+(?:(?:, | and )\d+)*)/g)].flatMap(([, list = '']) =>
    list.split(/, | and /).map(Number),
  );

/** The whole title as it stands in a source: a quote of the kind that delimits it is escaped. */
const holds = (source: string, title: string): boolean =>
  ["'", '"', '`'].some((quote) => source.replaceAll(`\\${quote}`, quote).includes(`${quote}${title}${quote}`));

/** At least one file of the project: "a check stops it" tells an auditor nothing. */
const namesFile = (stoppedBy: string, tree: Tree): boolean =>
  [...stoppedBy.matchAll(/`([^`\s]+\/[^`\s]+)`/g)].some(([, file = '']) => tree.has(file));

/** Rows `| attack | numbers | files | tests |` under the heading: each threat stands in one, and each test is one that a threat of it names. */
const tableProblems = (tree: Tree, threats: readonly Threat[]): string[] => {
  const [, section = ''] = tree.read(SECURITY).split(/^## Attacks, .*$/m);
  const [table = ''] = section.split(/^## /m);
  const problems: string[] = [];
  const rows = [...table.matchAll(/^\|[^|]+\| ([\d, ]+) \|([^|]+)\|([^|]+)\|$/gm)].map(
    ([, list = '', , tests = '']) => ({
      numbers: list.split(', ').map(Number),
      tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
    }),
  );
  const listed = rows.flatMap(({ numbers }) => numbers);
  for (const { number } of threats) {
    const times = listed.filter((one) => one === number).length;
    if (times !== 1) problems.push(`${SECURITY}: threat ${number} stands ${times} times in the table of attacks`);
  }
  for (const number of listed.filter((one) => threats[one - 1] === undefined))
    problems.push(`${SECURITY}: the table of attacks has threat ${number}, which ${THREATS} does not have`);
  for (const { numbers, tests } of rows) {
    const named = new Set(numbers.flatMap((number) => threats[number - 1]?.tests ?? []).map(({ file }) => file));
    for (const test of tests.filter((file) => !named.has(file)))
      problems.push(`${SECURITY}: the row of threats ${numbers.join(', ')} gives ${test}, which none of them names`);
    for (const number of numbers)
      if (threats[number - 1]?.tests.every(({ file }) => !tests.includes(file)))
        problems.push(`${SECURITY}: the row of threat ${number} gives none of its tests`);
  }
  return problems;
};

export const threatProblems = (tree: Tree): string[] => {
  const threats = threatsIn(tree.read(THREATS));
  const problems: string[] = [];
  const say = (what: string): unknown => problems.push(`${THREATS}: ${what}`);
  threats.forEach(({ number, stoppedBy, tests }, n) => {
    if (number !== n + 1) say(`threat ${number} stands where ${n + 1} must`);
    if (stoppedBy.trim() === '') say(`threat ${number} does not say what stops it`);
    else if (!namesFile(stoppedBy, tree)) say(`threat ${number} does not name the file that stops it`);
    if (tests.length === 0) say(`threat ${number} names no test`);
    for (const { file, title } of tests)
      if (!tree.has(file)) say(`threat ${number}: there is no ${file}`);
      else if (!holds(tree.read(file), title)) say(`threat ${number}: ${file} has no test "${title}"`);
  });
  problems.push(...tableProblems(tree, threats));
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
