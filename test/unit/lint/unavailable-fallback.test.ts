import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const RULE = 'test/lint/unavailable-fallback.grit';

/** What the rule alone says of one file. */
const lint = (text: string): { readonly code: number | null; readonly output: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-lint-'));
  try {
    const rules = { linter: { rules: { preset: 'none' } }, plugins: [join(ROOT, RULE)] };
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(rules));
    writeFileSync(join(folder, 'example.ts'), text);
    const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
    const { status, stdout, stderr } = spawnSync(process.execPath, [biome, 'lint', folder], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { code: status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('lint forbids UNAVAILABLE as what an unknown error is called', () => {
  const sample = (expression: string) =>
    `const error: { readonly code?: string } = {};\nexport const code = ${expression};\n`;

  test.each([
    "error.code ? error.code : 'UNAVAILABLE'",
    "error.code ?? 'UNAVAILABLE'",
    "error.code || 'UNAVAILABLE'",
    'error.code ?? "UNAVAILABLE"',
    "error.code ? error.code : error.code ? 'CONFIG' : 'UNAVAILABLE'",
  ])('%s is refused', (expression) => {
    const { code, output } = lint(sample(expression));
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('use errorFields') });
  });

  test.each([
    "{ ...error, code: 'UNAVAILABLE' }.code",
    "error.code === 'busy' ? 'UNAVAILABLE' : 'BUG'",
    "error.code ? error.code : 'BUG'",
  ])('%s is not', (expression) => {
    const { code, output } = lint(sample(expression));
    expect({ code, output }).toMatchObject({ code: 0 });
  });

  test('and the rule is on for every file of the repository', () => {
    const { plugins, overrides } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
    expect(plugins).toEqual([`./${RULE}`]);
    // An override may add a rule. One that names plugins could take this one away.
    for (const each of overrides) expect(Object.keys(each)).toEqual(['includes', 'linter']);
  });
});
