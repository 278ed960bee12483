import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KeyturnError } from '#schemas/codes.ts';

/** Runs one shell command with the terminal of this process, so that terraform can ask. Exit code; 127 where there is no such program. */
export type Runner = (line: string, signal: AbortSignal) => Promise<number>;

/** What this tool may run at all. The lines are made here; nothing of a configuration stands in them unquoted. */
const KNOWN = /^(terraform|gcloud|SOURCE_DATE_EPOCH=0 docker buildx build|docker buildx (inspect|create)) /;

/**
 * `quiet`: standard output is for one JSON object alone, so the command speaks on standard error.
 *
 * Ctrl-C reaches the command from the terminal itself, as it reaches us. A second one from here would make terraform leave at once, with
 * its state locked and half written. So an interrupt is only waited out. Without a terminal, and for SIGTERM, it is passed on, once.
 */
export const shellRunner =
  (quiet: boolean, terminal = process.stdin.isTTY === true): Runner =>
  (line, signal) => {
    if (!KNOWN.test(line)) throw new KeyturnError('USAGE', `deploy does not run: ${line}`);
    return new Promise((resolve, reject) => {
      const child = spawn('/bin/sh', ['-c', line], { stdio: ['inherit', quiet ? 2 : 'inherit', 'inherit'] });
      let passed = false;
      const pass = (): void => {
        if (passed) return;
        passed = true;
        child.kill('SIGINT');
      };
      const abort = (): void => {
        if (!terminal) pass();
      };
      const end = (): void => {
        signal.removeEventListener('abort', abort);
        process.off('SIGTERM', pass);
      };
      signal.addEventListener('abort', abort, { once: true });
      process.on('SIGTERM', pass);
      if (signal.aborted) abort();
      child.on('error', (error) => {
        end();
        reject(error);
      });
      child.on('close', (code, killed) => {
        end();
        resolve(code ?? (killed === null ? 1 : 130));
      });
    });
  };

/** Where to get what is missing. */
const PROGRAMS: Readonly<Record<string, string>> = {
  terraform: 'https://developer.hashicorp.com/terraform/install (1.11 or newer)',
  gcloud: 'https://cloud.google.com/sdk/docs/install, then gcloud auth login and gcloud auth application-default login',
  docker: 'https://docs.docker.com/engine/install (with buildx), on any machine that has dist/image',
};

const programsIn = (lines: readonly string[]): readonly string[] =>
  Object.keys(PROGRAMS).filter((program) => lines.some((line) => new RegExp(`(^|[ |])${program} `).test(line)));

export const isInstalled = (program: string, path = process.env.PATH ?? ''): boolean =>
  path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .some((folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/** What to install, or to do elsewhere by hand, one line each. */
export const missingPrograms = (lines: readonly string[], has: (program: string) => boolean): readonly string[] =>
  programsIn(lines)
    .filter((program) => !has(program))
    .map((program) => `${program} is not installed: ${PROGRAMS[program]}`);
