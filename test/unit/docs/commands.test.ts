import { describe, expect, it, test } from 'vitest';
import { COMMANDS } from '#cli/app/commands.ts';
import { projectTree } from '#test/lint/tree.ts';
import { badCallsOf, linesOf } from '#test/terraform/readme-lines.ts';

const { files, read } = projectTree();

/** `npx keyturn` with any options between, and npm's other spelling of it. */
const BY_NPM = /\b(?:npx|(?:npm|pnpm|yarn)\s+(?:exec|dlx|x))\s+(?:-\S+\s+)*keyturn\b/;

const PAGES = files.filter((path) => path.endsWith('.md'));

it('there are pages, with commands', () => {
  expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'terraform/README.md']));
  expect(linesOf(read('README.md')).length).toBeGreaterThan(7);
});

describe.each(PAGES)('%s', (path) => {
  it('calls keyturn by its wrapper only, as it can be pasted', () => {
    expect(read(path)).not.toMatch(BY_NPM);
    expect(badCallsOf(read(path))).toEqual([]);
  });
});

/** Sources that speak to people: what stands there in a text, and not in a comment. */
const SPEAKING = files.filter((path) => /^(cli|schemas|core|local|adapters|build)\/.*\.ts$|^build\.ts$/.test(path));
const NAMES = COMMANDS.map(({ name }) => name).join('|');
const BARE = new RegExp(`(?<![/\\w.-])keyturn (?:${NAMES})\\b`);
const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');

test('no source tells a person to type a bare name, which is on no PATH', () => {
  expect(SPEAKING.length).toBeGreaterThan(200);
  const found = SPEAKING.flatMap((path) =>
    withoutComments(read(path))
      .split('\n')
      .filter((line) => BARE.test(line) || BY_NPM.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

describe('it would be found', () => {
  test.each([
    'npx keyturn dev',
    'npx --no-install keyturn status',
    'cat share | npx keyturn approve 3f2a91bc --share -',
    'keyturn status',
    'A=1 keyturn status',
    'node cli/keyturn.js status',
    '../keyturn status',
  ])('%s', (command) => {
    expect(badCallsOf(`\`\`\`sh\n${command}\n\`\`\`\n`)).toHaveLength(1);
    expect(badCallsOf(`Type \`${command}\`.`)).toHaveLength(1);
  });

  test('and what is no call is none', () => {
    expect(
      badCallsOf('`keyturn.json`, `keyturn/v1/ID/alice`, `./keyturn`, `./keyturn dev | head`, `.keyturn`'),
    ).toEqual([]);
    expect(BARE.test("out.line('keyturn status')")).toBe(true);
    expect(BARE.test('./keyturn status')).toBe(false);
  });
});

test('the package cannot be published', () => {
  expect(JSON.parse(read('package.json'))).toMatchObject({ private: true });
});
