import { readdirSync, readFileSync } from 'node:fs';
import type { BenchLab } from './lab.ts';

/** CPU in ms since it started, with that of its children. Memory in MB, now and at its highest, with that of children that live. */
export interface Usage {
  readonly cpu: number;
  readonly rss: number;
  readonly peak: number;
}

const NOTHING: Usage = { cpu: 0, rss: 0, peak: 0 };
/** ms of one tick of /proc's clock: USER_HZ is 100 on every Linux that Node runs on. */
const TICK = 10;

/** Processes that live and that it started: the workload signs in one. */
const childrenOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );

const usageOf = (pid: number): Usage => {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=\S )/);
    // After the name: utime, stime, cutime and cstime are fields 14 to 17 (proc_pid_stat(5)).
    const ticks = fields.split(' ').slice(11, 15).map(Number);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const megabytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    const below = childrenOf(pid).map(usageOf);
    const withBelow = (own: number, name: keyof Usage) => below.reduce((sum, each) => sum + each[name], own);
    return {
      cpu: withBelow(ticks.reduce((sum, each) => sum + each, 0) * TICK, 'cpu'),
      rss: withBelow(megabytes('VmRSS'), 'rss'),
      peak: withBelow(megabytes('VmHWM'), 'peak'),
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
