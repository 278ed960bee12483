import { describe, expect, test } from 'vitest';
import { importProblem, importsOf } from '#test/lint/arrows.ts';

describe('the arrows between the rooms', () => {
  test.each([
    ['core/register/rules.ts', '#schemas/request.ts'],
    ['core/register/rules.ts', './ports.ts'],
    ['core/decide/intake.ts', '../policy.ts'],
    ['functions/reconcile/handle.ts', '../collect/handle.ts'],
    ['cli/commands/dev.ts', '#local/lab/lab.ts'],
    ['adapters/kms/kms.ts', '@google-cloud/kms'],
    ['test/unit/x.test.ts', '#workload/turn.ts'],
  ])('%s may import %s', (file, specifier) => {
    expect(importProblem(file, specifier)).toBeUndefined();
  });

  test.each([
    ['schemas/request.ts', '#core/policy.ts', 'schemas must not import core'],
    ['core/register/rules.ts', '#adapters/storage/storage.ts', 'core must not import adapters'],
    ['core/register/rules.ts', '@google-cloud/storage', 'core must not import the package @google-cloud/storage'],
    ['core/register/rules.ts', 'node:fs', 'core is pure: it must not import node:fs'],
    ['workload/turn.ts', '../functions/shell/context.ts', 'workload must not import functions'],
    ['workload/turn.ts', '#local/cloud/runtime/world.ts', 'workload must not import local'],
    ['adapters/storage/storage.ts', '#test/support/law.ts', 'adapters must not import test'],
    ['cli/commands/show.ts', '#local/lab/lab.ts', 'only dev and demo may import local'],
  ])('%s must not import %s', (file, specifier, problem) => {
    expect(importProblem(file, specifier)).toBe(problem);
  });

  test('every form of import is seen', () => {
    const source =
      "import a from 'a';\nimport {\n  b,\n} from 'b';\nexport { c } from 'c';\nimport 'd';\nconst e = await import('e');\nimport type { F } from 'f';\n";
    expect(importsOf(source)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });
});
