import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A rule that a variable sets itself, and how often a test sees it refuse. */
export interface Validated {
  readonly variable: string;
  readonly rules: number;
  /** Runs that expect this variable to refuse. */
  readonly refusals: number;
}

const read = (folder: string, pattern: string): string =>
  globSync(pattern, { cwd: folder })
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');

/** The text of each top-level block of a kind, by its label. Formatted files close such a block in the first column. */
const blocksOf = (hcl: string, kind: string): readonly (readonly [label: string, body: string])[] =>
  [...hcl.matchAll(new RegExp(`^${kind} "([^"]+)" \\{\\n([\\s\\S]*?)^\\}`, 'gm'))].map(
    ([, label = '', body = '']) => [label, body] as const,
  );

/** Every validated variable of a folder that terraform runs in. */
export const validatedIn = (folder: string): readonly Validated[] => {
  const expected = blocksOf(read(folder, '{.,tests}/*.tftest.hcl'), 'run').map(([, body]) => {
    const listed = /expect_failures\s*=\s*\[([^\]]*)\]/.exec(body)?.[1] ?? '';
    return new Set([...listed.matchAll(/var\.([a-z_]+)/g)].map(([, name = '']) => name));
  });
  return blocksOf(read(folder, '*.tf'), 'variable')
    .map(([variable, body]) => ({
      variable,
      rules: [...body.matchAll(/^ {2}validation \{/gm)].length,
      refusals: expected.filter((names) => names.has(variable)).length,
    }))
    .filter(({ rules }) => rules > 0);
};
