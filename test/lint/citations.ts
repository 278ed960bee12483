import { commentsIn, deadCitations, deadLinks, type Known } from './cited.ts';
import { threatProblems } from './threats.ts';
import { projectTree, type Tree } from './tree.ts';

const SOURCE = /\.(ts|js|mjs|tf|hcl|tftpl|sh|sql)$|^\.ci\/|Dockerfile$/;
/** Texts of others that are kept as they came, and what must cite what does not exist: the test of this check. */
const EXEMPT =
  /^test\/terraform\/(known|schema|plugin)\/|^terraform\/examples\/[^/]+\/tests\/dist\/|^test\/unit\/lint\/citations\.test\.ts$/;

const knownOf = (tree: Tree): Known => ({
  tree,
  scripts: new Set(Object.keys(JSON.parse(tree.read('package.json')).scripts)),
  projects: new Set([...tree.read('vitest.config.ts').matchAll(/project\('([a-z]+)'/g)].map(([, name]) => name ?? '')),
});

/** Everything that a page or a comment cites and that is not there. */
export const citationProblems = (tree: Tree): string[] => {
  const known = knownOf(tree);
  const dead = tree.files
    .filter((file) => !EXEMPT.test(file))
    .flatMap((file) => {
      const isPage = file.endsWith('.md');
      if (!isPage && !SOURCE.test(file)) return [];
      const text = tree.read(file);
      const found = isPage
        ? [...deadCitations(file, text, known), ...deadLinks(file, text, tree)]
        : deadCitations(file, commentsIn(text), known);
      return found.map((what) => `${file}: ${what}`);
    });
  return [...dead, ...threatProblems(tree)];
};

if (import.meta.main) {
  const problems = citationProblems(projectTree());
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0)
    process.stdout.write('every path, page, heading, script and threat that is cited exists\n');
  process.exitCode = problems.length === 0 ? 0 : 1;
}
