import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkFolder } from '../check-folder.ts';
import type { RunningProvider } from '../plugin/server.ts';
import type { Subject } from '../policies/finding.ts';
import { type Example, subjectWith } from '../subject.ts';
import { ROOT } from '../used-types.ts';
import type { Batch, Widening } from './widening.ts';

/** Throws where the text to change does not stand in the file: a widening that changes nothing would prove nothing. */
const make = (folder: string, { file, from, to, what }: Widening): void => {
  const path = join(folder, file);
  const old = readFileSync(path, 'utf8');
  if (!old.includes(from)) throw new Error(`${what}: ${file} has no ${JSON.stringify(from)}`);
  writeFileSync(
    path,
    old.replace(from, () => to),
  );
};

/** The first run of an example's tests plans the whole of it; the others would only take time. */
const keepFirstRun = (folder: string, example: Example): void => {
  const path = join(folder, 'examples', example, 'tests', `${example}.tftest.hcl`);
  const [head = '', first = ''] = readFileSync(path, 'utf8').split(/^(?=run ")/m);
  writeFileSync(path, head + first);
};

/** The plan of the batch's example, with all its widenings made in a copy of terraform/. Throws with what terraform said where there is none. */
export const widened = async ({ example, widenings }: Batch, provider: RunningProvider): Promise<Subject> => {
  const copy = mkdtempSync(join(tmpdir(), 'keyturn-widened-'));
  try {
    const folder = join(copy, 'terraform');
    for (const name of ['terraform', 'schemas']) cpSync(`${ROOT}${name}`, join(copy, name), { recursive: true });
    for (const widening of widenings) make(folder, widening);
    keepFirstRun(folder, example);
    const { init, validation, tests } = await checkFolder(join(folder, 'examples', example), provider, { test: true });
    const runs = tests?.runs ?? [];
    const plan = runs.find(({ plan: made }) => made !== undefined)?.plan;
    const said = [init, ...validation, ...(tests?.messages ?? []), ...runs.flatMap(({ messages }) => messages)];
    if (plan === undefined) throw new Error(`no plan of ${example}: ${said.filter((line) => line !== '').join('; ')}`);
    return subjectWith(plan, example);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};
