import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Checked, checkFolder } from './check-folder.ts';
import { type Folder, folders, hasTree } from './folders.ts';
import { readSchema } from './plugin/schema.ts';
import { type RunningProvider, startSchemaProvider } from './plugin/server.ts';
import { skippedText } from './skipped.ts';
import { runTerraform, terraformVersion } from './terraform.ts';
import { ROOT } from './used-types.ts';

/** Everything that terraform was asked in this run, once for all test files. */
export interface Results {
  readonly version: string;
  /** What `terraform fmt` would change; "" where nothing. */
  readonly format: string;
  readonly checked: Readonly<Record<string, Checked>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** A file with Results as JSON; "" where there is no terraform. */
    terraformResults: string;
  }
}

const all = async (provider: RunningProvider, chosen: readonly Folder[]): Promise<Results['checked']> => {
  // The examples take longest; two at a time, because terraform itself is not idle either.
  const queue = [...chosen].sort((a, b) => Number(b.name.includes('examples')) - Number(a.name.includes('examples')));
  const done: [string, Checked][] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      done.push([next.name, await checkFolder(next.path, provider, { test: next.hasTests })]);
  };
  await Promise.all([work(), work()]);
  return Object.fromEntries(done);
};

/** Asks terraform about everything, or about some examples. */
export const collect = async (version: string, examples?: readonly string[]): Promise<Results> => {
  const provider = await startSchemaProvider(readSchema());
  try {
    const format = hasTree()
      ? await runTerraform(join(ROOT, 'terraform'), ['fmt', '-check', '-recursive', '-diff', '-no-color'])
      : undefined;
    return {
      version,
      format: format === undefined ? 'there is no terraform/' : `${format.stdout}${format.stderr}`.trim(),
      checked: await all(
        provider,
        folders().filter(
          ({ name }) => examples === undefined || examples.some((one) => name.endsWith(`examples/${one}`)),
        ),
      ),
    };
  } finally {
    provider.close();
  }
};

export default async (project: TestProject): Promise<() => void> => {
  const version = terraformVersion();
  if (version === undefined) {
    console.warn(`\n${skippedText()}. Nothing under terraform/ is validated or planned in this run.\n`);
    project.provide('terraformResults', '');
    return () => {};
  }
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-terraform-results-'));
  const file = join(folder, 'results.json');
  writeFileSync(file, JSON.stringify(await collect(version)));
  project.provide('terraformResults', file);
  return () => rmSync(folder, { recursive: true, force: true });
};
