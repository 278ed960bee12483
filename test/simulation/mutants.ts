import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Mutation } from './mutation.ts';
import { MUTATIONS } from './mutations.ts';

/** npm run simulate:mutants [-- --only WORDS]: each mutation in a copy of the source, which must break a promise within 2,000 histories. */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '2000' },
    together: { type: 'string', default: String(Math.min(4, cpus().length)) },
  },
});

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['adapters', 'core', 'functions', 'local', 'schemas', 'workload', 'test/simulation'];
const report = z.object({
  histories: z.number(),
  failures: z.array(z.object({ invariant: z.string(), profile: z.string(), seed: z.string() })),
});

interface Verdict {
  readonly caught: boolean;
  readonly told: string;
}

/** Throws unless the text stands there exactly once: a mutation that no longer applies proves nothing. */
const mutate = (folder: string, { file, from, to, name }: Mutation): void => {
  const path = join(folder, file);
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${name}: its text stands ${parts.length - 1} times in ${file}`);
  writeFileSync(path, parts.join(to));
};

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

const judge = async (mutation: Mutation): Promise<Verdict> => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-mutant-'));
  try {
    for (const name of FOLDERS) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    mutate(folder, mutation);
    const { code, out } = await simulate(folder, mutation.profile);
    const line = out.split('\n').find((each) => each.startsWith('{'));
    if (code === null || line === undefined) return { caught: false, told: `the simulation broke: ${out.slice(-300)}` };
    const { histories, failures } = report.parse(JSON.parse(line));
    const [first] = failures;
    return first === undefined
      ? { caught: false, told: `SURVIVED ${histories} histories` }
      : { caught: true, told: `${String(histories).padStart(4)} histories: ${first.invariant}` };
  } catch (error) {
    return { caught: false, told: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const todo = MUTATIONS.filter(({ name }) => name.includes(values.only));
const verdicts: Verdict[] = [];
let next = 0;
const lane = async (): Promise<void> => {
  for (let mutation = todo[next++]; mutation !== undefined; mutation = todo[next++]) {
    const verdict = await judge(mutation);
    verdicts.push(verdict);
    console.log(
      `${verdict.caught ? 'caught  ' : 'MISSED  '} ${mutation.name.padEnd(48)} ${mutation.profile.padEnd(17)} ${verdict.told}`,
    );
  }
};
await Promise.all(Array.from({ length: Number(values.together) }, lane));
const caught = verdicts.filter((each) => each.caught).length;
console.log(`${caught} of ${verdicts.length} mutants caught`);
if (caught < verdicts.length) process.exitCode = 1;
