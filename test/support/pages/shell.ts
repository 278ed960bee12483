import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ANSWER = fileURLToPath(new URL('answer.py', import.meta.url));
/** ms, for one command. */
const PATIENCE = 90_000;

export interface Typed {
  readonly status: number;
  /** Both streams, as a terminal shows them. */
  readonly text: string;
}

export interface Typing {
  readonly strict?: boolean;
  readonly answers?: readonly string[];
  /** Ctrl-C once this was printed. */
  readonly until?: string | undefined;
}

/** One shell of a person, which keeps folder and variables from one command to the next. */
export interface Shell {
  /** With `strict`, the first line that fails ends the shell. */
  type(text: string, options?: Typing): Promise<Typed>;
  /** Ends it, with all that it started. */
  close(): Promise<void>;
}

export const openShell = (cwd: string, env: Readonly<Record<string, string>>): Shell => {
  const aside = mkdtempSync(join(tmpdir(), 'keyturn-typed-'));
  const end = `end-of-${Math.random().toString(36).slice(2)}`;
  const child = spawn('/bin/sh', [], { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let wake = (): void => {};
  let exited: number | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      output += part.toString();
      wake();
    });
  const closed = new Promise<void>((resolve) =>
    child.once('close', (code) => {
      exited = code ?? -1;
      wake();
      resolve();
    }),
  );
  child.stdin.on('error', () => {});
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended, and all of its group.
    }
  };
  const marked = new RegExp(`\\n${end} (\\d+)\\n$`);
  const finished = (): Promise<Typed> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        kill();
        reject(new Error(`no end after ${PATIENCE} ms:\n${output}`));
      }, PATIENCE);
      wake = () => {
        const found = marked.exec(output);
        if (found === null && exited === undefined) return;
        clearTimeout(late);
        resolve({ status: found === null ? (exited ?? -1) : Number(found[1]), text: output.replace(marked, '') });
      };
      wake();
    });
  let count = 0;
  return {
    type: (text, { strict = false, answers = [], until = '' } = {}) => {
      if (exited !== undefined) return Promise.reject(new Error('this shell has ended'));
      const file = join(aside, `${++count}.sh`);
      writeFileSync(file, `${text}\n`);
      output = '';
      const asked = [until, ...answers].map((each) => `'${each.replaceAll("'", "'\\''")}'`).join(' ');
      const isAsked = until !== '' || answers.length > 0;
      const run = isAsked ? `python3 ${ANSWER} ${file} ${asked} 2>&1` : `. ${file} </dev/null 2>&1`;
      // The status stays for the next command, which may be `echo $?`.
      const report = `_status=$?\nprintf '\\n%s %s\\n' ${end} "$_status"\n(exit $_status)\n`;
      child.stdin.write(strict ? `set -e\n${run}\nset +e\n${report}` : `${run}\n${report}`);
      return finished();
    },
    close: async () => {
      child.stdin.end();
      kill();
      await closed;
      rmSync(aside, { recursive: true, force: true });
    },
  };
};
