import { projectTree, type Tree } from './tree.ts';

/** A sentence may have this many words: readers whose first language is not English lose the thread of longer ones. */
export const MAX_WORDS = 24;

export interface Sentence {
  readonly line: number;
  readonly words: number;
  readonly text: string;
}

interface Block {
  readonly line: number;
  readonly text: string;
}

const lineAt = (source: string, index: number): number => source.slice(0, index).split('\n').length;

/** Full stops that end no sentence. */
const ABBREVIATION = /\b(?:e\.g|i\.e|etc|vs|cf|No|v)\.$/;

/** What stands for one word: code, an address, a quoted text, a link's target. */
const asOneWord = (text: string): string =>
  text
    .replaceAll(/`[^`]*`/g, 'code')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/https?:\/\/\S*\w/g, 'address')
    .replaceAll(/"[^"]*"/g, (quoted) => (/[.?!]"$/.test(quoted) ? 'quoted.' : 'quoted'));

/** A sentence ends with a stop before a space, or with its block. Semicolons and colons end none: what they join is still one sentence. */
const sentencesOf = (text: string): readonly string[] => {
  const found: string[] = [];
  let rest = '';
  for (const part of text.split(/(?<=[.?!][)*_]*)\s+/)) {
    rest = rest === '' ? part : `${rest} ${part}`;
    if (ABBREVIATION.test(rest)) continue;
    found.push(rest);
    rest = '';
  }
  return rest === '' ? found : [...found, rest];
};

const wordsOf = (sentence: string): number => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

const longIn = ({ line, text }: Block): readonly Sentence[] =>
  sentencesOf(asOneWord(text.replaceAll(/\s+/g, ' ').trim()))
    .map((sentence) => ({ line, words: wordsOf(sentence), text: sentence }))
    .filter(({ words }) => words > MAX_WORDS);

/** Strings, templates and regular expressions, which may look like comments; then comments. */
const TYPESCRIPT =
  /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|(?<=[=(,:!&|?[{};>\n]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
const TERRAFORM = /"(?:[^"\\\n]|\\.)*"|#[^\n]*/g;

/** Comments of adjacent lines are one text. Lines that are indented within a comment show code. */
const commentBlocks = (source: string, tokens: RegExp): readonly Block[] => {
  const comments: Block[] = [];
  let end = -1;
  for (const found of source.matchAll(tokens)) {
    const [token] = found;
    if (!/^(?:\/[/*]|#)/.test(token)) continue;
    const bare = token.replace(/^(?:\/\*+|\/\/+|#+)/, '').replace(/\*+\/$/, '');
    const text = bare.replaceAll(/\n[ \t]*\*/g, '\n').replaceAll(/^ {3,}\S.*$/gm, '');
    const last = comments.at(-1);
    if (last !== undefined && end >= 0 && /^\n[ \t]*$/.test(source.slice(end, found.index)) && !token.startsWith('/*'))
      comments[comments.length - 1] = { ...last, text: `${last.text}\n${text}` };
    else comments.push({ line: lineAt(source, found.index), text });
    end = found.index + token.length;
  }
  return comments.flatMap(({ line, text }) => paragraphsOf(text, line));
};

/** Paragraphs, list items, headings and cells of a table, each with its line. */
const paragraphsOf = (page: string, first = 1): readonly Block[] => {
  const blocks: Block[] = [];
  let open: Block | undefined;
  const close = (): void => {
    if (open !== undefined) blocks.push(open);
    open = undefined;
  };
  page.split('\n').forEach((text, n) => {
    const line = first + n;
    if (/^\s*\|/.test(text)) {
      close();
      blocks.push(...text.split(/(?<!\\)\|/).map((cell) => ({ line, text: cell })));
      return;
    }
    if (text.trim() === '' || /^\s*(?:[-*+>]|\d+\.|#+)\s/.test(text)) close();
    const bare = text.replace(/^\s*(?:[-*+>]|\d+\.|#+)\s+/, '');
    if (bare.trim() !== '')
      open = open === undefined ? { line, text: bare } : { ...open, text: `${open.text} ${bare}` };
  });
  close();
  return blocks;
};

/** Code keeps its lines, so that those below keep their numbers. */
const withoutCode = (page: string): string =>
  page.replaceAll(/^[ \t]*(```|~~~)[\s\S]*?^[ \t]*\1[ \t]*$/gm, (code) => code.replaceAll(/[^\n]/g, ''));

/** What Terraform shows people: descriptions and messages. */
const descriptionBlocks = (source: string): readonly Block[] =>
  [...source.matchAll(/\b(?:description|error_message)\s*=\s*"((?:[^"\\]|\\.)*)"/g)].map((found) => ({
    line: lineAt(source, found.index),
    text: (found[1] ?? '').replaceAll('\\n', ' '),
  }));

/** What the program says to people. Tests may hold longer texts, as others write them. */
const SPEAKS = /^(?:schemas|core|adapters|workload|functions|cli|local)\//;

/** Strings and templates; each value that is put in is one word. */
const literalBlocks = (source: string): readonly Block[] =>
  [...source.matchAll(TYPESCRIPT)].flatMap((found) => {
    const [token] = found;
    if (!/^['"`]/.test(token)) return [];
    const text = token
      .slice(1, -1)
      .replaceAll(/\$\{[^{}]*\}/g, 'value')
      .replaceAll(/\\n|\n/g, '. ');
    return [{ line: lineAt(source, found.index), text }];
  });

export const longSentences = (file: string, source: string): readonly Sentence[] => {
  if (file.endsWith('.md')) return paragraphsOf(withoutCode(source)).flatMap(longIn);
  if (!file.endsWith('.tf'))
    return [...commentBlocks(source, TYPESCRIPT), ...(SPEAKS.test(file) ? literalBlocks(source) : [])].flatMap(longIn);
  return [...commentBlocks(source, TERRAFORM), ...descriptionBlocks(source)].flatMap(longIn);
};

const READ = /\.(?:ts|tf|md)$/;

export const sentenceProblems = (tree: Tree): readonly string[] =>
  tree.files
    .filter((file) => READ.test(file))
    .flatMap((file) =>
      longSentences(file, tree.read(file)).map(
        ({ line, words, text }) => `${file}:${line}: ${words} words, split it: ${text}`,
      ),
    );

if (import.meta.main) {
  const problems = sentenceProblems(projectTree());
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0)
    process.stdout.write(`every sentence of comments, pages and printed texts has at most ${MAX_WORDS} words\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
