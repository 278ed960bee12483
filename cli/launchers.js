// Plain JavaScript: the launcher of any Node runs it too.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** ms between two looks. */
const LOOK_MS = 500;
const SHELL = /^-?(?:sh|bash|dash|ash|zsh|ksh|busybox)$/;

/** Name and parent of a process; undefined where it has ended. Linux, macOS. */
const processOf = async (pid) => {
  if (process.platform === 'linux') {
    // `pid (name) state ppid …`, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; a name may hold anything.
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+) /s.exec(text) ?? [];
    return state === undefined || state === 'Z' ? undefined : { name, parent: Number(parent) };
  }
  const text = await new Promise((resolve) => {
    execFile('ps', ['-o', 'ppid=,stat=,comm=', '-p', String(pid)], (error, out) => resolve(error ? '' : out));
  });
  const [, parent, state, path] = /^\s*(\d+)\s+(\S+)\s+(.*?)\s*$/.exec(text) ?? [];
  return state === undefined || state.startsWith('Z')
    ? undefined
    : { name: path.replace(/.*\//, ''), parent: Number(parent) };
};

/** Whether npm started this very program, by `npx keyturn` or by a script of package.json. */
const byNpm = () => /\bkeyturn\b/.test(process.env.npm_lifecycle_script ?? '');

/**
 * Ends this process as SIGTERM does, once what started it has ended. npm runs a program through a shell, and that shell passes no signal on:
 * a SIGTERM to npm ends npm and shell, and would leave the program running. `launcher`: pid of the Node that handed over to this one; else
 * npm is watched, where npm it was. A shell of a person is not watched: who leaves it may mean to leave this running.
 */
export const endWithLauncher = async (launcher) => {
  if (process.platform === 'win32' || (launcher === undefined && !byNpm())) return;
  const parent = launcher ?? process.ppid;
  const between = launcher === undefined ? await processOf(parent) : undefined;
  const npm = between !== undefined && SHELL.test(between.name) ? between.parent : undefined;
  const isThere = async () =>
    process.ppid === parent && (npm === undefined || (await processOf(parent))?.parent === npm);
  const look = async () => {
    if (await isThere()) setTimeout(look, LOOK_MS).unref();
    else process.kill(process.pid, 'SIGTERM');
  };
  await look();
};
