import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checked, checkFolder } from './check-folder.ts';
import { readSchema } from './plugin/schema.ts';
import { type RunningProvider, startSchemaProvider } from './plugin/server.ts';
import { results, SKIPPED } from './results.ts';
import { ROOT } from './used-types.ts';

const MADE = `
run "made" {
  command = apply
}
`;

/** A plan says nothing of `lifecycle`: a copy of the module is applied against a mocked provider, which `terraform test` destroys at its end. */
describe.skipIf(results === undefined)(`keys of a co-signer${SKIPPED}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-kept-'));
  let provider: RunningProvider;
  beforeAll(async () => {
    provider = await startSchemaProvider(readSchema());
  });
  afterAll(() => {
    provider.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const destroyed = async (disposable: boolean): Promise<Checked> => {
    const modules = join(folder, String(disposable));
    for (const name of ['attested-pool', 'co-signer'])
      cpSync(`${ROOT}terraform/modules/${name}`, join(modules, name), { recursive: true });
    const file = join(modules, 'co-signer', 'tests', 'co_signer.tftest.hcl');
    const [head = ''] = readFileSync(file, 'utf8').split(/^run "/m);
    const given = head.replace(/^variables \{$/m, `variables {\n  disposable = ${disposable}`);
    expect(given).not.toBe(head);
    writeFileSync(file, given + MADE);
    return checkFolder(join(modules, 'co-signer'), provider, { test: true });
  };

  it('are not destroyed: the share at rest would go with them', async () => {
    const { tests } = await destroyed(false);
    const said = tests?.runs.flatMap(({ messages }) => messages) ?? [];
    expect([...said].sort()).toEqual([
      expect.stringMatching(/Instance cannot be destroyed.*google_kms_crypto_key\.main\["home"\]/),
      expect.stringMatching(/Instance cannot be destroyed.*google_kms_crypto_key\.main\["release"\]/),
    ]);
  });

  it('of a lab are', async () => {
    const { init, validation, tests } = await destroyed(true);
    expect({ init, validation, messages: tests?.messages }).toEqual({ init: '', validation: [], messages: [] });
    expect(tests?.runs.map(({ status, messages }) => ({ status, messages }))).toEqual([
      { status: 'pass', messages: [] },
    ]);
  });
});
