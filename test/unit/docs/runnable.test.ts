import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { projectTree } from '#test/lint/tree.ts';
import { readPage } from '#test/support/page.ts';
import { PAGES } from '#test/support/pages/all.ts';
import { Mismatch, Samples } from '#test/support/pages/match.ts';
import { readRunnable } from '#test/support/pages/read.ts';
import { type Done, runPage, type Stage } from '#test/support/pages/run.ts';

/** The test of the test of the pages: what it takes as shown, and what it must refuse. Nothing of keyturn runs here. */
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-runnable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What is typed there is run by second-implementation.test.ts; the page of JSON shows types, and nothing to type. */
const ELSEWHERE = ['docs/formats.md', 'docs/json.md'];

const acts: string[] = [];
const run = (text: string, over: Partial<Stage> = {}): Promise<readonly Done[]> =>
  runPage(readRunnable(text), {
    folder,
    env: { PATH: process.env.PATH ?? '' },
    act: async (words) => {
      acts.push(words);
    },
    has: (tool) => tool !== 'unicorn',
    ...over,
  });

const bare = (text: string): string => `<!-- person: dapp -->\n\n${text}\n`;

const PAGE = `<!-- person: dapp -->
# A page

| here | stands for |
|---|---|
| \`3f2a91bc\` | your id |
| \`NAME\` | yours |

\`\`\`sh
greeting=hello   # a comment
mkdir sub && cd sub
\`\`\`

\`\`\`console
$ echo $greeting; basename "$PWD"
hello
sub
$ cd ..
$ printf 'id  %s by %s\\n' 0123abcd alice; echo noise; echo more noise; printf '%s again\\n' 0123abcd
id    3f2a91bc by NAME
…
3f2a91bc again
$ echo 3f2a91bc of NAME, and $NAME
3f2a91bc of NAME, and
$ cat <<END
> two
> lines
> END
two
lines
$ sh -c 'echo no >&2; exit 3'
no
$ echo $?
3
\`\`\`

\`\`\`python
# hi.py
print("hi", int("3f2a91bc", 16))
\`\`\`

*Needs python3.*

\`\`\`console
$ python3 hi.py
hi …
\`\`\`

<!-- before: alice reads 3f2a91bc -->

<!-- types: first 4 of 3f2a91bc -->

\`\`\`console
$ printf 'first four digits: '; read -r four; echo "got $four"
first four digits: …
got 0123
\`\`\`

<!-- ctrl-c: four -->

\`\`\`console
$ trap 'exit 130' INT; printf '%s\\n' one two three four; while :; do sleep 0.1; done
one
two
three
four
$ echo $?
130
\`\`\`

*Not run by the tests: it needs
a moon.*

\`\`\`sh
launch --moon
\`\`\`

*Needs unicorn.*

\`\`\`sh
unicorn
\`\`\`

\`\`\`text
a picture
\`\`\`
`;

const python = 'python3';
const hasPython = (await import('node:child_process')).spawnSync(python, ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: a page that types at a terminal (python3 is not installed)');

describe.skipIf(!hasPython)('a page', { timeout: 60_000 }, () => {
  it('runs as it is shown, in one shell, and says what it did not run', async () => {
    // The sample stands for 0123abcd in a file, too, and that is 19114957.
    const done = await run(PAGE.replaceAll('hi …', 'hi 19114957'));
    expect(done.map(({ what, because }) => [what, because])).toEqual([
      ['ran', ''],
      ['ran', ''],
      ['ran', ''],
      ['ran', ''],
      ['ran', ''],
      ['ran', ''],
      ['unrun', 'it needs a moon'],
      ['skipped', 'unicorn'],
    ]);
    expect(acts.at(-1)).toBe('alice reads 0123abcd');
  });

  test.each<readonly [string, string, string, RegExp]>([
    ['another output', 'two\nlines\n$', 'two\nlinen\n$', /^line \d+: [\s\S]*\nthe page shows: linen\nall of what/],
    ['output that is not shown', 'two\nlines\n$', 'two\n$', /more was printed/],
    ['output that never came', 'two\nlines\n$', 'two\nlines\nthree\n$', /the page shows: three/],
    ['a sample with two values', '3f2a91bc again\n$', '3f2a91bc NAME\n$', /the page shows: 3f2a91bc NAME/],
    ['a sample of another shape', 'NAME\n…', '3f2a91bc\n…', /the page shows: id/],
    ['a failure that is not shown', '$ echo $?\n3', '$ true', /exit code 3, and the page does not say so/],
    ['another exit code', '$ echo $?\n3', '$ echo $?\n4', /the page shows: 4/],
    ['a script that fails in the middle', 'mkdir sub &&', 'false\nmkdir sub &&', /exit code 1/],
    ['a script that is wrong', 'mkdir sub &&', 'mkdir "sub &&', /exit code/],
    ['another answer', 'first 4 of', 'first 3 of', /the page shows: got 0123/],
  ])('%s fails', async (_, from, to, words) => {
    expect(PAGE).toContain(from);
    await expect(run(PAGE.replace(from, to))).rejects.toThrow(words);
  });

  it('what others do fails it, too', async () => {
    const act = () => Promise.reject(new Error('no such act'));
    for (const when of ['before', 'meanwhile'])
      await expect(run(bare(`<!-- ${when}: alice flies -->\n\n\`\`\`sh\ntrue\n\`\`\``), { act })).rejects.toThrow(
        'no such act',
      );
  });

  it('a sample is typed only after it was shown', async () => {
    await expect(run(PAGE.replace('hello   #', 'hello NAME   #'))).rejects.toThrow('NAME is typed before');
  });
});

describe('what cannot be read is no page', () => {
  test.each([
    ['nobody', '```sh\ntrue\n```', /does not say who/],
    ['a language that nothing runs', bare('```ruby\nputs 1\n```'), /"ruby" cannot be run/],
    ['no reason', bare('*Not run by the tests.*\n\n```ruby\nputs 1\n```'), /"ruby" cannot be run/],
    ['a file without a name', bare('```ts\nconst a = 1;\n```\n\n```sh\npython3 hi.py\n```'), /names no file/],
    [
      'a file that nothing runs',
      bare('```python\n# hi.py\n```\n\n```sh\npython3 ahi.py\n```'),
      /no later command runs hi.py/,
    ],
    [
      'a file that runs before it is there',
      bare('```sh\npython3 hi.py\n```\n\n```python\n# hi.py\n```'),
      /no later command/,
    ],
    ['output of nothing', bare('```console\nhello\n```'), /output before any command/],
    ['a mark that means nothing', bare('<!-- befor: x -->\n\n```sh\ntrue\n```'), /means nothing/],
    ['a mark of no block', bare('*Needs gcloud.*\n\nA sentence.\n\n```sh\ntrue\n```'), /no block follows/],
    ['a mark at the end', bare('```sh\ntrue\n```\n\n*Needs gcloud.*'), /does not end/],
    ['a mark of a picture', bare('*Needs gcloud.*\n\n```text\no\n```'), /takes no marks/],
    ['a block without an end', bare('```sh\ntrue'), /does not end/],
  ])('%s', (_, text, words) => {
    expect(() => readRunnable(text)).toThrow(words);
  });
});

describe('samples', () => {
  it('a short one within a longer one is not it', () => {
    const samples = new Samples(['3f2a', '3f2a91bc', 'ID']);
    samples.compare(['3f2a91bc 3f2a ID'], '00000001 beef x-y\n');
    expect(samples.fill('show 3f2a91bc 3f2a ID $ID IDS ID=1 0x3f2a')).toBe(
      'show 00000001 beef x-y $ID IDS ID=1 0x3f2a',
    );
  });

  it('takes what they look like, and nothing else', () => {
    expect(() => new Samples(['3f2a91bc']).compare(['3f2a91bc'], '00000001f')).toThrow(Mismatch);
    expect(() => new Samples(['17']).compare(['block 17.'], 'block x.')).toThrow(Mismatch);
    expect(() => new Samples([]).compare(['a.c'], 'abc')).toThrow(Mismatch);
    expect(() => new Samples([]).compare(['a … c'], 'a \n c')).toThrow(Mismatch);
  });
});

/** Blocks that a reader could type, counted without the reader of the pages. */
const fencesIn = (page: string): number => [...page.matchAll(/^ *```(?!text$)\w+$/gm)].length;

describe.each(PAGES)('%s', (path) => {
  const page = readPage(path);
  const { blocks } = readRunnable(page);

  it('leaves no block out, and says of each that is not run why', () => {
    expect(blocks).toHaveLength(fencesIn(page));
    for (const { unrun } of blocks) expect(unrun).toMatch(/^$|^[^.]{20,}$/);
  });
});

it('what no test runs is this, and no more', () => {
  const unrun = PAGES.flatMap((path) =>
    readRunnable(readPage(path)).blocks.flatMap(({ unrun }) => (unrun === '' ? [] : [[path, unrun]])),
  );
  expect(unrun).toEqual([
    ['docs/client.md', 'npm asks the public registry for the Pub/Sub client'],
    ['docs/co-signer.md', 'it calls a server of your own'],
    // test/vectors/webhook-signature.test.ts
    ['docs/co-signer.md', 'those of this page, since one of its own takes it from here and runs it'],
    ['docs/operator.md', 'it asks a Google Cloud project what is there'],
    ['docs/telemetry.md', 'it goes on until Ctrl-C, and sends to a collector'],
  ]);
});

it('every page of docs/ that shows something to type is run', () => {
  const { files } = projectTree();
  const shown = files.filter(
    (path) => /^docs\/[^/]+\.md$/.test(path) && /^```(sh|console|ts|js|python)$/m.test(readPage(path)),
  );
  expect(shown.filter((path) => !PAGES.includes(path))).toEqual(ELSEWHERE);
});
