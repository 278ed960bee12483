import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestReport, testReport, validationMessages } from './messages.ts';
import type { RunningProvider } from './plugin/server.ts';
import { runTerraform } from './terraform.ts';

export interface Checked {
  /** What init said, where it failed; then nothing else was run. */
  readonly init: string;
  readonly validation: readonly string[];
  /** Undefined where there was nothing to test, or validation failed already. */
  readonly tests: TestReport | undefined;
  /** ms */
  readonly took: number;
}

/** init, validate and test of one folder. Nothing is written into it. */
export const checkFolder = async (
  folder: string,
  provider: RunningProvider,
  { test }: { readonly test: boolean },
): Promise<Checked> => {
  const began = Date.now();
  const data = mkdtempSync(join(tmpdir(), 'keyturn-terraform-data-'));
  const extra = { TF_REATTACH_PROVIDERS: provider.reattach, TF_DATA_DIR: data };
  const done = (rest: Omit<Checked, 'took'>): Checked => ({ ...rest, took: Date.now() - began });
  try {
    const init = await runTerraform(folder, ['init', '-backend=false', '-input=false', '-no-color'], extra);
    if (init.code !== 0) return done({ init: init.stderr || init.stdout, validation: [], tests: undefined });
    const validation = validationMessages((await runTerraform(folder, ['validate', '-json'], extra)).stdout);
    if (!test || validation.some((line) => line.startsWith('error')))
      return done({ init: '', validation, tests: undefined });
    const ran = await runTerraform(folder, ['test', '-json', '-verbose'], extra);
    if (ran.stdout === '') throw new Error(`terraform test said nothing: ${ran.stderr}`);
    return done({ init: '', validation, tests: testReport(ran.stdout) });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
};
