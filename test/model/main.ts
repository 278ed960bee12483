import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { JOBS, type Job } from './jobs.ts';
import { report, surpriseIn } from './report.ts';
import { type Result, search } from './search.ts';

/**
 * `npm run model -- [WORDS] [--states N]`: runs the jobs whose name contains WORDS, each to the end or to N states. All of them take about
 * twenty minutes on two cores. Exit code 1 where one is not as docs/register.md says.
 */
interface Order {
  readonly index: number;
  readonly maxStates: number;
}
const HEAP_MB = 10_000;

const run = ({ index, maxStates }: Order): Result => {
  const job = JOBS[index];
  if (job === undefined) throw new RangeError(`no job ${index}`);
  return search({ ...job, maxStates: Math.min(job.maxStates, maxStates) });
};

/** Runs the orders on a few threads, and tells of each as soon as all before it are told. */
const runAll = async (orders: readonly Order[], tell: (order: Order, result: Result) => void): Promise<void> => {
  const results = new Map<number, Result>();
  let given = 0;
  let told = 0;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(fileURLToPath(import.meta.url), {
        resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      });
      let current = -1;
      const give = (): void => {
        current = given++;
        const order = orders[current];
        if (order === undefined) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(order);
      };
      worker.on('message', (result: Result) => {
        results.set(current, result);
        for (let next = results.get(told); next !== undefined; next = results.get(told)) {
          const order = orders[told++];
          if (order !== undefined) tell(order, next);
        }
        give();
      });
      worker.on('error', reject);
      give();
    });
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism(), orders.length) }, work));
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { states: { type: 'string' } } });
  const maxStates = values.states === undefined ? Number.POSITIVE_INFINITY : Number(values.states);
  if (Number.isNaN(maxStates)) throw new RangeError('--states takes a number');
  const words = positionals.join(' ');
  const orders = JOBS.flatMap(({ name }, index) => (name.includes(words) ? [{ index, maxStates }] : []));
  const surprises: string[] = [];
  let states = 0;
  await runAll(orders, ({ index }, result) => {
    const job: Job | undefined = JOBS[index];
    if (job === undefined) return;
    states += result.states;
    process.stdout.write(`${report(job, result)}\n`);
    const surprise = surpriseIn(job, result);
    if (surprise !== undefined) surprises.push(`${job.name} ${surprise}`);
  });
  process.stdout.write(`\n${orders.length} jobs, ${states.toLocaleString('en')} states\n`);
  for (const surprise of surprises) process.stdout.write(`NOT as expected: ${surprise}\n`);
  if (orders.length === 0) process.stdout.write(`no job has "${words}" in its name\n`);
  process.exitCode = surprises.length === 0 && orders.length > 0 ? 0 : 1;
};

if (isMainThread) await main();
else parentPort?.on('message', (order: Order) => parentPort?.postMessage(run(order)));
