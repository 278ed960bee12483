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

  const destroyed = async (
    name: string,
    disposable: boolean,
    change: (keys: string) => string = (keys) => keys,
  ): Promise<Checked> => {
    const modules = join(folder, name);
    for (const one of ['attested-pool', 'co-signer'])
      cpSync(`${ROOT}terraform/modules/${one}`, join(modules, one), { recursive: true });
    const keys = join(modules, 'co-signer', 'keys.tf');
    writeFileSync(keys, change(readFileSync(keys, 'utf8')));
    const file = join(modules, 'co-signer', 'tests', 'co_signer.tftest.hcl');
    const [head = ''] = readFileSync(file, 'utf8').split(/^run "/m);
    const given = head.replace(/^variables \{$/m, `variables {\n  disposable = ${disposable}`);
    expect(given).not.toBe(head);
    writeFileSync(file, given + MADE);
    return checkFolder(join(modules, 'co-signer'), provider, { test: true });
  };

  /** Of each key that terraform would destroy. */
  const unkept = ({ tests }: Checked): readonly string[] => {
    const said = tests?.runs.flatMap(({ messages }) => messages) ?? [];
    return ['home', 'release']
      .filter(
        (use) =>
          !said.some(
            (line) => line.includes(`google_kms_crypto_key.main["${use}"]`) && line.includes('cannot be destroyed'),
          ),
      )
      .map((use) => `google_kms_crypto_key.main["${use}"] would be destroyed: prevent_destroy must be true`);
  };

  it('are not destroyed: the share at rest would go with them', async () => {
    const checked = await destroyed('kept', false);
    expect(checked.tests?.runs.map(({ run }) => run)).toEqual(['made']);
    expect(unkept(checked)).toEqual([]);
  });

  it('would be, were prevent_destroy gone, and that is said of each', async () => {
    const gone = (keys: string): string => {
      const without = keys.replace('\n  lifecycle {\n    prevent_destroy = true\n  }\n', '\n');
      expect(without).not.toBe(keys);
      return without;
    };
    expect(unkept(await destroyed('widened', false, gone))).toEqual([
      'google_kms_crypto_key.main["home"] would be destroyed: prevent_destroy must be true',
      'google_kms_crypto_key.main["release"] would be destroyed: prevent_destroy must be true',
    ]);
  });

  it('of a lab are', async () => {
    const { init, validation, tests } = await destroyed('lab', true);
    expect({ init, validation, messages: tests?.messages }).toEqual({ init: '', validation: [], messages: [] });
    expect(tests?.runs.map(({ status, messages }) => ({ status, messages }))).toEqual([
      { status: 'pass', messages: [] },
    ]);
  });
});
