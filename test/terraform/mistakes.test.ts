import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checked, checkFolder } from './check-folder.ts';
import { CORRECT, CORRECT_TEST, FAILING, INVALID } from './mistakes-hcl.ts';
import { readSchema } from './plugin/schema.ts';
import { type RunningProvider, startSchemaProvider } from './plugin/server.ts';
import { results, SKIPPED } from './results.ts';
import { runTerraform } from './terraform.ts';

/** The checker checked: one that lets everything through would be green for ever. */
describe.skipIf(results === undefined)(`terraform and the recovered schema${SKIPPED}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-mistakes-'));
  let provider: RunningProvider;
  beforeAll(async () => {
    provider = await startSchemaProvider(readSchema());
  });
  afterAll(() => {
    provider.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const check = async (name: string, hcl: string, test = true): Promise<Checked> => {
    const path = join(folder, name.replaceAll(/\W+/g, '-'));
    mkdirSync(join(path, 'tests'), { recursive: true });
    writeFileSync(join(path, 'main.tf'), hcl);
    writeFileSync(join(path, 'tests', 'main.tftest.hcl'), CORRECT_TEST);
    return checkFolder(path, provider, { test });
  };

  it('finds nothing in what is correct', async () => {
    const { init, validation, tests } = await check('correct', CORRECT);
    expect({ init, validation, messages: tests?.messages }).toEqual({ init: '', validation: [], messages: [] });
    expect(tests?.runs.map(({ run, status }) => `${run} ${status}`)).toEqual([
      'plan pass',
      'long_names_are_refused pass',
    ]);
  });

  it.concurrent.each(INVALID)('finds $what', async ({ what, from, to, message }) => {
    expect(CORRECT).toContain(from);
    const { validation } = await check(
      what,
      CORRECT.replace(from, () => to),
      false,
    );
    expect(validation).toEqual([expect.stringMatching(message)]);
  });

  it.concurrent.each(FAILING)('finds $what', async ({ what, from, to, message }) => {
    expect(CORRECT).toContain(from);
    const { validation, tests } = await check(
      what,
      CORRECT.replace(from, () => to),
    );
    expect(validation).toEqual([]);
    const failed = tests?.runs.filter(({ status }) => status !== 'pass') ?? [];
    expect(failed).toHaveLength(1);
    expect(failed[0]?.messages).toEqual([expect.stringMatching(message)]);
  });

  it('finds a badly formatted file', async () => {
    const path = join(folder, 'format');
    mkdirSync(path);
    writeFileSync(join(path, 'main.tf'), 'variable "x" {\ntype=string\n}\n');
    const { code, stdout } = await runTerraform(path, ['fmt', '-check', '-recursive', '-diff', '-no-color']);
    expect(code).not.toBe(0);
    expect(stdout).toContain('main.tf');
  });
});
