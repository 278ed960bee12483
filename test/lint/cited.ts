import { dirname, join, matchesGlob, normalize } from 'node:path/posix';
import type { Tree } from './tree.ts';

/**
 * What a page or a comment cites: files, headings, npm scripts, test projects. A stranger follows these, so each must lead somewhere.
 * `reference` and `design` are no folders of the project: what cites them cites a page that readers do not have.
 */
const FOLDERS = [
  ...['schemas', 'core', 'adapters', 'workload', 'functions', 'cli', 'local', 'terraform', 'build', 'test', 'docs'],
  ...['findings', 'reference', 'design', '.ci'],
];

/** Not inside an address, an import or a longer path. */
const PATH = new RegExp(
  `(?<![\\w/.:#@$<>{}*-])(?:\\.\\./)*(?:${FOLDERS.map((folder) => folder.replace('.', '\\.')).join('|')})/[\\w.*@<>{},$/-]*`,
  'g',
);
const PAGE = /(?<![\w/:#*-])(?:[\w.-]+\/)*[\w.-]+\.md\b/g;
/** A file by its own name alone, as comments call a neighbour. */
const FILE = /(?<![\w/.:#@*<>$}{-])[a-z][\w-]*(?:\.[a-z]+)*\.(?:ts|mjs|tf|avsc|tftpl)\b/g;
/** A file that a page has its reader make: the first line of a block names it (test/support/pages/read.ts). */
const MADE = /^```(?:ts|js)\n\/\/ (\S+)$/gm;
const HEADING = /((?:[\w.-]+\/)*[\w.-]+\.md),? "([^"\n]+)"/g;
const SECTION = /(.{0,20})\bsections? \d/g;
const LINK = /\]\(([^)\s]+)\)/g;
const SCRIPT = /\bnpm run (?:--silent )?([a-z][\w:-]*)/g;
const PROJECT = /--project[ =]!?([a-z]+)/g;

/** Comments of a TypeScript, JavaScript, HCL, YAML or shell source. Strings that look like one do no harm: they only are looked at too. */
export const commentsIn = (source: string): string =>
  [...source.matchAll(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/[^\n]*|(?:^|\s)#(?=\s)[^\n]*/g)]
    .map(([comment]) => comment.replaceAll(/\n\s*\*?/g, ' '))
    .join('\n');

/** As GitHub makes them: lower case, punctuation dropped, spaces to dashes. */
const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

export const headingsIn = (page: string): string[] =>
  [...page.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.+)$/gm)].map(([, text]) => text?.trim() ?? '');

/** Names with a part that varies, as in `core/decide/<name>.ts`, stand for any file that fits. */
const exists = (path: string, tree: Tree): boolean => {
  const bare = path.replace(/[.,]+$/, '').replace(/\/$/, '');
  if (!/[<>{}*$]/.test(bare)) return tree.has(bare);
  const glob = bare.replaceAll(/<[^>]*>|\$\{[^}]*\}/g, '*');
  return tree.files.some(
    (file) =>
      matchesGlob(file, glob) || file.split('/').some((_, n, all) => matchesGlob(all.slice(0, n).join('/'), glob)),
  );
};

/** The file that is meant: from the root, beside the citing file, or the only one of that name. */
const pageOf = (cited: string, from: string, tree: Tree): string | undefined => {
  const beside = normalize(join(dirname(from), cited));
  const [only, ...others] = tree.files.filter((file) => file.endsWith(`/${cited}`));
  return [cited, beside].find((path) => tree.has(path)) ?? (others.length === 0 ? only : undefined);
};

export interface Known {
  readonly tree: Tree;
  readonly scripts: ReadonlySet<string>;
  readonly projects: ReadonlySet<string>;
}

/** What the text of a page, or the comments of a source, cites in vain: one line each. */
export const deadCitations = (from: string, source: string, { tree, scripts, projects }: Known): string[] => {
  const dead: string[] = [];
  const text = source.replaceAll(/https?:\/\/\S+/g, '');
  for (const [path] of text.matchAll(PATH))
    if (!exists(path, tree) && !exists(normalize(join(dirname(from), path)), tree)) dead.push(`no such path: ${path}`);
  for (const [page] of text.matchAll(PAGE))
    if (pageOf(page, from, tree) === undefined) dead.push(`no such page: ${page}`);
  const made = new Set([...text.matchAll(MADE)].map(([, name]) => name));
  for (const [name] of text.matchAll(FILE))
    if (!made.has(name) && !tree.files.some((file) => file === name || file.endsWith(`/${name}`)))
      dead.push(`no such file: ${name}`);
  for (const [, page = '', heading = ''] of text.matchAll(HEADING)) {
    const file = pageOf(page, from, tree);
    if (file !== undefined && !headingsIn(tree.read(file)).includes(heading)) dead.push(`${page} has no "${heading}"`);
  }
  for (const [whole, before = ''] of text.matchAll(SECTION))
    if (!/RFC \d+,? $/.test(before)) dead.push(`a section by its number, of no page: ${whole.trim()}`);
  for (const [, script = ''] of text.matchAll(SCRIPT))
    if (!scripts.has(script)) dead.push(`no such script: npm run ${script}`);
  for (const [, project = ''] of text.matchAll(PROJECT))
    if (!projects.has(project)) dead.push(`no such test project: ${project}`);
  return [...new Set(dead)];
};

/** Links of a Markdown page, with their anchors, that lead nowhere. */
export const deadLinks = (from: string, text: string, tree: Tree): string[] =>
  [...text.matchAll(LINK)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? from : normalize(join(dirname(from), path));
    if (!tree.has(file)) return [`no such file: ${link}`];
    if (anchor === undefined || headingsIn(tree.read(file)).some((heading) => slugOf(heading) === anchor)) return [];
    return [`no such heading: ${link}`];
  });
