import { Worker } from 'node:worker_threads';

export interface Work {
  readonly profiles: readonly string[];
  readonly from: number;
  readonly seeds: number;
  readonly workers: number;
  /** Stop at the first failure. */
  readonly untilFailure?: boolean;
}

export interface Report {
  readonly profile: string;
  readonly seed: string;
  readonly invariant: string | undefined;
  readonly text: string;
  readonly steps: number;
  readonly faults: number;
}

interface Failure {
  readonly invariant: string;
  readonly profile: string;
  readonly seed: string;
  readonly text: string;
  count: number;
}

export interface Summary {
  readonly histories: number;
  readonly byProfile: ReadonlyMap<string, { histories: number; steps: number; faults: number; failed: number }>;
  readonly failures: readonly Failure[];
}

const CHUNK = 10;

/** Runs `seeds` histories, the profiles in turn, on worker threads; a chunk of seeds at a time, so that no worker waits for another. */
export const runAll = (work: Work): Promise<Summary> => {
  const byProfile = new Map(work.profiles.map((name) => [name, { histories: 0, steps: 0, faults: 0, failed: 0 }]));
  const failures = new Map<string, Failure>();
  let histories = 0;
  let next = work.from;
  let stopping = false;
  const take = (): number[] => {
    const end = Math.min(next + CHUNK, work.from + work.seeds);
    const seeds = Array.from({ length: stopping ? 0 : Math.max(0, end - next) }, (_, i) => next + i);
    next = end;
    return seeds;
  };
  const count = (report: Report): void => {
    histories += 1;
    const one = byProfile.get(report.profile);
    if (one !== undefined) {
      one.histories += 1;
      one.steps += report.steps;
      one.faults += report.faults;
      one.failed += report.invariant === undefined ? 0 : 1;
    }
    if (report.invariant === undefined) return;
    stopping ||= work.untilFailure === true;
    const { invariant, profile, seed, text } = report;
    const known = failures.get(`${profile} ${invariant}`);
    if (known === undefined) failures.set(`${profile} ${invariant}`, { invariant, profile, seed, text, count: 1 });
    else known.count += 1;
  };
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { profiles: work.profiles } });
      worker.on('message', (reports: readonly Report[]) => {
        for (const report of reports) count(report);
        const seeds = take();
        if (seeds.length === 0) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(seeds);
      });
      worker.on('error', reject);
    });
  return Promise.all(Array.from({ length: work.workers }, one)).then(() => ({
    histories,
    byProfile,
    failures: [...failures.values()],
  }));
};
