import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** npm run findings [-- NAME...]: runs the findings one after another and says which still hold. */
const DEADLINE_MS = 120_000;
const FOLDER = import.meta.dirname;

type Verdict = 'pass' | 'skip' | 'fail';

const all = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.sh') && file !== 'lib.sh')
  .map((file) => basename(file, '.sh'))
  .sort();

/** In a process group of its own, so that a late one ends with all that it started. */
const run = (name: string): Promise<{ verdict: Verdict; output: string }> =>
  new Promise((done) => {
    const child = spawn('bash', [join(FOLDER, `${name}.sh`)], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It has ended by itself.
      }
    };
    const timer = setTimeout(() => {
      output += `FAILED: not done after ${DEADLINE_MS / 1000} s\n`;
      endGroup();
    }, DEADLINE_MS);
    const interrupted = () => {
      endGroup();
      process.exit(130);
    };
    process.once('SIGINT', interrupted);
    child.on('close', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted);
      done({ verdict: code !== 0 ? 'fail' : /^=== SKIPPED/m.test(output) ? 'skip' : 'pass', output });
    });
  });

const names = process.argv.slice(2);
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`No such finding: ${unknown.join(', ')}. There are: ${all.join(', ')}`);
  process.exit(2);
}

const counts: Record<Verdict, number> = { pass: 0, skip: 0, fail: 0 };
for (const name of names.length > 0 ? names : all) {
  const from = performance.now();
  const { verdict, output } = await run(name);
  counts[verdict] += 1;
  console.log(`${verdict.toUpperCase()} ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
  if (verdict !== 'pass' || names.length > 0) console.log(output.trimEnd());
}
console.log(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`);
process.exit(counts.fail > 0 ? 1 : 0);
