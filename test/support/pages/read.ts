/**
 * What a page shows to be typed, in order. The page itself is the source: a block is run as it is printed, and nothing of it is written twice.
 *
 * - `sh`: lines to be typed. All must succeed; what they print is not shown.
 * - `console`: `$ ` begins a command, `> ` goes on with it, and what follows is what it prints (match.ts). It must succeed, but where
 *   `$ echo $?` comes next.
 * - `ts`, `js`, `python`: a file, which its first line names in a comment. A later command must run it.
 * - `text`, or no language: a picture. Nothing of it is typed.
 *
 * In front of a block may stand, each in a paragraph of its own:
 * - `*Not run by the tests: REASON.*`, which readers see as well.
 * - `*Needs gcloud, python3.*`: skipped, loudly, where a tool is missing.
 * - `<!-- before: WORDS -->`, `<!-- meanwhile: WORDS -->`: what others do. `<!-- types: WORDS -->`: what is typed when the command asks.
 *   `<!-- ctrl-c: WORDS -->`: when these were printed, Ctrl-C. Both are of the first command of the block, and need python3.
 */
export interface Command {
  readonly line: number;
  readonly text: string;
  /** What it prints, as the page shows it. */
  readonly shown: readonly string[];
}

interface Fence {
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

export interface Block extends Fence {
  readonly kind: 'script' | 'console' | 'file';
  /** Of a console. */
  readonly commands: readonly Command[];
  /** Of a file. */
  readonly name: string;
  /** Why no test runs it; '' where one does. */
  readonly unrun: string;
  readonly needs: readonly string[];
  readonly before: readonly string[];
  readonly meanwhile: readonly string[];
  readonly types: readonly string[];
  readonly 'ctrl-c': readonly string[];
}

export interface Page {
  /** Whose identity runs it: a co-signer, dapp, finance or operator. */
  readonly person: string;
  /** Samples that stand for values of the reader's own, from the table "here | stands for". */
  readonly samples: readonly string[];
  readonly blocks: readonly Block[];
}

export class PageProblem extends Error {
  override readonly name = 'PageProblem';
  constructor(line: number, what: string) {
    super(`line ${line}: ${what}`);
  }
}

const FILES: Readonly<Record<string, RegExp>> = {
  ts: /^\/\/ (\S+\.ts)$/,
  js: /^\/\/ (\S+\.m?js)$/,
  python: /^# (\S+\.py)$/,
};
const PICTURES: readonly string[] = ['', 'text'];

const kindOf = ({ language, line }: Fence): Block['kind'] => {
  if (language === 'sh') return 'script';
  if (language === 'console') return 'console';
  if (language in FILES) return 'file';
  throw new PageProblem(line, `a block of "${language}" cannot be run, and is no text`);
};

const commandsOf = ({ line, text }: Fence): readonly Command[] => {
  const commands: Command[] = [];
  text.split('\n').forEach((each, n) => {
    const last = commands.at(-1);
    if (each.startsWith('$ ')) commands.push({ line: line + n + 1, text: each.slice(2), shown: [] });
    else if (last === undefined) throw new PageProblem(line + n + 1, 'output before any command ("$ ")');
    else if (each.startsWith('> ') && last.shown.length === 0)
      commands[commands.length - 1] = { ...last, text: `${last.text}\n${each.slice(2)}` };
    else commands[commands.length - 1] = { ...last, shown: [...last.shown, each] };
  });
  return commands;
};

const nameOf = ({ language, line, text }: Fence): string => {
  const [first = ''] = text.split('\n');
  const name = FILES[language]?.exec(first)?.[1];
  if (name === undefined || name.includes('/')) throw new PageProblem(line, 'its first line names no file');
  return name;
};

const HIDDEN = ['before', 'meanwhile', 'types', 'ctrl-c'] as const;
type Marks = Record<(typeof HIDDEN)[number] | 'needs' | 'unrun', readonly string[]>;
const noMarks = (): Marks => ({ before: [], meanwhile: [], types: [], 'ctrl-c': [], needs: [], unrun: [] });

/** What a paragraph in front of a block says of it; undefined where it is for people alone. */
const markIn = (paragraph: string, line: number): readonly [keyof Marks, readonly string[]] | undefined => {
  const text = paragraph.replaceAll('\n', ' ');
  const hidden = /^<!-- ([\w-]+): (.+) -->$/.exec(text);
  if (hidden !== null) {
    const [, word = '', rest = ''] = hidden;
    const mark = HIDDEN.find((each) => each === word);
    if (mark !== undefined) return [mark, [rest]];
    if (word === 'person') return undefined;
    throw new PageProblem(line, `<!-- ${word}: … --> means nothing`);
  }
  const needs = /^\*Needs (.+)\.\*$/.exec(text);
  if (needs !== null) return ['needs', (needs[1] ?? '').split(', ')];
  const unrun = /^\*Not run by the tests: (.+)\.\*$/.exec(text);
  return unrun === null ? undefined : ['unrun', [unrun[1] ?? '']];
};

const blockOf = (fence: Fence, marks: Marks): Block => {
  const kind = kindOf(fence);
  const { unrun, ...others } = marks;
  const isRun = unrun.length === 0;
  return {
    ...fence,
    ...others,
    kind,
    unrun: unrun.join(' '),
    commands: kind === 'console' && isRun ? commandsOf(fence) : [],
    name: kind === 'file' && isRun ? nameOf(fence) : '',
  };
};

const blocksOf = (page: string): readonly Block[] => {
  const blocks: Block[] = [];
  let marks = noMarks();
  let marked = 0;
  let paragraph: string[] = [];
  let open: { line: number; language: string; indent: string; lines: string[] } | undefined;
  const endParagraph = (line: number): void => {
    if (paragraph.length === 0) return;
    const mark = markIn(paragraph.join('\n'), line);
    paragraph = [];
    if (mark !== undefined) {
      marks = { ...marks, [mark[0]]: [...marks[mark[0]], ...mark[1]] };
      marked = line;
    } else if (marked > 0) throw new PageProblem(marked, 'no block follows this mark');
  };
  page.split('\n').forEach((text, n) => {
    const fence = /^( *)```(.*)$/.exec(text);
    if (open !== undefined) {
      if (fence === null) open.lines.push(text.slice(open.indent.length));
      else {
        const { line, language, lines } = open;
        open = undefined;
        if (PICTURES.includes(language)) {
          if (marked > 0) throw new PageProblem(line, 'a picture takes no marks');
        } else blocks.push(blockOf({ line, language, text: lines.join('\n') }, marks));
        marks = noMarks();
        marked = 0;
      }
    } else if (fence !== null) {
      endParagraph(n);
      open = { line: n + 1, indent: fence[1] ?? '', language: fence[2] ?? '', lines: [] };
    } else if (text.trim() === '') endParagraph(n);
    else paragraph.push(text);
  });
  endParagraph(0);
  if (open !== undefined || marked > 0) throw new PageProblem(open?.line ?? marked, 'it does not end');
  return blocks;
};

/** A file that no later command names would be shown, and never run. */
const checkFilesAreRun = (blocks: readonly Block[]): void => {
  blocks.forEach((block, at) => {
    if (block.kind !== 'file' || block.unrun !== '') return;
    const later = blocks.slice(at + 1).filter(({ kind, unrun }) => kind !== 'file' && unrun === '');
    if (!later.some(({ text }) => text.split(/[\s"'=]+/).includes(block.name)))
      throw new PageProblem(block.line, `no later command runs ${block.name}`);
  });
};

const samplesOf = (page: string): readonly string[] =>
  [...page.matchAll(/^\| here \| stands for \|\n\|[-| ]+\|\n((?:\|.*\n)+)/gm)].flatMap(([, rows = '']) =>
    [...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, sample = '']) => sample),
  );

/** Throws PageProblem, with the line, where something that is shown would not be run. */
export const readRunnable = (page: string): Page => {
  const person = /^<!-- person: (\w+) -->$/m.exec(page)?.[1];
  if (person === undefined) throw new PageProblem(1, 'it does not say who runs it: <!-- person: NAME -->');
  const blocks = blocksOf(page);
  checkFilesAreRun(blocks);
  return { person, samples: samplesOf(page), blocks };
};
