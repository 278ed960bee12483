import { describe, expect, test } from 'vitest';
import { importProblem, importsOf, impurity } from '#test/lint/arrows.ts';

describe('the arrows between the rooms', () => {
  test.each([
    ['core/register/rules.ts', '#schemas/request.ts'],
    ['core/register/rules.ts', '../ports.ts'],
    ['core/decide/intake.ts', '../policy.ts'],
    ['functions/reconcile/apply-owed.ts', '#functions/intake/handle.ts'],
    ['core/decide/intake.ts', '#core/register/rules.ts'],
    ['local/cloud/pubsub/rest.ts', '#local/cloud/runtime/http.ts'],
    ['local/lab/lab.ts', '#core/ports.ts'],
    ['functions/settlement/load.ts', './load-seal.ts'],
    ['functions/settlement/commit.ts', '#core/decide/finalize.ts'],
    ['cli/commands/dev.ts', '#local/lab/lab.ts'],
    ['adapters/kms/kms.ts', '@google-cloud/kms'],
    ['client/ports.ts', '#adapters/pubsub/pull.ts'],
    ['client/ethers.ts', 'ethers'],
    ['client/viem.ts', 'viem/utils'],
    ['cli/commands/show.ts', '#cli/clear/reading.ts'],
    ['cli/console/page/main.ts', 'preact/hooks'],
    ['cli/console/page/main.ts', './update.ts'],
    ['cli/console/page/update.ts', '#cli/console/api.ts'],
    ['test/unit/x.test.ts', '#workload/turn.ts'],
  ])('%s may import %s', (file, specifier) => {
    expect(importProblem(file, specifier)).toBeUndefined();
  });

  test.each([
    ['schemas/request.ts', '#core/policy.ts', 'schemas must not import core'],
    ['core/register/rules.ts', '#adapters/storage/storage.ts', 'core must not import adapters'],
    ['core/register/rules.ts', '@google-cloud/storage', 'core must not import the package @google-cloud/storage'],
    ['core/register/rules.ts', 'node:fs', 'core is pure: it must not import node:fs'],
    ['workload/turn.ts', '../functions/runtime/context.ts', 'workload must not import functions'],
    ['workload/turn.ts', '#local/cloud/runtime/world.ts', 'workload must not import local'],
    ['adapters/storage/storage.ts', '#test/support/law.ts', 'adapters must not import test'],
    ['cli/commands/show.ts', '#local/lab/lab.ts', 'only dev and demo may import local'],
    ['core/register/rules.ts', '#core/decide/intake.ts', 'core/register must not import core/decide'],
    ['core/transaction/fees.ts', '../shares/quorum.ts', 'core/transaction must not import core/shares'],
    ['functions/reconcile/handle.ts', '../collect/handle.ts', 'functions/reconcile must not import functions/collect'],
    ['functions/settlement/load.ts', './commit.ts', 'settlement: load.ts must not call commit.ts'],
    ['functions/settlement/commit.ts', './load.ts', 'settlement: commit.ts must not call load.ts'],
    ['functions/settlement/load-seal.ts', './load.ts', 'settlement: load-seal.ts must not call load.ts'],
    [
      'functions/settlement/memory.ts',
      '#functions/settlement/mined.ts',
      'settlement: memory.ts must not call mined.ts',
    ],
    ['functions/settlement/load.ts', '#core/decide/finalize.ts', 'settlement: what loads must not judge'],
    ['core/decide/finalize.ts', '#functions/settlement/load.ts', 'core must not import functions'],
    ['client/client.ts', '#cli/request/draft.ts', 'client must not import cli'],
    ['client/client.ts', '#local/lab/lab.ts', 'client must not import local'],
    ['client/client.ts', 'ethers', 'client must not import the package ethers'],
    ['client/viem.ts', 'ethers', 'client must not import the package ethers'],
    ['client/client.ts', 'node:fs', 'client is pure: it must not import node:fs'],
    [
      'client/ports.ts',
      '#adapters/storage/storage.ts',
      'the client must not bring in a library beside the Pub/Sub client',
    ],
    ['cli/console/page/main.ts', 'node:fs', 'the console’s page must not import it: it runs in a browser'],
    ['cli/console/page/main.ts', 'ethers', 'the console’s page must not import it: it runs in a browser'],
    ['cli/console/page/main.ts', '../server.ts', 'the console’s page must not import it: it runs in a browser'],
    ['cli/console/page/main.ts', '#schemas/codes.ts', 'the console’s page must not import it: it runs in a browser'],
    ['workload/turn.ts', '#cli/clear/reading.ts', 'descriptors are rendered for people by the cli alone'],
    ['functions/intake/handle.ts', '../../cli/clear/pinned.ts', 'descriptors are rendered for people by the cli alone'],
    ['core/policy.ts', '#cli/clear/descriptor.ts', 'descriptors are rendered for people by the cli alone'],
    ['functions/runtime/serve.ts', '#functions/intake/handle.ts', 'functions/runtime must not import a step'],
    ['local/cloud/pubsub/rest.ts', '#schemas/names.ts', 'the local cloud knows nothing of keyturn: only local/lab may'],
    ['local/cloud/pubsub/rest.ts', '#local/lab/lab.ts', 'the local cloud knows nothing of keyturn: only local/lab may'],
  ])('%s must not import %s', (file, specifier, problem) => {
    expect(importProblem(file, specifier)).toBe(problem);
  });

  test('every form of import is seen', () => {
    const source =
      "import a from 'a';\nimport {\n  b,\n} from 'b';\nexport { c } from 'c';\nimport 'd';\nconst e = await import('e');\nimport type { F } from 'f';\n";
    expect(importsOf(source)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test.each([
    ['core/policy.ts', 'const a = async () => 1;', 'decides, so it must not use async'],
    ['core/decide/launch.ts', 'const now = Date.now();', 'decides, so it must not use Date.now('],
    ['core/register/plan.ts', 'new Date()', 'decides, so it must not use new Date()'],
    ['core/register/read.ts', 'await storage.list()', undefined],
    ['core/policy.ts', 'new Date(ms).toISOString()', undefined],
    ['adapters/clock.ts', 'Date.now()', undefined],
  ])('what decides does no I/O and reads no clock: %s with %s', (file, source, problem) => {
    expect(impurity(file, source)).toBe(problem);
  });
});
