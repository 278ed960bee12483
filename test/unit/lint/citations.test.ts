import { describe, expect, test } from 'vitest';
import { citationProblems } from '#test/lint/citations.ts';
import { commentsIn, deadCitations, deadLinks, type Known } from '#test/lint/cited.ts';
import { projectTree, type Tree } from '#test/lint/tree.ts';

const FILES: Readonly<Record<string, string>> = {
  'README.md': '# A title\n\n## Why it holds (mostly)\n',
  'docs/formats.md': '# Formats\n\n## Objects\n\n```\n# not a heading\n```\n',
  'terraform/README.md': '# Deploy\n',
  'core/decide/launch.ts': '',
  'core/register/read.ts': '',
};

const tree: Tree = {
  files: Object.keys(FILES),
  has: (path) => Object.keys(FILES).some((file) => file === path || file.startsWith(`${path}/`)),
  read: (path) => FILES[path] ?? '',
};
const known: Known = { tree, scripts: new Set(['simulate', 'test:faults']), projects: new Set(['unit']) };

test('everything that this project cites exists', () => {
  expect(citationProblems(projectTree())).toEqual([]);
});

describe('alive', () => {
  test.each([
    'core/register/read.ts and `core/decide/`, core/register.',
    'any `core/decide/*.ts`, `core/<folder>/<name>.ts`, core/de*',
    'read.ts, beside launch.ts',
    'https://cloud.google.com/storage/docs/reference/rest and //iam.googleapis.com/docs/x',
    'docs/formats.md, or formats.md for short, "Objects" of docs/formats.md "Objects"',
    '`npm run simulate -- --seeds 1`, `npm run --silent test:faults`, npm test, vitest run --project unit',
    'RFC 7515 section 4.1.6, RFC 6749, section 5.2',
    "import '#core/nothing.ts', requests/<id>/request.json, ./core/nothing.ts",
  ])('%s', (text) => {
    expect(deadCitations('core/decide/launch.ts', text, known)).toEqual([]);
  });

  test('what a page cites beside itself', () => {
    expect(deadCitations('terraform/README.md', '`README.md`, ../docs/formats.md', known)).toEqual([]);
    const made = '```ts\n// ask-me.ts\n```\n\nThen run `ask-me.ts`.';
    expect(deadCitations('docs/formats.md', made, known)).toEqual([]);
    expect(deadCitations('docs/formats.md', made.replace('```ts', '```sh'), known)).not.toEqual([]);
  });
});

describe('dead', () => {
  test.each([
    ['core/register/write.ts', 'no such path: core/register/write.ts'],
    ['see core/registers.', 'no such path: core/registers.'],
    ['core/*/nothing.ts', 'no such path: core/*/nothing.ts'],
    ['`reference/model`', 'no such path: reference/model'],
    ['write.ts', 'no such file: write.ts'],
    ['nothing.md says', 'no such page: nothing.md'],
    ['docs/formats.md, "Subjects"', 'docs/formats.md has no "Subjects"'],
    ['docs/formats.md "not a heading"', 'docs/formats.md has no "not a heading"'],
    ['design section 4', 'a section by its number, of no page: design section 4'],
    ['npm run model', 'no such script: npm run model'],
    ['--project tables', 'no such test project: tables'],
  ])('%s', (text, problem) => {
    expect(deadCitations('core/decide/launch.ts', text, known)).toEqual([problem]);
  });

  test.each([
    ['[a](docs/nothing.md)', 'no such file: docs/nothing.md'],
    ['[a](docs/formats.md#subjects)', 'no such heading: docs/formats.md#subjects'],
    ['[a](#why)', 'no such heading: #why'],
  ])('the link %s', (text, problem) => {
    expect(deadLinks('README.md', text, tree)).toEqual([problem]);
  });
});

test.each([
  '[a](#why-it-holds-mostly)',
  '[a](docs/formats.md#objects)',
  '[a](terraform)',
  '[a](https://example.org/x)',
])('the link %s leads somewhere', (text) => {
  expect(deadLinks('README.md', text, tree)).toEqual([]);
});

test('comments of every kind of source are seen, and code is not', () => {
  const source = [
    '/** one',
    ' *  two */',
    "const a = 'docs/a.md'; // three",
    "const url = 'https://x/docs/b.md';",
    'a = 1 # four',
    '# five',
  ].join('\n');
  const comments = commentsIn(source);
  for (const word of ['one', 'two', 'three', 'four', 'five']) expect(comments).toContain(word);
  for (const code of ['docs/a.md', 'const']) expect(comments).not.toContain(code);
});
