import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedFor, type BenchOptions, USAGE } from './options.ts';

/** `npm run bench`: see `--help`. The table goes to standard output, progress to standard error. */
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

/** By Ctrl-C, as a shell has it. */
const INTERRUPTED = 130;
let stopping = false;

/** What is undone at the end, the newest first, also after Ctrl-C. */
const undo: (() => Promise<void> | void)[] = [];
const clean = async (): Promise<void> => {
  for (const each of undo.splice(0).reverse()) await each();
};

const openFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** The baseline's build; undefined, and said loudly, where there is none. */
const openTree = async (folder: string) => {
  const { openBaseline } = await import('./baseline.ts');
  note('builds the baseline');
  const found = await openBaseline(folder);
  if (found.kind === 'skipped') {
    note(`SKIPPED: everything that is compared with the baseline: ${found.why}`);
    return undefined;
  }
  undo.push(found.close);
  return found.tree;
};

const bench = async ({ parts, full, baseline, strict, json, write }: BenchOptions): Promise<number> => {
  const { machineLine } = await import('./machine.ts');
  const { judge } = await import('./figure.ts');
  const { targetOf } = await import('./targets.ts');
  const { markdown, tableText, writeReadme } = await import('./show.ts');
  const { partOf } = await import('./parts.ts');
  const { ensureBuilt } = await import('../../build/build.ts');
  const machine = machineLine();
  note(machine);
  const folder = openFolder();
  await ensureBuilt();
  const given = { folder, baseline: baseline ? await openTree(folder) : undefined, full, onStep: note };
  const judged = [];
  let failed = false;
  for (const name of parts) {
    const part = await partOf(name);
    try {
      for (const measured of await part(given)) judged.push(judge(measured, targetOf(measured.name)));
    } catch (error) {
      // What was interrupted is no result.
      if (stopping) return INTERRUPTED;
      failed = true;
      note(`part ${name} could not be measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const { figure, skipped } of judged) if (skipped !== '') note(`SKIPPED: ${figure.name}: ${skipped}`);
  const figures = judged.map(({ figure }) => figure);
  if (json) say(JSON.stringify({ figures }));
  else say(`${machine}\n\n${tableText(judged)}`);
  if (failed) return 1;
  if (write) writeReadme(markdown(judged, machine, new Date().toISOString().slice(0, 10)));
  return strict && figures.some(({ ok }) => ok === false) ? 1 : 0;
};

const run = async (args: readonly string[]): Promise<number> => {
  const asked = askedFor(args);
  switch (asked.kind) {
    case 'help':
      say(USAGE);
      return 0;
    case 'usage':
      process.stderr.write(`${asked.why}\n\n${USAGE}\n`);
      return 2;
    case 'guard': {
      const { guard } = await import('./guard.ts');
      return guard({ folder: openFolder(), write: asked.write, say, note });
    }
    case 'bench':
      return bench(asked.options);
  }
};

const stop = async (): Promise<void> => {
  if (stopping) return;
  stopping = true;
  await (await import('./probe.ts')).stopProbes();
  await clean();
  process.exit(INTERRUPTED);
};
// It stays: where nobody listens any more, local/cloud/processes/children.ts ends the process at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

try {
  process.exitCode = await run(process.argv.slice(2));
} finally {
  if (!stopping) await clean();
}
