import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { mutate, mutated } from './mutate.ts';
import type { Mutation } from './mutation.ts';
import { MUTATIONS } from './mutations.ts';
import { sampleOf } from './sample.ts';

/**
 * `npm run simulate:mutants [-- --only WORDS,WORDS] [--seeds N] [--together W] [--check] [--sample N [--date YYYY-MM-DD]]`
 *
 * Each mutation is made in a copy of the source. It must break the promise that it names within 2,000 histories. `--check` only applies them.
 * `--sample` takes N of them. The date says which (UTC, today's unless given), so over the days all get their turn.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '2000' },
    together: { type: 'string', default: String(Math.min(4, cpus().length)) },
    check: { type: 'boolean', default: false },
    sample: { type: 'string' },
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
  },
});

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['adapters', 'core', 'functions', 'local', 'schemas', 'workload', 'test/simulation', 'test/support'];
const report = z.object({
  histories: z.number(),
  failures: z.array(z.object({ invariant: z.string(), profile: z.string(), seed: z.string(), text: z.string() })),
});

interface Verdict {
  readonly caught: boolean;
  readonly told: string;
}

const simulate = (folder: string, profile: string): Promise<{ code: number | null; out: string }> =>
  new Promise((resolve, reject) => {
    const options = ['--profile', profile, '--seeds', values.seeds, '--workers', '1', '--until-failure', '--json'];
    const child = spawn(process.execPath, [join(folder, 'test/simulation/main.ts'), ...options], { cwd: folder });
    let out = '';
    child.stdout.on('data', (text: Buffer) => {
      out += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      out += text.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });

const verdictOf = ({ breaks }: Mutation, code: number | null, out: string): Verdict => {
  const line = out.split('\n').find((each) => each.startsWith('{'));
  if (code === null || line === undefined) return { caught: false, told: `the simulation broke: ${out.slice(-300)}` };
  const { histories, failures } = report.parse(JSON.parse(line));
  const [first] = failures;
  if (first === undefined) return { caught: false, told: `SURVIVED ${histories} histories` };
  const told = `${String(histories).padStart(4)} histories: ${first.invariant}`;
  if (breaks.some((each) => first.invariant.startsWith(each))) return { caught: true, told };
  return { caught: false, told: `${told}, not ${breaks.join(' or ')} (seed ${first.seed}: ${first.text})` };
};

const judge = async (mutation: Mutation): Promise<Verdict> => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-mutant-'));
  try {
    for (const name of FOLDERS) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    mutate(folder, mutation);
    const { code, out } = await simulate(folder, mutation.profile);
    return verdictOf(mutation, code, out);
  } catch (error) {
    return { caught: false, told: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const wanted = values.only.split(',');
const named = MUTATIONS.filter(({ name }) => wanted.some((word) => name.includes(word)));
const todo = values.sample === undefined ? named : sampleOf(named, Number(values.sample), values.date);
if (values.check) {
  const stale = todo.flatMap((mutation) => {
    try {
      mutated(ROOT, mutation);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
  for (const line of stale) console.log(line);
  console.log(`${todo.length - stale.length} of ${todo.length} mutations apply`);
  process.exit(stale.length === 0 ? 0 : 1);
}
const verdicts: Verdict[] = [];
let next = 0;
const lane = async (): Promise<void> => {
  for (let mutation = todo[next++]; mutation !== undefined; mutation = todo[next++]) {
    const verdict = await judge(mutation);
    verdicts.push(verdict);
    console.log(
      `${verdict.caught ? 'caught  ' : 'MISSED  '} ${mutation.name.padEnd(52)} ${mutation.profile.padEnd(17)} ${verdict.told}`,
    );
  }
};
await Promise.all(Array.from({ length: Number(values.together) }, lane));
const caught = verdicts.filter((each) => each.caught).length;
console.log(`${caught} of ${verdicts.length} mutants caught`);
if (caught < verdicts.length) process.exitCode = 1;
