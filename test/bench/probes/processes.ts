import { readFileSync } from 'node:fs';
import type { BenchLab } from './lab.ts';

/** CPU in ms since it started, with that of its ended children. Memory in MB, now and at its highest. */
export interface Usage {
  readonly cpu: number;
  readonly rss: number;
  readonly peak: number;
}

const NOTHING: Usage = { cpu: 0, rss: 0, peak: 0 };
/** ms of one tick of /proc's clock: USER_HZ is 100 on every Linux that Node runs on. */
const TICK = 10;

const usageOf = (pid: number): Usage => {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=\S )/);
    // After the name: utime, stime, cutime and cstime are fields 14 to 17 (proc_pid_stat(5)).
    const ticks = fields.split(' ').slice(11, 15).map(Number);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const megabytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    return {
      cpu: ticks.reduce((sum, each) => sum + each, 0) * TICK,
      rss: megabytes('VmRSS'),
      peak: megabytes('VmHWM'),
    };
  } catch {
    // It has ended.
    return NOTHING;
  }
};

/** The workload and the five functions, by name. A workload is `workload` whichever machine runs it. */
export const usage = (lab: BenchLab): ReadonlyMap<string, Usage> => {
  const hosts = [...lab.functions.hosts].map(([name, { pid = 0 }]) => [name, pid] as const);
  const machines = [...lab.servers.launcher.workloads.values()].map((pid) => ['workload', pid] as const);
  return new Map([...hosts, ...machines].map(([name, pid]) => [name, usageOf(pid)]));
};

/** ms of CPU that they have used since `before`. */
export const cpuBetween = (before: ReadonlyMap<string, Usage>, after: ReadonlyMap<string, Usage>): number =>
  [...after].reduce((sum, [name, { cpu }]) => sum + cpu - (before.get(name)?.cpu ?? 0), 0);
