import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, told from a later one of the same number. */
export interface Named {
  readonly pid: number;
  /** When it began, in its system's words; '' where that is not known. */
  readonly started: string;
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: state is field 3 and starttime, in ticks since the boot, field 22. */
const onLinux = (pid: number): string | undefined => {
  const fields = textOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  // A zombie runs nothing. It waits for its parent to ask how it ended.
  if (fields.length < 20 || fields[0] === 'Z') return undefined;
  return `${textOf('/proc/sys/kernel/random/boot_id').trim()}/${fields[19]}`;
};

const onMac = (pid: number): string | undefined => {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
  });
  const [, state, started] = /^(\S+)\s+(.*\S)\s*$/.exec(stdout ?? '') ?? [];
  return status !== 0 || state === undefined || state.startsWith('Z') ? undefined : started;
};

const answersSignals = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** When a process that runs began; '' where this system does not tell; undefined where none of that number runs. */
export const startOf = (pid: number): string | undefined => {
  if (!answersSignals(pid)) return undefined;
  if (process.platform === 'linux') return onLinux(pid);
  return process.platform === 'darwin' ? onMac(pid) : '';
};

/** Whether that very process runs: not another that got its number later. */
export const isLiving = ({ pid, started }: Named, seen: (pid: number) => string | undefined = startOf): boolean => {
  const now = seen(pid);
  return now !== undefined && (now === '' || started === '' || now === started);
};

export const thisProcess = (): Named => ({ pid: process.pid, started: startOf(process.pid) ?? '' });
