import { describe, expect, test } from 'vitest';
import { longSentences, MAX_WORDS, sentenceProblems } from '#test/lint/sentences.ts';
import { projectTree } from '#test/lint/tree.ts';

const words = (count: number): string => Array.from({ length: count }, (_, n) => `w${n}`).join(' ');
const FITS = `${words(MAX_WORDS)}.`;
const LONG = `${words(MAX_WORDS + 1)}.`;

/** What is found, as line and number of words. */
const found = (file: string, source: string): string[] =>
  longSentences(file, source).map((sentence) => `${sentence.line}: ${sentence.words}`);

test('no comment and no page of this project has a sentence that is too long', () => {
  expect(sentenceProblems(projectTree())).toEqual([]);
});

describe('fits', () => {
  test.each([
    ['two sentences', 'a.ts', `/** ${FITS} ${FITS} */`],
    ['a question, and a sentence in brackets', 'a.ts', `// ${words(20)}? (${words(20)}.) ${words(20)}!`],
    [
      'code, an address and a quotation are one word each',
      'a.md',
      `${words(20)} \`a b c d e f\` https://x.y/z "a b c".`,
    ],
    ['the target of a link is no word', 'a.md', `${words(23)} [page](a b c d e f).`],
    ['code between fences', 'a.md', `\`\`\`sh\n${LONG}\n\`\`\`\n`],
    ['code within a comment is indented', 'a.ts', `/**\n * x:\n *   ${LONG}\n */`],
    ['items of a list', 'a.md', `* ${words(20)}\n* ${words(20)}\n  3. ${words(20)}`],
    ['cells of a table', 'a.md', `| ${words(20)} | ${words(20)} |`],
    ['a heading above a paragraph', 'a.md', `# ${words(20)}\n\n${words(20)}`],
    ['a string that looks like a comment', 'a.ts', `const text = '// ${LONG}';\nconst more = \`\n// ${LONG}\n\`;`],
    [
      'a regular expression that holds a quotation mark',
      'a.ts',
      `const mark = /['"\`]/;\n// ${FITS}\nconst other = /[\`]/;`,
    ],
    ['a value that is no description', 'a.tf', `condition = "${LONG}"`],
    ['lines of one text', 'cli/a.ts', `const text = '${words(20)}\\n${words(20)}';`],
    ['another kind of file', 'a.json', `{ "text": "// ${LONG}" }`],
  ])('%s', (_, file, source) => {
    expect(found(file, source)).toEqual([]);
  });
});

describe('too long', () => {
  test.each([
    ['a text that is printed', 'cli/a.ts', `const text = '${LONG}';`, ['1: 25']],
    ['a template, whose values are a word each', 'core/a.ts', `const text = \`${words(24)} \${a(b, c)}\`;`, ['1: 25']],
    ['a comment of one line', 'a.ts', `\n/** ${LONG} */`, ['2: 25']],
    ['over two lines', 'a.ts', `/**\n * ${words(13)}\n * ${words(13)}\n */`, ['2: 26']],
    ['over two comments', 'a.ts', `const a = 1;\n// ${words(13)}\n// ${words(13)}\n`, ['2: 26']],
    ['the second sentence, behind an abbreviation', 'a.ts', `// ${FITS} Say e.g. ${words(23)}.`, ['1: 25']],
    ['what a semicolon or a colon joins', 'a.ts', `// ${words(12)}; ${words(12)}: ${words(2)}.`, ['1: 26']],
    ['a paragraph', 'a.md', `# Title\n\n${words(13)}\n${words(13)}`, ['3: 26']],
    ['below code, by its own line', 'a.md', `\`\`\`\nx\ny\n\`\`\`\n\n${LONG}`, ['6: 25']],
    ['one cell', 'a.md', `| ${FITS} | ${LONG} |`, ['1: 25']],
    ['a comment of Terraform', 'a.tf', `# ${words(13)}\n# ${words(13)}`, ['1: 26']],
    [
      'a description and a message of Terraform',
      'a.tf',
      `description = "${LONG}"\nerror_message = "${LONG}"`,
      ['1: 25', '2: 25'],
    ],
  ])('%s', (_, file, source, expected) => {
    expect(found(file, source)).toEqual(expected);
  });
});
